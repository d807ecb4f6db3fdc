/**
 * What each kind of campaign makes of the words of `campaign plan`: its parameters and the number of its units.
 *
 * What can go wrong: an option that means nothing to the kind and is taken in silence. Each kind says which it reads.
 */
import { UNITS_MAX } from '../campaign/plan.js';
import type { HuntParameters } from '../units/hunt-unit.js';
import type { JudgeParameters } from '../units/judge-unit.js';
import type { KindName } from '../units/kinds.js';
import type { RealParameters } from '../units/real-unit.js';
import { plannedBuild, plannedTrials } from '../units/trials.js';
import type { WalkParameters } from '../units/walk-unit.js';
import { readScenarios } from './catalogue.js';
import { expectedTrials } from './check.js';
import { unknown } from './complaint.js';
import { askedIn, type ExploreWords } from './explore.js';
import { type Trial, trialsOf } from './judging.js';
import { DEFAULT_LIBC, kernelNamed, libcNamed, stepsOf, wholeNumber } from './names.js';
import type { Session } from './session.js';

/** The options that only some kinds read. */
export interface KindWords {
  readonly units?: string;
  readonly runs?: string;
  readonly property?: string;
  readonly worlds?: string;
  readonly kinds?: string;
  readonly schedules?: string;
  readonly maxSteps?: string;
}

type Words = ExploreWords & KindWords;

/** What there is to do. */
export interface Work {
  readonly parameters: unknown;
  readonly units: number;
}

type Asked = NonNullable<Awaited<ReturnType<typeof askedIn>>>;

interface Worker {
  readonly reads: readonly (keyof KindWords | 'maxStates')[];
  /** Undefined after complaining. */
  work(session: Session, paths: readonly string[], words: Words, options: Asked): Promise<Work | undefined>;
}

const spelled = {
  units: '--units',
  runs: '--runs',
  property: '--property',
  worlds: '--worlds',
  kinds: '--kinds',
  schedules: '--schedules',
  maxSteps: '--max-steps',
  maxStates: '--max-states',
} as const;

/** A number among the words of a kind, from 1. */
function count(
  session: Session,
  words: Words,
  word: 'units' | 'runs' | 'schedules' | 'worlds',
  otherwise: number,
): number {
  const read = (text: string) => wholeNumber(spelled[word], text, 1, UNITS_MAX);
  return session.takeOption(words[word], read) ?? otherwise;
}

/** The trials of scenarios; undefined after complaining, also about there being none. */
function trialsIn(
  session: Session,
  paths: readonly string[],
  { asked }: Asked,
  only: 'expected' | 'asked',
): readonly Trial[] | undefined {
  const trials = readScenarios(session, paths).flatMap((file) =>
    only === 'expected' ? expectedTrials(session, file, asked) : (session.take(trialsOf(file, asked)) ?? []),
  );
  if (session.code !== 0) return undefined;
  if (trials.length > 0) return trials;
  session.complain({ code: 'C079', message: 'there is nothing to do', expected: 'scenario files, or folders of them' });
  return undefined;
}

function judging(only: 'expected' | 'asked'): Worker {
  return {
    reads: ['maxStates'],
    async work(session, paths, _words, options) {
      const trials = trialsIn(session, paths, options, only);
      if (trials === undefined) return undefined;
      const parameters: JudgeParameters = { ...plannedTrials(trials), bounds: options.bounds };
      return { parameters, units: trials.length };
    },
  };
}

const walking: Worker = {
  reads: ['units', 'schedules', 'maxSteps'],
  async work(session, paths, words, options) {
    const trials = trialsIn(session, paths, options, 'asked');
    if (trials === undefined) return undefined;
    const schedules = count(session, words, 'schedules', 100);
    const maxSteps = session.takeOption(words.maxSteps, stepsOf) ?? 2_000;
    const parameters: WalkParameters = { ...plannedTrials(trials), schedules, maxSteps };
    return { parameters, units: count(session, words, 'units', trials.length) };
  },
};

const splitting: Worker = {
  reads: ['units', 'maxStates'],
  async work(session, paths, words, options) {
    const trials = trialsIn(session, paths, options, 'asked');
    const wanted = count(session, words, 'units', 16);
    if (trials === undefined || session.code !== 0) return undefined;
    const { splitTrials } = await import('../units/split-unit.js');
    const parameters = splitTrials(trials, wanted, options.bounds);
    return { parameters, units: parameters.parts.length };
  },
};

