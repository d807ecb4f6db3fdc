/**
 * The kinds of random worlds and what each is made of: sizes, chances, and which actions a constructor, a handler and main draw
 * from. The proportions are those of the recorded worlds.
 *
 * What can go wrong: a mixture nobody recorded. `wild` is such a mixture on purpose, and a difference found there counts less.
 */

/** Kinds of random worlds. */
export const worldKinds = ['audit', 'order', 'rseq', 'dl', 'thread', 'mix', 'ifunc', 'static', 'exit', 'wild'] as const;
export type WorldKind = (typeof worldKinds)[number];

/** Names of actions with their weights. */
export type Pool = readonly (readonly [string, number])[];

/** What the worlds of a kind are made of; chances from 0 to 1, ranges with both ends. */
export interface Style {
  readonly objects: readonly [number, number];
  /** Chance that a later object is needed by an earlier one, and that a back edge exists. */
  readonly dense: number;
  readonly cyclic: number;
  readonly ifuncs: number;
  readonly initFini: number;
  readonly prio: number;
  readonly flags: Readonly<Record<string, number>>;
  readonly audit: number;
  readonly preload: number;
  readonly rseqTunable: number;
  readonly sortTunable: number;
  readonly bindNow: number;
  readonly nopie: number;
  /** Chance that a constructor, a destructor, a function does something. */
  readonly busy: number;
  readonly ctor: Pool;
  readonly handler: Pool;
  readonly main: Pool;
  readonly mainLength: readonly [number, number];
}

export const rseqs: Pool = [
  ['rseq', 4],
  ['claim', 4],
  ['rseq_info', 3],
  ['mark', 2],
  ['call', 1],
];
const exits: Pool = [
  ['atexit', 5],
  ['on_exit', 3],
  ['tls_dtor', 4],
  ['mark', 3],
  ['call', 1],
  ['tsd', 2],
  ['at_quick_exit', 1],
];
export const marks: Pool = [
  ['mark', 4],
  ['call', 2],
];

const base: Style = {
  objects: [2, 6],
  dense: 0.4,
  cyclic: 0.25,
  ifuncs: 0,
  initFini: 0.15,
  prio: 0,
  flags: {},
  audit: 0,
  preload: 0,
  rseqTunable: 0,
  sortTunable: 0,
  bindNow: 0,
  nopie: 0,
  busy: 0.35,
  ctor: marks,
  handler: [['mark', 1]],
  main: [['mark', 1]],
  mainLength: [1, 5],
};

