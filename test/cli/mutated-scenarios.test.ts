/**
 * Whatever becomes of a scenario on its way to us: a run and a search end in events and a verdict, or in what is wrong with the
 * text; never in an exception, never in a hang.
 *
 * What can go wrong: mutations so wild that none is a scenario any more, and the floors below are never reached. So most change
 * the meaning (a part takes the place of another of its kind) and some the letters, and a share of all must still run.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { explore, type Judgements, type Runs, run } from '../../src/index.js';
import { recordings } from '../conformance/recordings.js';

type Tree = { [key: string]: unknown } | unknown[];

const written = [
  `libc: patch-v12
exe: {needed: [a, b], main: "info; spawn t work; join t", bodies: {work: "register tls; info"}}
objects:
  a: {ctors: [{prio: 200, do: "register static; info"}], needed: [b]}
  b: {dtors: [{do: "unregister static"}], funcs: {w_f: "mark called"}}
tunables: {glibc.pthread.rseq: 0}
claimants: {b: {who: C-15, at: ctor}}
vary: [{orders: exe.needed}, {onoff: bind_now}]
forbidden: main is owned by a
allowed: a ran ctor
`,
  `exe: {main: [dlopen b now h, start t work, {op: fork, child: info, then: _exit}, dlclose h, join t], bodies: {work: [claim_handled abi, pthread_exit]}}
objects: {b: {ctors: [{do: claim_note static}], needed: [c]}, c: {flags: [initfirst], ctors: [{do: info}]}}
required: exe ran main
`,
  `exe: {needed: [a], main: [call w_g, tsd k del, exit 3], bodies: {del: [release_handled abi]}, preinit: [[handled]]}
objects:
  a: {ifuncs: {w_g: {resolver: info, impl: "mark x"}}, init: atexit last, bodies: {last: rseq_info}}
  v: {audit: {callbacks: {la_version: [], la_objopen: [register static], la_preinit: [info]}}}
audit: [v]
preload: [a]
`,
  'exe: {kind: static, main: [register tls, _exit 2], ctors: [{do: register static}]}\n',
];
const some = recordings('2.36').filter((_, i) => i % 7 === 0);
const seeds: readonly unknown[] = [...written.map((text) => parse(text) as unknown), ...some.map(({ world }) => world)];

/** Every place of a tree: who holds it, under which key, and the kind of thing that stands there. */
function placesOf(tree: unknown, kind = ''): { holder: Tree; key: string | number; kind: string }[] {
  if (typeof tree !== 'object' || tree === null) return [];
  const named = ['objects', 'bodies', 'funcs', 'ifuncs'].includes(kind);
  return Object.entries(tree).flatMap(([name, value]) => {
    const inside = Array.isArray(tree) || named ? `${kind} member` : name;
    const key = Array.isArray(tree) ? Number(name) : name;
    return [{ holder: tree as Tree, key, kind: inside }, ...placesOf(value, inside)];
  });
}

/** The same tree with one part gone, said twice, or replaced by another of its kind. */
function changed(tree: unknown, [where, how, which]: readonly [number, number, number]): unknown {
  const copy: unknown = structuredClone(tree);
  const places = placesOf(copy);
  const place = places[where % Math.max(1, places.length)];
  if (place === undefined) return copy;
  const holder = place.holder as Record<string | number, unknown>;
  if (how === 0) {
    if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
    else delete holder[place.key];
  } else if (how === 1 && Array.isArray(place.holder)) {
    place.holder.splice(Number(place.key), 0, structuredClone(holder[place.key]));
  } else {
    const alike = places.filter(({ kind }) => kind === place.kind);
    const other = alike[which % alike.length];
    if (other !== undefined) holder[place.key] = structuredClone((other.holder as typeof holder)[other.key]);
  }
  return copy;
}

/** A text with a stretch cut out, said twice, or broken by a sign. */
function damaged(text: string, [where, how, which]: readonly [number, number, number]): string {
  const at = where % Math.max(1, text.length);
  const [before, middle, after] = [text.slice(0, at), text.slice(at, at + 9), text.slice(at + 9)];
  return (
    [before + after, before + middle + middle + after, `${before}${'{[:"'[which % 4]}${middle}${after}`][how] ?? text
  );
}

const mutation = fc.tuple(fc.nat(), fc.nat({ max: 4 }), fc.nat());
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(mutation, { minLength: 1, maxLength: 3 }),
    fc.option(mutation, { freq: 4 }),
  )
  .map(([seed, changes, damage]) => {
    const text = JSON.stringify(changes.reduce(changed, seed));
    return damage === null || damage[1] === 3 ? text : damaged(text, damage);
  });

const settled = (answer: Runs | Judgements): boolean => !('problems' in answer);

test('2,000 mutated scenarios come to events and verdicts, or to problems', () => {
  const came = { settled: 0, refused: 0 };
  fc.assert(
    fc.property(mutated, fc.constantFrom('patch-v12', 'debian-2.36', '2.32-dev', 'patch-v4'), (text, libc) => {
      const ran = run(text, { libc });
      const judged = explore(text, { libc, maxStates: 12 });
      expect(settled(judged)).toBe(settled(ran));
      came[settled(ran) ? 'settled' : 'refused']++;
      for (const each of 'problems' in ran ? ran.problems : []) expect(each.code).toMatch(/^[SC]\d{3}$/);
      for (const each of 'runs' in ran ? ran.runs : []) {
        if ('events' in each) expect(each.events.at(-1)).toMatchObject({ obj: 'process', kind: 'end' });
      }
      for (const { outcome, complete, bound } of 'judgements' in judged ? judged.judgements : []) {
        expect(complete || bound !== undefined || outcome === 'unsupported').toBe(true);
      }
    }),
    { numRuns: 2000, seed: 20190811 },
  );
  expect(came.settled).toBeGreaterThan(400);
  expect(came.refused).toBeGreaterThan(400);
});
