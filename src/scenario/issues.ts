// From the issues of the schema library to faults of a scenario. What goes wrong here: a value that fits none of
// several forms yields the complaints of every form; only those of the form that was meant are worth reading.
import * as z from 'zod';
import { type Fault, nearestName, oneOf, unknownName } from './diagnostics.js';
import type { Span } from './short-actions.js';

export type Path = readonly (string | number)[];
/** A fault with its place in the value; `span` is a part of the text that stands there. */
export interface PlacedFault {
  readonly path: Path;
  readonly fault: Fault;
  readonly span?: Span;
  /** The fault is about the key at this path, not about its value. */
  readonly atKey?: boolean;
}

type Issue = z.core.$ZodIssue;

const NOUNS: ReadonlyMap<string, string> = new Map([
  ['object', 'a mapping'],
  ['record', 'a mapping'],
  ['array', 'a list'],
  ['tuple', 'a list'],
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['null', 'null'],
]);

/** What a JSON value is, for people. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? String(value) : 'a number';
}

/** Validate `value`. Issues carry their input, and those about unknown keys the good keys as their message. */
export function check<T>(schema: z.ZodType<T>, value: unknown): { data: T } | { faults: PlacedFault[] } {
  const outcome = schema.safeParse(value, { reportInput: true, error: goodKeys });
  return outcome.success ? { data: outcome.data } : { faults: faultsOf(outcome.error.issues) };
}

function goodKeys(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  return issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape).join(' ') : '';
}

/** A custom issue made by {@link asIssue}, unpacked. */
function carried(issue: Issue): Pick<PlacedFault, 'fault' | 'span'> | undefined {
  const params: unknown = issue.code === 'custom' ? issue.params : undefined;
  const found = z.object({ placed: z.custom<Pick<PlacedFault, 'fault' | 'span'>>() }).safeParse(params);
  if (!found.success || found.data.placed === undefined) return undefined;
  const { fault, span } = found.data.placed;
  return span === undefined ? { fault } : { fault, span };
}

/** A fault found by a transform of the schema, in the form in which the schema library passes it on. */
export function asIssue(placed: PlacedFault, input: unknown) {
  return { code: 'custom' as const, message: placed.fault.message, path: [...placed.path], input, params: { placed } };
}

function misfit(expected: string, input: unknown): Fault {
  return input === undefined
    ? { code: 'S011', message: 'a required field is missing', expected }
    : { code: 'S012', message: `${kindOf(input)} cannot stand here`, expected };
}

/** Whether every complaint of a form is that the value as a whole is of the wrong kind. */
function wrongKind(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.path.length === 0 && issue.code === 'invalid_type');
}

/** How far a form is from what was written; the form that was meant has the least. */
function distance(issues: readonly Issue[]): number {
  const weight = (issue: Issue) =>
    issue.code === 'unrecognized_keys' ? 3 * issue.keys.length : issue.input === undefined ? 2 : 1;
  return issues.reduce((sum, issue) => sum + weight(issue), 0);
}

function ofUnion(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path): PlacedFault[] {
  const { input } = issue;
  if (issue.errors.length === 0) {
    const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
    const written: unknown = typeof input === 'object' && input !== null && 'op' in input ? input.op : undefined;
    if (typeof written === 'string') return [{ path, fault: unknownName('S020', 'action', written, options) }];
    return [{ path, fault: misfit(`the name of an action, ${oneOf(options)}`, written) }];
  }
  const meant = issue.errors.filter((errors) => !wrongKind(errors));
  const [first, ...others] = meant;
  if (first === undefined) {
    const nouns = new Set(issue.errors.flat().flatMap((one) => nounsOf(one)));
    return [{ path, fault: misfit([...nouns].join(' or '), input) }];
  }
  const closest = others.reduce((best, one) => (distance(one) < distance(best) ? one : best), first);
  return faultsOf(closest, path);
}

function nounsOf(issue: Issue): string[] {
  if (issue.code === 'invalid_type') return [NOUNS.get(issue.expected) ?? issue.expected];
  return issue.code === 'invalid_union' ? issue.errors.flat().flatMap(nounsOf) : [];
}

function ofWords(issue: Extract<Issue, { code: 'invalid_value' }>): Fault {
  const words = issue.values.map((value) => String(value));
  if (issue.input === undefined) return misfit(oneOf(words), undefined);
  if (typeof issue.input !== 'string') return { ...misfit(oneOf(words), issue.input), code: 'S012' };
  const nearest = nearestName(issue.input, words);
  const message = `${JSON.stringify(issue.input)} is not possible here`;
  return { code: 'S013', message, expected: oneOf(words), ...(nearest === undefined ? {} : { nearest }) };
}

function ofOne(issue: Issue, path: Path): PlacedFault[] {
  switch (issue.code) {
    case 'invalid_union':
      return ofUnion(issue, path);
    case 'unrecognized_keys': {
      const good = issue.message === '' ? [] : issue.message.split(' ');
      return issue.keys.map((key) => ({
        path: [...path, key],
        atKey: true,
        fault: unknownName('S010', 'field', key, good),
      }));
    }
    case 'invalid_type':
      return [{ path, fault: misfit(NOUNS.get(issue.expected) ?? issue.expected, issue.input) }];
    case 'invalid_value':
      return [{ path, fault: ofWords(issue) }];
    case 'invalid_key': {
      const inner = issue.issues.flatMap((one) => faultsOf([one]));
      return inner.map(({ fault }) => ({ path, atKey: true, fault }));
    }
    case 'too_small':
      return [{ path, fault: outside(issue.input, `at least ${issue.minimum}`) }];
    case 'too_big':
      return [{ path, fault: outside(issue.input, `at most ${issue.maximum}`) }];
    default:
      return [{ path, ...(carried(issue) ?? { fault: outside(issue.input, wanted(issue)) }) }];
  }
}

function outside(input: unknown, expected: string): Fault {
  return { code: 'S014', message: `${JSON.stringify(input) ?? kindOf(input)} is not possible here`, expected };
}

/** What the definition says about a refined value; `expects` is set beside each refinement. */
function wanted(issue: Issue): string {
  const params: unknown = issue.code === 'custom' ? issue.params : undefined;
  const found = z.object({ expects: z.string() }).safeParse(params);
  return found.success ? found.data.expects : 'another value';
}

/** A missing field, by its name. */
function nameMissing(placed: PlacedFault): PlacedFault {
  const field = placed.path.at(-1);
  if (placed.fault.code !== 'S011' || typeof field !== 'string') return placed;
  return { ...placed, fault: { ...placed.fault, message: `the field ${field} is missing` } };
}

/** Faults of issues, their paths below `prefix`. */
export function faultsOf(issues: readonly Issue[], prefix: Path = []): PlacedFault[] {
  return issues.flatMap((issue) => {
    const below = issue.path.filter((step) => typeof step !== 'symbol');
    return ofOne(issue, [...prefix, ...below]).map(nameMissing);
  });
}