export const styles: Readonly<Record<WorldKind, Style>> = {
  audit: {
    ...base,
    ifuncs: 0.35,
    initFini: 0,
    audit: 1,
    preload: 0.25,
    rseqTunable: 0.3,
    sortTunable: 0.15,
    busy: 0.6,
    ctor: [...rseqs, ['threads', 2]],
    handler: rseqs,
    main: [...rseqs, ['open', 6], ['threads', 4], ['dlmopen', 2]],
  },
  order: {
    ...base,
    objects: [3, 10],
    cyclic: 0.35,
    initFini: 0.22,
    prio: 0.2,
    flags: { initfirst: 0.08 },
    sortTunable: 0.5,
    preload: 0.1,
    busy: 0.02,
    mainLength: [0, 0],
  },
  rseq: {
    ...base,
    objects: [2, 6],
    ifuncs: 0.35,
    initFini: 0.25,
    flags: { initfirst: 0.18 },
    audit: 0.2,
    preload: 0.25,
    rseqTunable: 0.6,
    busy: 0.6,
    ctor: [...rseqs, ['tls_dtor', 1], ['tsd', 1.5], ['threads', 1], ['fork', 0.5], ['atfork', 0.7]],
    handler: [...rseqs, ['tls_dtor', 0.6], ['tsd', 0.5]],
    main: [...rseqs, ['open', 5], ['threads', 6], ['fork', 1.5], ['tsd', 0.7], ['tls_dtor', 0.6], ['dlmopen', 1]],
  },
  dl: {
    ...base,
    objects: [3, 7],
    initFini: 0.12,
    flags: { initfirst: 0.06, nodelete: 0.09 },
    sortTunable: 0.35,
    ctor: [...exits, ['dlopen', 6], ['rseq_info', 0.4], ['claim', 0.3]],
    handler: [['mark', 1]],
    main: [
      ['open', 10],
      ['dlmopen', 1],
      ['atexit', 1],
      ['on_exit', 0.4],
      ['call', 0.8],
      ['tls_dtor', 0.6],
      ['dlclose', 2],
    ],
    mainLength: [3, 8],
  },
  thread: {
    ...base,
    objects: [2, 4],
    rseqTunable: 0.2,
    initFini: 0,
    cyclic: 0.1,
    ctor: [...exits, ['threads', 3], ['fork', 0.6], ['atfork', 1]],
    handler: [...exits],
    main: [
      ['threads', 8],
      ['open', 1.5],
      ['fork', 1],
      ['tls_dtor', 0.7],
      ['tsd', 0.6],
      ['atexit', 0.7],
      ['on_exit', 0.3],
      ['mark', 0.7],
    ],
    mainLength: [3, 7],
  },
  mix: {
    ...base,
    objects: [2, 7],
    ifuncs: 0.35,
    initFini: 0.2,
    prio: 0.25,
    flags: { initfirst: 0.07, nodelete: 0.1, now: 0.08 },
    audit: 0.22,
    preload: 0.14,
    rseqTunable: 0.3,
    sortTunable: 0.22,
    bindNow: 0.06,
    nopie: 0.17,
    busy: 0.55,
    ctor: [...rseqs, ...exits, ['dlopen', 4], ['threads', 3], ['fork', 0.6], ['atfork', 1.5], ['exit', 0.4]],
    handler: [...rseqs, ...exits],
    main: [
      ...rseqs,
      ...exits,
      ['open', 8],
      ['threads', 5],
      ['fork', 1.5],
      ['dlmopen', 1.5],
      ['end', 0.6],
      ['pthread_exit', 0.2],
    ],
    mainLength: [2, 6],
  },
  ifunc: {
    ...base,
    ifuncs: 0.75,
    cyclic: 0.3,
    flags: { now: 0.08 },
    preload: 0.22,
    bindNow: 0.12,
    nopie: 0.22,
    main: [
      ['open', 3],
      ['call', 3],
      ['mark', 1],
    ],
    initFini: 0,
  },
  static: {
    ...base,
    objects: [0, 0],
    initFini: 0.5,
    rseqTunable: 0.15,
    ifuncs: 0.3,
    busy: 0.5,
    ctor: [...rseqs, ...exits],
    handler: [...rseqs, ...exits],
    main: [...rseqs, ...exits, ['threads', 6], ['end', 1], ['fork', 1]],
    mainLength: [2, 6],
  },
  exit: {
    ...base,
    objects: [2, 5],
    initFini: 0,
    ctor: [...exits, ['dlopen', 3], ['threads', 2.5], ['fork', 1], ['atfork', 2], ['exit', 1.5]],
    handler: [...exits],
    main: [...exits, ['open', 6], ['threads', 4], ['fork', 1], ['end', 2], ['pthread_exit', 0.5]],
    mainLength: [2, 6],
  },
  wild: {
    ...base,
    objects: [2, 7],
    ifuncs: 0.3,
    initFini: 0.25,
    prio: 0.3,
    flags: { initfirst: 0.08, nodelete: 0.1, now: 0.08, interpose: 0.1 },
    audit: 0.3,
    preload: 0.25,
    rseqTunable: 0.3,
    sortTunable: 0.3,
    bindNow: 0.1,
    nopie: 0.12,
    busy: 0.6,
    ctor: [
      ...rseqs,
      ...exits,
      ['dlopen', 4],
      ['dlmopen', 1],
      ['threads', 2],
      ['fork', 0.6],
      ['atfork', 1.5],
      ['exit', 0.3],
      ['v12', 3],
      ['dlsym', 2],
    ],
    handler: [...rseqs, ...exits, ['v12', 2], ['dlopen', 1], ['dlsym', 1]],
    main: [
      ...rseqs,
      ...exits,
      ['open', 8],
      ['threads', 5],
      ['fork', 1.5],
      ['dlmopen', 3],
      ['end', 0.6],
      ['v12', 3],
      ['dlsym', 2],
      ['dlclose', 2],
      ['key_delete', 0.5],
    ],
    mainLength: [3, 9],
  },
};
