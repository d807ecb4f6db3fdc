/**
 * A reader's own semantics: what he starts from, what he writes, and how it becomes a build like all others. It stands for a patch
 * that nobody has posted yet.
 *
 * What can go wrong: the file of a reader whose editor checks nothing. A switch nobody has, or a value it cannot have, is named
 * with the nearest that exists.
 */
import { nearest } from '../kernel/nearest.js';
import { releaseNamed } from '../libc/releases.js';
import type { RseqSemantics } from '../rseq/semantics.js';
import { semanticsSwitches } from '../rseq/semantics-switches.js';
import { nearestName, oneOf } from '../scenario/diagnostics.js';
import { type Build, buildNamed, buildNames, builds, type ProposalName, writtenFor } from './builds.js';

/** Releases that have a name. */
export const releaseNames = [
  '2.28',
  'pre-2.22',
  '2.29',
  '2.30',
  '2.31',
  'debian-2.31',
  '2.32-dev',
  '2.32',
  '2.33',
  '2.34',
  '2.35',
  '2.36',
  'debian-2.36',
  '2.37',
  '2.38',
  '2.39',
  '2.40',
  '2.41',
  'debian-2.41',
  '2.42',
  '2.43',
  'debian-2.43',
] as const;

export type ReleaseName = (typeof releaseNames)[number];

/** A semantics, and the release of glibc it is to run on. */
export interface Proposal extends RseqSemantics {
  readonly on: ReleaseName;
}

/** What `amend` starts from: every proposal and every release. */
export type SemanticsName = ProposalName | ReleaseName;

function startOf(name: SemanticsName): Proposal {
  const found = builds.get(name);
  if (found === undefined) throw new Error(`invariant: no build is called ${name}`);
  return { ...found.rseq, name, on: found.release.name as ReleaseName };
}

const startNames = [...(Object.keys(writtenFor) as ProposalName[]), ...releaseNames];

/** Every semantics by name, to be amended. */
export const semantics = Object.fromEntries(startNames.map((name) => [name, startOf(name)])) as {
  readonly [N in SemanticsName]: Proposal;
};

/** What is wrong with a proposal. */
export interface ProposalFault {
  readonly kind: 'shape' | 'switch' | 'value' | 'name';
  /** The field it is about. */
  readonly key?: string;
  readonly message: string;
  readonly expected: string;
  readonly nearest?: string;
}

/** A proposal as a build, or what is wrong with it first. */
export type ReadProposal = { readonly build: Build } | { readonly fault: ProposalFault };

const words = ['id', 'name', 'statement', 'source', 'on'] as const;
const switchNames: readonly string[] = semanticsSwitches.map(({ name }) => name);

const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? String(value);

function near(word: unknown, good: readonly string[]) {
  const found = typeof word === 'string' ? (nearestName(word, good) ?? nearest(word, good)[0]) : undefined;
  return found === undefined ? {} : { nearest: found };
}

/** The first field that nobody knows, or that cannot be what it is. */
function wrongField(fields: Readonly<Record<string, unknown>>): ProposalFault | undefined {
  for (const key of Object.keys(fields)) {
    if (switchNames.includes(key) || (words as readonly string[]).includes(key)) continue;
    const good = [...switchNames, ...words];
    const message = `unknown switch ${shown(key)}`;
    return { kind: 'switch', key, message, expected: oneOf(switchNames), ...near(key, good) };
  }
  for (const { name, values } of semanticsSwitches) {
    if (!(name in fields)) continue;
    if ((values as readonly unknown[]).includes(fields[name])) continue;
    const message = `${name} cannot be ${shown(fields[name])}`;
    const good = values.map(String);
    return { kind: 'value', key: name, message, expected: oneOf(values.map(shown)), ...near(fields[name], good) };
  }
  return wrongWord(fields);
}

function wrongWord(fields: Readonly<Record<string, unknown>>): ProposalFault | undefined {
  const { name, on } = fields;
  const called = { kind: 'name', key: 'name' } as const;
  if (typeof name !== 'string' || !/^[A-Za-z][\w.-]{0,59}$/.test(name))
    return { ...called, message: `a proposal cannot be called ${shown(name)}`, expected: 'a name as my-proposal' };
  if (buildNames.includes(name))
    return { ...called, message: `${shown(name)} is the name of another semantics`, expected: 'a name of its own' };
  if (!(releaseNames as readonly unknown[]).includes(on)) {
    const message = `there is no release ${shown(on)}`;
    return { kind: 'value', key: 'on', message, expected: oneOf(releaseNames), ...near(on, releaseNames) };
  }
  return undefined;
}

/** All fields: those of `base` where the value names one, as a JSON file does, and its own. */
function allFields(value: object): Readonly<Record<string, unknown>> | ProposalFault {
  if (!('base' in value)) return { ...value };
  const { base, ...own } = value;
  const start = typeof base === 'string' ? buildNamed(base) : undefined;
  const name = startNames.find((each) => each === start?.name);
  if (name !== undefined) return { ...semantics[name], id: '', source: `${name}, amended`, ...own };
  const message = `there is no semantics ${shown(base)} to start from`;
  return { kind: 'value', key: 'base', message, expected: oneOf(startNames), ...near(base, startNames) };
}

const isFault = (fields: object): fields is ProposalFault => 'kind' in fields && 'message' in fields;

/**
 * A value that a reader's file exports as a build: the result of `amend`, or an object with `base`, the name of what it starts
 * from. Every field is checked, the first fault is told.
 */
export function readProposal(value: unknown): ReadProposal {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const expected = 'amend(semantics[...], { name, ... }), or an object with base and name';
    return { fault: { kind: 'shape', message: `this is no semantics: ${shown(value)}`, expected } };
  }
  const fields = allFields(value);
  if (isFault(fields)) return { fault: fields };
  const fault = wrongField(fields);
  if (fault !== undefined) return { fault };
  const missing = switchNames.find((name) => !(name in fields));
  if (missing !== undefined) {
    const message = `the switch ${missing} is missing`;
    return { fault: { kind: 'shape', message, expected: 'a semantics made by amend, or an object with base' } };
  }
  const { on, ...rseq } = fields as unknown as Proposal;
  const { name, id, statement } = rseq;
  const own = { id: id === '' ? name : id, statement: typeof statement === 'string' ? statement : name };
  return { build: { name, release: releaseNamed(on), rseq: { ...rseq, ...own } } };
}
