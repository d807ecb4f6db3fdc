/**
 * A path: who stepped, and how each choice was answered. It is the durable form of a finding, since it survives every change of the
 * search; printed, it fits on a command line: `main.main.vary:2.t2` (`vary` answered 2), `t1:0,3` (two answers), `.` (no step).
 *
 * What can go wrong: a path outlives the model it was found in. Whatever no longer fits is a value that names the step.
 */

export interface PathStep {
  readonly actor: string;
  /** Answers to the step's choices among two and more, in the order of asking. */
  readonly choices: readonly number[];
}

export type Path = readonly PathStep[];

/** Text that is no path: which step (from 0), where it starts in the text, and what is wrong with it. */
export interface PathSyntaxError {
  readonly step: number;
  readonly at: number;
  readonly text: string;
  readonly reason: 'no-actor' | 'choice-is-not-a-number' | 'bad-escape';
}

export type ParsedPath =
  | { readonly ok: true; readonly path: Path }
  | { readonly ok: false; readonly error: PathSyntaxError };

/** Whatever separates steps and choices, or means something to a shell, is written %XX. */
function printName(name: string): string {
  const special = /[.!~*'()]/g;
  const harmless = /%(2F|3D|40)/g;
  return encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\uFFFD'))
    .replace(special, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(harmless, (coded) => decodeURIComponent(coded));
}

/** One step, as in a printed path. */
export function printStep(step: PathStep): string {
  const name = printName(step.actor);
  return step.choices.length === 0 ? name : `${name}:${step.choices.join(',')}`;
}

/** The path on one line, without blanks. */
export function printPath(path: Path): string {
  return path.length === 0 ? '.' : path.map(printStep).join('.');
}

function parseName(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function parseStep(text: string): PathStep | PathSyntaxError['reason'] {
  const colon = text.indexOf(':');
  const actor = parseName(colon < 0 ? text : text.slice(0, colon));
  if (actor === undefined) return 'bad-escape';
  if (actor === '') return 'no-actor';
  const answers = colon < 0 ? [] : text.slice(colon + 1).split(',');
  if (!answers.every((a) => /^\d{1,9}$/.test(a))) return 'choice-is-not-a-number';
  return { actor, choices: answers.map(Number) };
}

/** Read a printed path. Blanks around it do not matter. */
export function parsePath(text: string): ParsedPath {
  const line = text.trim();
  if (line === '.' || line === '') return { ok: true, path: [] };
  const path: PathStep[] = [];
  let at = text.indexOf(line);
  for (const part of line.split('.')) {
    const step = parseStep(part);
    if (typeof step === 'string') return { ok: false, error: { step: path.length, at, text: part, reason: step } };
    path.push(step);
    at += part.length + 1;
  }
  return { ok: true, path };
}
