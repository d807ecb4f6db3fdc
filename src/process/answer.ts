/**
 * Answering a question of the record: every trial is judged under every build and kernel that the question names, and the answer
 * is made of the outcomes.
 *
 * What can go wrong: a search that was cut short taken for an answer. Each answer says how many states were visited and whether
 * all searches were complete.
 */
import { knownKernel } from '../kernel/releases.js';
import { claimantNames } from '../rseq/claimants.js';
import { parseScenario, renderDiagnostic } from '../scenario/index.js';
import type { Scenario } from '../scenario/schema.js';
import { type Build, buildNamed, buildNames } from './builds.js';
import { judge } from './judge.js';
import { questionNamed } from './questions.js';
import type { Finding, FindingVerdict } from './questions-finding-form.js';
import type { Question, Seen, Sighting, Trial } from './questions-form.js';

/** An answer with what it stands on. */
export interface QuestionAnswer {
  readonly schema: 'rtldlab.answer/1';
  readonly id: string;
  readonly asks: string;
  readonly answer: string;
  readonly sightings: readonly Sighting[];
  /** Searches made, states visited by all of them together, and whether every one was complete. */
  readonly searches: number;
  readonly states: number;
  readonly complete: boolean;
  readonly notRun?: string;
  /** The scenarios to change, as YAML, by the name of their trial. */
  readonly scenarios: Readonly<Record<string, string>>;
}

/** A trial's scenario. Throws when its text is wrong, which is our own fault. */
export function scenarioOfTrial({ name, text }: Trial): Scenario {
  const parsed = parseScenario(text, { file: name, knownSemantics: buildNames, knownClaimants: claimantNames });
  if ('scenario' in parsed) return parsed.scenario;
  throw new Error(`invariant: trial "${name}":\n${parsed.diagnostics.map((d) => renderDiagnostic(d)).join('\n')}`);
}

interface Searched {
  readonly sightings: readonly Sighting[];
  readonly states: number;
  readonly complete: boolean;
}

function search(trial: Trial, scenario: Scenario, on: string | Build, kernel: string): Searched {
  const build = typeof on === 'string' ? buildNamed(on) : on;
  if (build === undefined) throw new Error(`invariant: trial "${trial.name}" names no build: ${on}`);
  const libc = typeof on === 'string' ? on : on.name;
  const judgement = judge(scenario, build, knownKernel(kernel));
  const parts = judgement.verdicts.find(({ word }) => word === 'allowed')?.parts ?? [];
  const sightings = parts.map(({ outcome, witness }, i): Sighting => {
    return { trial: trial.name, sight: trial.sights[i] ?? '', libc, kernel, outcome, witness: witness?.path ?? null };
  });
  return { sightings, states: judgement.states, complete: judgement.complete };
}

/** The outcomes as an answer asks for them. */
function seenIn(all: readonly Sighting[]): Seen {
  const matching = (trial: string, sight: string) => all.filter((s) => s.trial === trial && s.sight === sight);
  const words = (names: readonly string[]) =>
    names.length === 0 ? 'none' : [...new Set(names)].join(names.some((name) => name.includes(',')) ? '; ' : ', ');
  const is = (how: 'ever' | 'never') => (s: Sighting) => (s.outcome === 'never') === (how === 'never');
  return {
    outcome(trial, sight, libc, kernel) {
      const found = matching(trial, sight).find(
        (s) => (libc === undefined || s.libc === libc) && (kernel === undefined || s.kernel === kernel),
      );
      if (found === undefined) throw new Error(`invariant: nobody looked for "${sight}" in "${trial}" under ${libc}`);
      return found.outcome;
    },
    builds: (trial, sight, how = 'ever', kernel) =>
      words(
        matching(trial, sight)
          .filter((s) => (kernel === undefined || s.kernel === kernel) && is(how)(s))
          .map(({ libc }) => libc),
      ),
    trials: (sight, libc, how = 'ever') =>
      words(all.filter((s) => s.sight === sight && s.libc === libc && is(how)(s)).map(({ trial }) => trial)),
  };
}

/** Run a question's searches and put its answer together. */
export function answerTo(question: Question): QuestionAnswer {
  return answerAndVerdict(question, () => '').answer;
}

/** A derived statement's verdict, and the answer it stands on. */
export function judgeFinding(finding: Finding): { readonly answer: QuestionAnswer; readonly verdict: FindingVerdict } {
  return answerAndVerdict(finding, finding.verdict);
}

function answerAndVerdict<V>(
  question: Question,
  verdictOf: (seen: Seen) => V,
): { readonly answer: QuestionAnswer; readonly verdict: V } {
  const searched = question.trials.flatMap((trial) => {
    const scenario = scenarioOfTrial(trial);
    return trial.on.flatMap((libc) => trial.kernels.map((kernel) => search(trial, scenario, libc, kernel)));
  });
  const sightings = searched.flatMap((each) => each.sightings);
  const seen = seenIn(sightings);
  const answer: QuestionAnswer = {
    schema: 'rtldlab.answer/1',
    id: question.id,
    asks: question.asks,
    answer: question.answer(seen),
    sightings,
    searches: searched.length,
    states: searched.reduce((sum, { states }) => sum + states, 0),
    complete: searched.every(({ complete }) => complete),
    ...(question.notRun === undefined ? {} : { notRun: question.notRun }),
    scenarios: Object.fromEntries(question.trials.map(({ name, text }) => [name, text])),
  };
  return { answer, verdict: verdictOf(seen) };
}

/** The answer to the question of that number (`Q-03`); undefined when there is no such question. */
export function answerOf(id: string): QuestionAnswer | undefined {
  const question = questionNamed(id);
  return question === undefined ? undefined : answerTo(question);
}
