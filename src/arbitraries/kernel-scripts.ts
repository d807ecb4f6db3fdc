/**
 * Random scripts of rseq calls as a fast-check arbitrary: what a program may do to its registration, its area and its tasks, with
 * the awkward arguments that the decision procedure has a row for. The format is that of the recordings of real kernels.
 *
 * What can go wrong: scripts in which every call fails with EINVAL at once. Each script has a place of its own, to which most of
 * its operations go with arguments that fit, so that registrations succeed and later ones find a registered task.
 */
import fc from 'fast-check';
import {
  cloneKinds,
  descriptorNames,
  filterActions,
  type KernelCase,
  type Op,
  pageNames,
  pointerValues,
  protections,
  type SlotName,
  sectionEvents,
  segvModes,
  slotNames,
  wordFields,
} from '../kernel/script-format.js';
import { signature } from '../kernel/script-image.js';

/** How large scripts get. */
export interface KernelScriptConstraints {
  /** Operations in the first list (12). */
  readonly maxLength?: number;
  /** How deep children and images are nested (3). */
  readonly maxDepth?: number;
}

/** The registration that most operations of a script are about. */
interface Focus {
  readonly slot: SlotName;
  readonly off: number;
  readonly len: bigint;
  readonly sig: bigint;
}

const ownSignature = BigInt(signature);

const focus: fc.Arbitrary<Focus> = fc.record({
  slot: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<SlotName>('A', 'B', 'X', 'G') },
    { weight: 1, arbitrary: fc.constantFrom<SlotName>('R', 'P', 'U') },
  ),
  off: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(32, 64, 4064) }),
  len: fc.oneof(
    { weight: 5, arbitrary: fc.constant(32n) },
    { weight: 2, arbitrary: fc.constantFrom(33n, 48n, 64n, 4096n, 0xffff_ffffn) },
  ),
  sig: fc.oneof(
    { weight: 5, arbitrary: fc.constant(ownSignature) },
    { weight: 1, arbitrary: fc.constantFrom(0n, 1n, ownSignature + 1n, 0xffff_ffffn) },
  ),
});

/** A place as drawn: the focus itself, or another. Only `settle` makes an operation of it. */
type Elsewhere = 'here' | { readonly slot: SlotName; readonly off: number };

const offsets = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 32, 64, 4064) },
  { weight: 2, arbitrary: fc.constantFrom(1, 2, 4, 8, 16, 24, 28, 31, 48, 4080, 4092) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
);

/** Libc's own area has libc's data beside it: there only its own offset is written to. */
const place: fc.Arbitrary<Elsewhere> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('here' as const) },
  {
    weight: 2,
    arbitrary: fc
      .record({ slot: fc.constantFrom(...slotNames), off: offsets })
      .map(({ slot, off }) => ({ slot, off: slot === 'G' ? 0 : off })),
  },
);

const lengths = fc.oneof(
  fc.constantFrom(0n, 16n, 20n, 28n, 31n, 32n, 33n, 40n, 48n, 64n, 96n, 128n, 4096n, 0x7fff_ffffn, 0xffff_ffffn),
  fc.constantFrom(1n << 32n, (1n << 32n) + 32n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: 0x2000n }),
);
const flagWords = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, 3n, 4n, 5n, 8n, 9n, 16n, 0x8000_0000n, 0x8000_0001n, 0xffff_ffffn, 1n << 32n),
  fc.constantFrom((1n << 32n) + 1n, (1n << 64n) - 1n),
);
const signatures = fc.constantFrom(0n, 1n, ownSignature, ownSignature + 1n, 0xffff_ffffn, (1n << 32n) + ownSignature);

/** An argument of the focus where nothing is drawn, or a wrong one now and then. */
const mostly = <T>(right: T, awkward: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: awkward });

interface DrawnCall {
  readonly at: Elsewhere;
  readonly len: bigint | 'its';
  readonly flags: bigint;
  readonly sig: bigint | 'its';
}

const call: fc.Arbitrary<DrawnCall> = fc.record({
  at: place,
  len: mostly<bigint | 'its'>('its', lengths),
  flags: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0n) },
    { weight: 3, arbitrary: fc.constant(1n) },
    { weight: 2, arbitrary: flagWords },
  ),
  sig: mostly<bigint | 'its'>('its', signatures),
});

const words = fc.oneof(
  fc.constantFrom(0n, 1n, 7n, 0x1000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn, 0xa5a5_a5a5n),
  fc.bigInt({ min: 0n, max: 0xffff_ffffn }),
);

/** An operation that still lacks its focus. */
type Drawn = (of: Focus) => Op;

const at = (drawn: Elsewhere, { slot, off }: Focus) => (drawn === 'here' ? { slot, off } : drawn);

const callOp = call.map(
  (drawn): Drawn =>
    (of) => ({
      op: 'rseq',
      ...at(drawn.at, of),
      len: drawn.len === 'its' ? of.len : drawn.len,
      flags: drawn.flags,
      sig: drawn.sig === 'its' ? of.sig : drawn.sig,
    }),
);