/** Whether no scenario was named; a kind that draws its own worlds takes none. */
function withoutScenarios(session: Session, kind: KindName, paths: readonly string[]): boolean {
  if (paths.length > 0)
    session.complain({ code: 'C003', message: `${kind} draws its worlds`, expected: 'no scenario' });
  return paths.length === 0;
}

const hunting: Worker = {
  reads: ['units', 'runs', 'property'],
  async work(session, paths, words, { asked }) {
    if (!withoutScenarios(session, 'hunt', paths)) return undefined;
    const [{ UNIT_RUNS, suspicionIds }, { plannedLibcs }] = await Promise.all([
      import('../hunt/index.js'),
      import('../units/hunt-unit.js'),
    ]);
    const properties = words.property?.split(',').map((id) => id.trim());
    const strange = properties?.find((id) => !suspicionIds.includes(id));
    if (strange !== undefined) session.complain(unknown('C030', 'property', strange, suspicionIds));
    const libcs = asked.libc ?? [session.take(libcNamed(DEFAULT_LIBC))].flatMap((libc) => libc ?? []);
    const parameters: HuntParameters = {
      libcs: plannedLibcs(libcs),
      ...(properties === undefined ? {} : { properties }),
      ...(asked.kernel === undefined ? {} : { kernel: asked.kernel.name }),
      runs: count(session, words, 'runs', UNIT_RUNS),
    };
    return { parameters, units: count(session, words, 'units', 16) };
  },
};

const asking: Worker = {
  reads: ['units', 'worlds', 'kinds'],
  async work(session, paths, words, { asked }) {
    if (!withoutScenarios(session, 'real', paths)) return undefined;
    const { closeWorkshop, realAnswerer, worldKinds } = await import('../real/index.js');
    const kinds = words.kinds?.split(',').map((name) => name.trim());
    const strange = kinds?.find((name) => !worldKinds.some((kind) => kind === name));
    if (strange !== undefined) session.complain(unknown('C004', 'kind of world', strange, worldKinds));
    const compiler = 'gcc';
    const answerer = await realAnswerer({ compiler });
    if ('skipped' in answerer) {
      session.complain({ code: 'C079', message: `this machine cannot be asked: ${answerer.skipped}` });
      return undefined;
    }
    closeWorkshop(answerer.shop);
    const { libc: machine, kernel, build } = answerer.machine;
    const libc = asked.libc?.[0] ?? session.take(libcNamed(build ?? machine));
    const running = asked.kernel ?? session.take(kernelNamed(/^\d+\.\d+/.exec(kernel)?.[0] ?? kernel));
    if (libc === undefined || running === undefined) return undefined;
    const parameters: RealParameters = {
      machine,
      libc: plannedBuild(libc),
      kernel: running.name,
      compiler,
      worlds: count(session, words, 'worlds', 20),
      ...(kinds === undefined ? {} : { kinds: worldKinds.filter((kind) => kinds.includes(kind)) }),
    };
    return { parameters, units: count(session, words, 'units', 16) };
  },
};

const workers: Readonly<Record<KindName, Worker>> = {
  check: judging('expected'),
  explore: judging('asked'),
  hunt: hunting,
  real: asking,
  split: splitting,
  walk: walking,
};

/** What a kind has to do, by the words of the command line; undefined after complaining. */
export async function workOf(
  session: Session,
  kind: KindName,
  paths: readonly string[],
  words: Words,
): Promise<Work | undefined> {
  const { reads, work } = workers[kind];
  for (const word of Object.keys(spelled) as (keyof typeof spelled)[]) {
    if (words[word] === undefined || reads.includes(word)) continue;
    const expected = reads.map((each) => spelled[each]).join(', ');
    session.complain({ code: 'C002', message: `${spelled[word]} means nothing to ${kind}`, expected });
  }
  const options = await askedIn(session, words);
  const done = options === undefined ? undefined : await work(session, paths, words, options);
  if (session.code !== 0 || done === undefined) return undefined;
  if (done.units <= UNITS_MAX) return done;
  session.complain({ code: 'C079', message: `that comes to ${done.units} units`, expected: `at most ${UNITS_MAX}` });
  return undefined;
}
