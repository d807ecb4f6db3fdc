/**
 * The reference page of claimants, written from their rows: who each is, when it was so, and the rule of those that one lifecycle
 * runs. Stands for the second part of the record of proposals.
 *
 * What can go wrong: a page that was true once. A test compares the page on disk with what would be written now.
 */
import type { Action } from '../scenario/action-schema.js';
import { type ClaimantProtocol, type ClaimRule, claimantProtocols, isWoven } from './claimants.js';
import { plainRule } from './claimants-form.js';

/** A cell of a table: no bar and no line break may end it early. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export const tableLine = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [tableLine(head), tableLine(head.map(() => '---')), ...rows.map(tableLine)].join('\n');

/** What is woven in, as one may write it in a scenario. */
function code(action: Action): string {
  const { op, ...fields } = action;
  const words = Object.values(fields).filter((value) => value !== null);
  return `\`${[op, ...words].join(' ')}\``;
}

function runs(protocol: ClaimantProtocol): string {
  if (protocol.kernels !== undefined)
    return `no code: the kernel ${protocol.kernels.map((k) => `\`${k}\``).join(' or ')}`;
  if (!isWoven(protocol)) return 'not run';
  const { init = [], act, leave = [], undo } = protocol.actions;
  const parts = [
    ['constructor', init],
    ['acts', act],
    ['end of thread', leave],
    ['destructor', undo],
  ] as const;
  return parts
    .flatMap(([where, list]) => (list.length === 0 ? [] : [`${where} ${list.map(code).join(', ')}`]))
    .join('; ');
}

/** Where a rule differs from the plain one, which asks nobody and never lets go. */
function ruleText(rule: ClaimRule): string {
  const names = Object.keys(plainRule) as (keyof ClaimRule)[];
  const own = names.filter((name) => rule[name] !== plainRule[name]).map((name) => `\`${name}: ${rule[name]}\``);
  return own.length === 0 ? 'plain' : own.join(', ');
}

const meanings: { readonly [N in keyof ClaimRule]: string } = {
  once: 'what is decided once for the process: never anything, by the symbols of libc, by their values, by the first try',
  guard: 'how others are kept from half of that: not, by a flag raised before the variables are set, or after',
  asks: 'what a thread asks before its call: nothing, a count of users (its own, or shared by name), cpu_id',
  whenOwner: 'what it does where it must own: register, or go without',
  onRefusal: 'what a refusal means: it is told, abort after an earlier success, slow mode or abort in fast mode',
  signals: 'whether a handler can run between the question and the call',
  stores: "what it stores into the kernel's words of the area",
  undo: 'when it unregisters: never, what it registered itself, as the last of the users, without asking',
  failedUndo: 'what a refused unregistration does: it is told, the count goes back to 1, abort',
  probes: 'how a tool asks for a registration: by trying, or by ptrace where the kernel answers',
};

/** The page, `docs/reference/claimants.md`. */
export function claimantsPage(): string {
  const overview = claimantProtocols.map((each) => {
    const { id, name, period, statement } = each;
    return [id, name, period, statement];
  });
  const columns = claimantProtocols.map(({ id, when, decides, area, undo, lives, source }) => {
    return [id, when, decides, area, undo, lives, source];
  });
  const ruled = claimantProtocols.flatMap(({ id, rule }) => (rule === undefined ? [] : [[id, ruleText(rule)]]));
  return `<!-- Written by scripts/generate-rseq-docs.ts; a test fails when it is stale. -->

# Claimants

Who wants rseq beside libc, or stands in the way. A scenario names one in an object: \`claimants: {a: C-06}\`, or with a place and
an area, \`claimants: {a: {who: C-06, at: thread, area: tls}}\`. A letter behind a number is a variant of it: a fault that was fixed
later, or another period. What has no code stands for a kernel or is listed in [what is not modelled](../not-modelled.md).

${table(['number', 'name', 'period', 'what it does'], overview)}

## When, by what, where, and how it lets go

${table(['number', 'when', 'decides by', 'area', 'undo', 'lives', 'source'], columns)}

## What a scenario gets

${table(
  ['number', 'in its object'],
  claimantProtocols.map((each) => [each.id, runs(each)]),
)}

## Rules

Claimants that one lifecycle runs, \`claimant NUMBER STEP AREA\`; only where a rule differs from the plain one is shown.

${table(
  ['switch', 'plain', 'decides'],
  (Object.keys(plainRule) as (keyof ClaimRule)[]).map((name) => [
    `\`${name}\``,
    `\`${plainRule[name]}\``,
    meanings[name],
  ]),
)}

${table(['number', 'rule'], ruled)}
`;
}