const pokeOp = fc.oneof(
  fc.tuple(place, fc.constantFrom(...wordFields), words).map(
    ([drawn, field, value]): Drawn =>
      (of) => ({ op: 'poke', ...at(drawn, of), field, value }),
  ),
  fc.tuple(place, fc.constantFrom(...pointerValues)).map(
    ([drawn, value]): Drawn =>
      (of) => ({ op: 'poke', ...at(drawn, of), field: 'rseq_cs', value }),
  ),
);

const sectionOp = fc
  .tuple(
    place,
    fc.oneof(
      { weight: 1, arbitrary: fc.constant('in' as const) },
      { weight: 2, arbitrary: fc.constantFrom(...descriptorNames) },
    ),
    fc.constantFrom(...sectionEvents),
  )
  .map(
    ([drawn, desc, event]): Drawn =>
      (of) => ({ op: 'cs', ...at(drawn, of), desc, event }),
  );

type Page = (typeof pageNames)[number];

const isPage = (slot: SlotName): slot is Page => (pageNames as readonly SlotName[]).includes(slot);

/** The page of the focus, or another; libc's area stands on no page that a script may touch. */
const page = fc
  .oneof(
    { weight: 2, arbitrary: fc.constant('here' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...pageNames) },
  )
  .map(
    (drawn) =>
      (of: Focus): Page =>
        drawn !== 'here' ? drawn : isPage(of.slot) ? of.slot : 'A',
  );

const pageOp = fc.oneof(
  fc.tuple(fc.constantFrom('munmap' as const, 'remap' as const), page).map(
    ([op, slot]): Drawn =>
      (of) => ({ op, slot: slot(of) }),
  ),
  fc.tuple(fc.constantFrom(...protections), page).map(
    ([prot, slot]): Drawn =>
      (of) => ({ op: 'mprotect', slot: slot(of), prot }),
  ),
);

const plainOp = fc
  .constantFrom<Op['op'] & ('sleep' | 'yield' | 'signal' | 'getcpu' | 'query' | 'execfail' | 'nop')>(
    'sleep',
    'sleep',
    'signal',
    'signal',
    'query',
    'query',
    'yield',
    'getcpu',
    'execfail',
    'nop',
  )
  .map(
    (op): Drawn =>
      () => ({ op }),
  );

const pinOp = fc.constantFrom(0, 1).map(
  (cpu): Drawn =>
    () => ({ op: 'pin', cpu }),
);
const segvOp = fc.constantFrom(...segvModes).map(
  (mode): Drawn =>
    () => ({ op: 'segvh', mode }),
);
const filterOp = fc.constantFrom(...filterActions).map(
  (action): Drawn =>
    () => ({ op: 'seccomp', action }),
);

const leaf: fc.Arbitrary<Drawn> = fc.oneof(
  { weight: 10, arbitrary: callOp },
  { weight: 4, arbitrary: pokeOp },
  { weight: 5, arbitrary: sectionOp },
  { weight: 3, arbitrary: pageOp },
  { weight: 6, arbitrary: plainOp },
  { weight: 2, arbitrary: pinOp },
  { weight: 2, arbitrary: segvOp },
  { weight: 1, arbitrary: filterOp },
);

/** Lists of operations, with children and images in them; nothing follows an exec. */
function lists({ maxLength = 12, maxDepth = 3 }: KernelScriptConstraints): fc.Arbitrary<readonly Drawn[]> {
  const level = (depth: number, longest: number): fc.Arbitrary<readonly Drawn[]> => {
    if (depth === maxDepth) return fc.array(leaf, { maxLength: longest });
    const nested = level(depth + 1, Math.max(2, Math.floor(longest / 2)));
    const within = (ops: readonly Drawn[], of: Focus) => ops.map((op) => op(of));
    const clone = fc.tuple(fc.constantFrom(...cloneKinds), nested).map(
      ([kind, ops]): Drawn =>
        (of) => ({ op: 'clone', kind, ops: within(ops, of) }),
    );
    const exec = nested.map(
      (ops): Drawn =>
        (of) => ({ op: 'exec', ops: within(ops, of) }),
    );
    const some = fc.array(fc.oneof({ weight: 9, arbitrary: leaf }, { weight: 2, arbitrary: clone }), {
      maxLength: longest,
    });
    return fc.tuple(some, fc.option(exec, { freq: 6 })).map(([ops, last]) => (last === null ? ops : [...ops, last]));
  };
  return level(0, maxLength);
}

/**
 * Scripts for a real kernel and its model: every one is well formed, names no memory that is not its own, and ends by itself.
 * Shrinks to fewer operations with plainer arguments.
 */
export function kernelScripts(constraints: KernelScriptConstraints = {}): fc.Arbitrary<KernelCase> {
  return fc.record({ of: focus, glibcRseq: fc.boolean(), ops: lists(constraints) }).map(({ of, glibcRseq, ops }) => {
    const own = of.slot === 'G' ? { ...of, off: 0 } : of;
    return { id: 'script', glibcRseq, ops: ops.map((op) => op(own)) };
  });
}

/** So many scripts of a seed, named after it and their place: the same each time, and the first ones of more. */
export function generatedScripts(count: number, seed: number): readonly KernelCase[] {
  return fc
    .sample(kernelScripts(), { seed, numRuns: count })
    .map((script, i) => ({ ...script, id: `${seed}-${i + 1}` }));
}
