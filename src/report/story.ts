/**
 * A path told as a story: one line an event, thread and namespace in columns, who owns rseq as it changes, the line to blame, why
 * it could happen with the source, what follows, and last the command that replays it.
 *
 * What can go wrong: a story that names the wrong culprit. The blamed event is the first after which the predicate stays true; of
 * a broken property it is the event that the property itself blames.
 */
import { explainReplayError, type Path, parsePath, printPath, type ReplayedStep, walk } from '../explore/index.js';
import type { KernelFeatures } from '../kernel/features.js';
import type { RawEvent } from '../libc/trace.js';
import type { Build } from '../process/builds.js';
import { modelOfScenario, replayScenario, type ScenarioModel } from '../process/judge.js';
import { memberOf } from '../process/members.js';
import type { Judgement, Verdict } from '../process/verdict.js';
import type { Predicate, Scenario } from '../scenario/schema.js';
import { shellWord } from './columns.js';
import { culpritOf } from './culprit.js';
import { type Reason, reasonsFor } from './reasons.js';
import { type StoryLine, Telling } from './telling.js';
import { eventWords } from './words.js';

export interface Story {
  readonly schema: 'rtldlab.story/1';
  readonly scenario: string;
  readonly claim?: string;
  readonly libc: string;
  readonly semantics: { readonly id: string; readonly name: string };
  readonly kernel: string;
  /** The member of the `vary` families that is run; empty without families. */
  readonly member: string;
  /** What the path shows, when it was told for a verdict: its predicate holding, or failing. */
  readonly shows?: Pick<Verdict, 'word' | 'outcome' | 'printed' | 'expected'> & {
    readonly text: string;
    readonly sense: Sense;
  };
  readonly steps: number;
  readonly lines: readonly StoryLine[];
  readonly why: readonly Reason[];
  /** What follows when the path is over and the lowest thread goes first. */
  readonly after: readonly string[];
  readonly replay: string;
}

/** Whether a path shows a predicate holding or failing. */
export type Sense = 'holds' | 'fails';

/** A verdict and the path that is worth telling of it. */
export interface TellingWay {
  readonly verdict: Verdict;
  readonly sense: Sense;
  readonly path: string;
}

export type StoryResult =
  | { readonly ok: true; readonly story: Story }
  /** The path does not fit the model; `error` names the step and what could be done there. */
  | { readonly ok: false; readonly error: string };

export interface StoryOptions {
  /** The file of the scenario, as the replay line should name it; without it, its name. */
  readonly file?: string;
  /** Also events that say nothing about who ran or who owns. */
  readonly all?: boolean;
  /** The verdict that the path is told for. */
  readonly shows?: Shows;
}

type Shows = Omit<TellingWay, 'path'>;

/** Predicates whose coming true, in the sense that the path shows, is to be blamed on somebody. */
function goalsOf(scenario: Scenario, shows: Shows | undefined, path: string): readonly Predicate[] {
  const word = shows?.verdict.word ?? 'forbidden';
  if (word === 'order') return [];
  const predicates = scenario[word].map(({ that }) => that);
  if (shows?.sense === 'fails') return predicates.map((that) => ({ is: 'not', that }));
  const own = word === 'allowed' ? shows?.verdict.parts.findIndex(({ witness }) => witness?.path === path) : undefined;
  return own === undefined || own < 0 ? predicates : predicates.slice(own, own + 1);
}

function eventsOf(steps: readonly ReplayedStep[]): RawEvent[] {
  return steps.flatMap((step) => step.events as readonly RawEvent[]);
}

/** What may follow in a story: libc's own attempts, and how it ends. */
function isTold({ kind, obj }: RawEvent): boolean {
  return (kind === 'rseq' && obj === 'libc') || ['stderr', 'signal', 'killed', 'broken', 'end'].includes(kind);
}

const FOLLOWING = 6;

function whatFollows(judged: ScenarioModel, end: ReadonlyMap<string, unknown>, before: readonly RawEvent[]): string[] {
  const rest = walk({ ...judged.model, initial: end }, { maxSteps: 20_000 });
  const told = eventsOf(rest.steps).filter(isTold).map(eventWords);
  const over = [...before, ...eventsOf(rest.steps)].some(({ kind }) => kind === 'end');
  const last = rest.ended === 'final' && !over ? ['nobody can go: a deadlock'] : [];
  return told.length > FOLLOWING ? [...told.slice(0, FOLLOWING - 1), ...told.slice(-1)] : [...told, ...last];
}

