/**
 * The two sorts of link maps against the plainest form of each, on drawn graphs. The sort by moves counts rounds that it does not
 * make; the plain one makes them all.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Sortable, type SortOptions, sortMaps } from '../../src/loader/sort.js';

/** Every move, one by one, with the counts kept by place as glibc keeps them. */
function plainMoves(list: Sortable[], { forceFirst, forFini }: SortOptions): Sortable[] {
  const base = forceFirst ? 1 : 0;
  const n = list.length - base;
  const at = (i: number) => list[base + i] as Sortable;
  const visits = Array.from({ length: n }, () => 0);
  const isBefore = (x: Sortable, o: Sortable) =>
    x.initfini?.includes(o.id) === true || (forFini && x.reldeps.includes(o.id) && o.initfini?.includes(x.id) !== true);
  for (let i = 0; i < n - 1; ) {
    visits[i] = (visits[i] ?? 0) + 1;
    const o = at(i);
    let last = n - 1;
    while (last > i && ((forFini && o.fixed) || !isBefore(at(last), o))) last--;
    if (last > i) {
      list.splice(base + last, 0, ...list.splice(base + i, 1));
      if ((visits[i + 1] ?? 0) <= n - i) {
        visits.splice(last, 0, ...visits.splice(i, 1));
        continue;
      }
    }
    i++;
    visits.fill(0, i);
  }
  return list;
}

/** Reverse post-order by recursion, from the end of the list. */
function plainDepthFirst(list: Sortable[], { forceFirst, forFini, dfsForceFirst }: SortOptions): Sortable[] {
  const walk = (roots: readonly Sortable[], bindings: boolean) => {
    const out: Sortable[] = [];
    const seen = new Set<Sortable>();
    const visit = (o: Sortable) => {
      if (seen.has(o)) return;
      seen.add(o);
      for (const id of [...(o.initfini ?? []), ...(bindings ? [...o.reldeps].reverse() : [])]) {
        const next = list.find((m) => m.id === id);
        if (next !== undefined && !next.isMain) visit(next);
      }
      out.push(o);
    };
    for (const root of [...roots].reverse()) visit(root);
    return out.reverse();
  };
  let order = walk(list, forFini);
  if (forFini && list.some((m) => m.hasReldeps)) order = walk(order, false);
  const first = list[0];
  if (!dfsForceFirst || !forceFirst || first === undefined) return order;
  return [first, ...order.filter((m) => m !== first)];
}

const options = fc.record({ forceFirst: fc.boolean(), forFini: fc.boolean(), dfsForceFirst: fc.boolean() });

function graph(most: number, density: number): fc.Arbitrary<Sortable[]> {
  return fc.integer({ min: 1, max: most }).chain((n) => {
    const ids = fc.array(fc.nat({ max: n }), { maxLength: density });
    const map = fc.record({
      initfini: fc.oneof({ weight: 5, arbitrary: ids }, { weight: 1, arbitrary: fc.constant(null) }),
      reldeps: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: ids }),
      isMain: fc.boolean(),
      fixed: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    });
    const whole = fc.array(map, { minLength: n, maxLength: n });
    return whole.map((maps) =>
      maps.map((each, id) => ({ ...each, id, hasReldeps: each.reldeps.length > 0, isMain: id === 0 && each.isMain })),
    );
  });
}

describe('drawn graphs, cycles included', () => {
  test.each([
    ['small ones', graph(9, 4), 3000],
    ['larger ones', graph(45, 3), 300],
  ] as const)('%s come out as from the plain forms', (_name, graphs, numRuns) => {
    fc.assert(
      fc.property(graphs, options, (list, how) => {
        const ids = (maps: readonly Sortable[]) => maps.map(({ id }) => id);
        expect(ids(sortMaps(list, 1, how))).toEqual(ids(plainMoves([...list], how)));
        expect(ids(sortMaps(list, 2, how))).toEqual(ids(plainDepthFirst([...list], how)));
      }),
      { seed: 3, numRuns },
    );
  });

  test('a cycle of sixty goes round many times before its places give up, and comes out the same', () => {
    const ring = Array.from(
      { length: 60 },
      (_, id): Sortable => ({
        id,
        initfini: [(id + 1) % 60, (id * 7 + 3) % 60],
        reldeps: [],
        hasReldeps: false,
        isMain: false,
        fixed: false,
      }),
    );
    const how = { forceFirst: false, forFini: false, dfsForceFirst: false };
    expect(sortMaps(ring, 1, how)).toEqual(plainMoves([...ring], how));
  });
});
