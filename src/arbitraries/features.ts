/**
 * The kinds of thing a generated world may have: threads, audit modules, a fork. Which of them exist in one world is drawn first and
 * the world from those, so that a few kinds meet each other often instead of all of them now and then ("swarm testing", Groce
 * and others, ISSTA 2012).
 *
 * What can go wrong: a kind that no world ever has. A test counts them over two thousand samples.
 */
import fc from 'fast-check';

/** Each kind with what it adds to a world. */
export const featureMeanings = {
  calls: 'functions of libraries, called directly by what needs them',
  dlopen: 'libraries opened, used and closed by name',
  namespaces: 'libraries opened in namespaces of their own',
  threads: 'threads, one after the other or side by side',
  signals: 'signals sent to threads, with handlers',
  keys: 'thread-specific data with destructors',
  destructors: 'destructors of libraries, of thread-local objects, and exit handlers',
  ifuncs: 'functions with resolvers, and references to them',
  audit: 'an audit module',
  preload: 'a preloaded library',
  initfirst: 'the executable and libraries with DT_INIT, a preinit array, or DF_1_INITFIRST',
  fork: 'forked children',
  vfork: "children in their parent's memory",
  static: 'a static program',
  program: 'libc.so.6 itself started as the program',
  kernels: 'another kernel than the newest',
  filters: 'filters on the system call, installed while the program runs',
  tunables: 'glibc.pthread.rseq, lazy binding or LD_BIND_NOW, ld.so as the program',
  sections: 'critical sections that a thread leaves registered',
  registers: 'raw registrations and unregistrations',
  asks: 'code that asks before it registers: the flag, cpu_id, the size, the answer of the call',
  claimants: 'claimants of the record, woven into objects or called step by step',
  interposed: '__rseq_handled defined or copied by the executable or a library',
  reads: 'code that reads what rseq says',
} as const;

export type Feature = keyof typeof featureMeanings;

export const features = Object.keys(featureMeanings) as readonly Feature[];

/** Which kinds exist, and how much of each. */
export type Swarm = { readonly [K in Feature]: number };

/** Of a hundred draws, how many bring a kind: worlds with few kinds, and worlds with many. */
const densities = [15, 30, 50, 75] as const;

/**
 * Kinds that come equally often in all worlds, of a hundred: another kernel takes no place from anything else, and a static program
 * or libc.so.6 as the program leave no place for most of the rest. Threads and dlopen are what most other kinds meet through.
 */
const rates: Partial<Record<Feature, number>> = {
  kernels: 70,
  static: 8,
  program: 6,
  threads: 60,
  dlopen: 60,
  claimants: 60,
};

/** Choose among which kinds a world is drawn. */
export interface SwarmConstraints {
  /** Only these; without it, all. */
  readonly only?: readonly Feature[];
  /** None of these. */
  readonly without?: readonly Feature[];
}

/** The numbers that a swarm is decided by: the simplest is none of anything. */
export type SwarmDraw = { readonly density: number } & { readonly [K in Feature]: number };

const draw = fc.nat({ max: 99 });

export const swarmDraws: fc.Arbitrary<SwarmDraw> = fc.record({
  density: fc.nat({ max: densities.length - 1 }),
  ...(Object.fromEntries(features.map((feature) => [feature, draw])) as { [K in Feature]: typeof draw }),
});

/** Weights lie far apart, so that one or two of the kinds that are there make up most of what happens. */
const weights = [1, 2, 6, 16] as const;

/** How much there is of each kind: 0 for none, or a weight. */
export function swarmOf(drawn: SwarmDraw, { only = features, without = [] }: SwarmConstraints = {}): Swarm {
  const density = densities[drawn.density] ?? densities[0];
  const weight = (feature: Feature): number => {
    if (!only.includes(feature) || without.includes(feature)) return 0;
    const least = 100 - (rates[feature] ?? density);
    return drawn[feature] < least ? 0 : (weights[drawn[feature] % weights.length] ?? 1);
  };
  return Object.fromEntries(features.map((feature) => [feature, weight(feature)])) as Swarm;
}

/** Which kinds of thing exist in a world. */
export function swarms(constraints: SwarmConstraints = {}): fc.Arbitrary<Swarm> {
  return swarmDraws.map((drawn) => swarmOf(drawn, constraints));
}