/** The words that name a build on a command line. */
function nameOfBuild({ name, file }: Build): readonly string[] {
  return file === undefined ? ['--libc', name] : ['--semantics', file];
}

/** The command that shows this story again. */
export function replayCommand(
  scenario: Scenario,
  build: Build,
  kernel: KernelFeatures,
  path: Path,
  file?: string,
): string {
  const words = ['npx', 'rtldlab', 'replay', file ?? scenario.name, ...nameOfBuild(build)];
  const usual = scenario.kernel ?? '6.18';
  if (kernel.name !== usual) words.push('--kernel', kernel.name);
  return [...words, '--path', printPath(path)].map(shellWord).join(' ');
}

/** Tell a path of a scenario under a build and a kernel. */
export function storyOf(
  scenario: Scenario,
  build: Build,
  kernel: KernelFeatures,
  path: Path,
  options: StoryOptions = {},
): StoryResult {
  const judged = modelOfScenario(scenario, build, kernel);
  if (judged.unsupported.length > 0) return { ok: false, error: `unsupported: ${judged.unsupported.join(', ')}` };
  const replayed = replayScenario(judged, path);
  if (!replayed.ok) return { ok: false, error: explainReplayError(replayed.error) };
  const events = eventsOf(replayed.steps);
  const culprit = culpritOf(goalsOf(scenario, options.shows, printPath(path)), events);
  const member = memberOf(judged.members, replayed.end)?.label ?? '';
  const telling = new Telling(replayed.start, options.all === true, member);
  for (const step of replayed.steps) telling.tell(step, culprit);
  const story: Story = {
    schema: 'rtldlab.story/1',
    scenario: scenario.name,
    ...(scenario.claim === undefined ? {} : { claim: scenario.claim }),
    libc: build.name,
    semantics: { id: build.rseq.id, name: build.rseq.name },
    kernel: kernel.name,
    member,
    ...(options.shows === undefined ? {} : { shows: shown(options.shows, printPath(path)) }),
    steps: path.length,
    lines: telling.lines,
    why: reasonsFor(events, culprit, telling.callers, build),
    after: whatFollows(judged, replayed.end, events),
    replay: replayCommand(scenario, build, kernel, path, options.file),
  };
  return { ok: true, story };
}

function shown({ verdict, sense }: Shows, path: string): NonNullable<Story['shows']> {
  const { word, outcome, printed, expected, parts } = verdict;
  const own = parts.filter(({ witness }) => witness?.path === path);
  const held =
    word === 'allowed' && own.length > 0 ? own.slice(0, 1) : parts.filter((part) => part.outcome !== 'never');
  const told = held.length > 0 && sense === 'holds' ? held : parts;
  const text = told.map((part) => part.name ?? part.text).join(word === 'required' ? ' and ' : ' or ');
  return { word, outcome, printed, expected, text, sense };
}

/** The way that tells most about a verdict: to where a demand is missed, or to where the predicate holds. */
function tellingWay(verdict: Verdict): TellingWay | undefined {
  const { word, expected, witness, against } = verdict;
  const demands = word === 'required' || word === 'order' || expected === 'always';
  if (demands && against !== null) return { verdict, sense: 'fails', path: against.path };
  return witness === null ? undefined : { verdict, sense: 'holds', path: witness.path };
}

/** The verdict of a judgement that is worth a story first: an unexpected one, something forbidden, something allowed, then any. */
export function tellingVerdict(judgement: Judgement): TellingWay | undefined {
  const { verdicts } = judgement;
  const order = [
    ...verdicts.filter(({ agrees }) => agrees === 'no'),
    ...verdicts.filter(({ word }) => word === 'forbidden'),
    ...verdicts.filter(({ word }) => word === 'allowed'),
    ...verdicts,
  ];
  for (const verdict of order) {
    const way = tellingWay(verdict);
    if (way !== undefined) return way;
  }
  return undefined;
}

/** The story of a judgement's most telling verdict; null when no verdict has a way to show. */
export function storyForJudgement(
  scenario: Scenario,
  build: Build,
  kernel: KernelFeatures,
  judgement: Judgement,
  options: Omit<StoryOptions, 'shows'> = {},
): Story | null {
  const shows = tellingVerdict(judgement);
  const parsed = shows === undefined ? undefined : parsePath(shows.path);
  if (shows === undefined || parsed?.ok !== true) return null;
  const told = storyOf(scenario, build, kernel, parsed.path, { ...options, shows });
  if (!told.ok) throw new Error(`invariant: a judgement's own path does not fit: ${told.error}`);
  return told.story;
}
