/**
 * From a parsed JSON value to a script, or to what is wrong with it. It stands for nothing in Linux.
 *
 * What can go wrong: accepting a mistyped field in silence, so that a script means something else than its author thinks; every
 * field of every operation is known here, and all others are refused with the nearest good name.
 */
import { nearest } from './nearest.js';
import {
  cloneKinds,
  descriptorNames,
  filterActions,
  type KernelCase,
  type Op,
  pageNames,
  pointerValues,
  protections,
  sectionEvents,
  segvModes,
  slotNames,
  wordFields,
} from './script-format.js';
import { exactInteger } from './script-json.js';

/** Stable codes of what can be wrong with a script. */
export const scriptCodes = {
  K001: 'not JSON',
  K002: 'not a case',
  K003: 'a field is missing',
  K004: 'a field has a wrong value',
  K005: 'no such operation',
  K006: 'no such field',
  K007: 'an operation after exec',
  K008: 'nested too deep',
  K009: 'no case at all',
} as const;

/** One thing that is wrong. `line` counts from 1; `path` leads to the place inside the case (`ops[2].slot`). */
export interface KernelDiagnostic {
  readonly code: keyof typeof scriptCodes;
  readonly line: number;
  readonly path: string;
  readonly message: string;
  readonly expected: string;
  readonly nearest?: string;
}

/** How deep operations may be nested. */
const deepest = 32;

/** The reach of a slot; the next one lies beyond. */
const slotReach = 0x1_0000n;

type Reader = (at: Place, value: unknown) => unknown;

/** Where the decoder is, and what it has found wrong so far. */
interface Place {
  readonly line: number;
  readonly path: string;
  readonly depth: number;
  readonly found: KernelDiagnostic[];
}

const inner = (at: Place, step: string): Place => ({ ...at, path: at.path === '' ? step : `${at.path}${step}` });

const field = (at: Place, name: string): Place => inner(at, at.path === '' ? name : `.${name}`);

/** A value as a reader would recognise it, never longer than a word or two. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const number = exactInteger(value);
  const text = number === null ? JSON.stringify(value) : number.toString();
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}

function report(
  at: Place,
  code: KernelDiagnostic['code'],
  message: string,
  expected: string,
  near?: string,
): undefined {
  const place = { code, line: at.line, path: at.path, message, expected };
  at.found.push(near === undefined ? place : { ...place, nearest: near });
  return undefined;
}

/** One of a list of words. */
const word =
  (known: readonly string[]): Reader =>
  (at, value) => {
    if (typeof value === 'string' && known.includes(value)) return value;
    const near = typeof value === 'string' ? nearest(value, known)[0] : undefined;
    return report(at, 'K004', `${show(value)} is not a value of ${at.path}`, `one of ${known.join(', ')}`, near);
  };

/** An unsigned whole number below a limit. */
const unsigned =
  (limit: bigint): Reader =>
  (at, value) => {
    const number = exactInteger(value);
    if (number !== null && number >= 0n && number < limit) return number;
    return report(at, 'K004', `${show(value)} is not a value of ${at.path}`, `a whole number from 0 to ${limit - 1n}`);
  };

const small =
  (limit: bigint): Reader =>
  (at, value) => {
    const number = unsigned(limit)(at, value);
    return typeof number === 'bigint' ? Number(number) : undefined;
  };

const register = unsigned(1n << 64n);
const slot = word(slotNames);
const page = word(pageNames);
const off = small(slotReach);

const nested: Reader = (at, value) => readOps({ ...at, depth: at.depth + 1 }, value);

/** What a poke may store depends on the field. */
const pokeValue: Reader = (at, value) =>
  typeof value === 'string' && exactInteger(value) === null
    ? word(pointerValues)(at, value)
    : unsigned(1n << 32n)(at, value);

/** Every operation with the fields it must have. */
const operations: ReadonlyMap<string, Readonly<Record<string, Reader>>> = new Map(
  Object.entries({
    rseq: { slot, off, len: register, flags: register, sig: register },
    poke: { slot, off, field: word([...wordFields, 'rseq_cs']), value: pokeValue },
    munmap: { slot: page },
    remap: { slot: page },
    mprotect: { slot: page, prot: word(protections) },
    sleep: {},
    yield: {},
    pin: { cpu: small(2n) },
    signal: {},
    segvh: { mode: word(segvModes) },
    getcpu: {},
    cs: { slot, off, desc: word(descriptorNames), event: word(sectionEvents) },
    query: {},
    seccomp: { action: word(filterActions) },
    clone: { kind: word(cloneKinds), ops: nested },
    exec: { ops: nested },
    execfail: {},
    nop: {},
  }),
);

const operationNames = [...operations.keys()];

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Read the fields of an object; unknown ones and missing ones are reported. */
function readFields(
  at: Place,
  value: Readonly<Record<string, unknown>>,
  readers: Readonly<Record<string, Reader>>,
  ignored: readonly string[],
): Record<string, unknown> {
  const known = [...Object.keys(readers), ...ignored];
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const [near] = nearest(name, known);
    report(field(at, name), 'K006', `no field is called ${show(name)} here`, `one of ${known.join(', ')}`, near);
  }
  const read: Record<string, unknown> = {};
  for (const [name, reader] of Object.entries(readers)) {
    if (!Object.hasOwn(value, name)) report(at, 'K003', `the field "${name}" is missing`, `a field "${name}"`);
    else read[name] = reader(field(at, name), value[name]);
  }
  return read;
}

/** A pointer belongs into `rseq_cs`, a number into every other field. */
function checkPoke(at: Place, read: Readonly<Record<string, unknown>>): void {
  const pointer = typeof read.value === 'string';
  if (read.value === undefined || read.field === undefined || pointer === (read.field === 'rseq_cs')) return;
  const expected = pointer ? 'a whole number from 0 to 4294967295' : `one of ${pointerValues.join(', ')}`;
  report(field(at, 'value'), 'K004', `${show(read.value)} cannot be stored in ${String(read.field)}`, expected);
}

function readOp(at: Place, value: unknown): Op | undefined {
  if (!isObject(value)) return report(at, 'K004', `${show(value)} is not an operation`, 'an object with a field "op"');
  const name = value.op;
  const readers = typeof name === 'string' ? operations.get(name) : undefined;
  if (readers === undefined) {
    const near = typeof name === 'string' ? nearest(name, operationNames)[0] : undefined;
    const message = name === undefined ? 'the field "op" is missing' : `no operation is called ${show(name)}`;
    return report(field(at, 'op'), 'K005', message, `one of ${operationNames.join(', ')}`, near);
  }
  const read = readFields(at, value, readers, ['op']);
  if (name === 'poke') checkPoke(at, read);
  return { op: name, ...read } as Op;
}

function readOps(at: Place, value: unknown): readonly Op[] | undefined {
  if (!Array.isArray(value)) return report(at, 'K004', `${show(value)} is not a list of operations`, 'a list');
  if (at.depth > deepest) return report(at, 'K008', 'operations are nested too deep', `at most ${deepest} levels`);
  const ops = value.map((op: unknown, i) => readOp(inner(at, `[${i}]`), op));
  const exec = ops.findIndex((op) => op?.op === 'exec');
  if (exec !== -1 && exec !== ops.length - 1) {
    report(inner(at, `[${exec + 1}]`), 'K007', 'nothing runs after exec', 'exec as the last operation of its list');
  }
  return ops.filter((op) => op !== undefined);
}

const text: Reader = (at, value) =>
  typeof value === 'string' ? value : report(at, 'K004', `${show(value)} is not a value of ${at.path}`, 'a string');

const recorded = ['kind', 'results', 'end', 'segv_handler_runs'];

export type DecodedCase =
  | { readonly ok: true; readonly script: KernelCase }
  | { readonly ok: false; readonly diagnostics: readonly KernelDiagnostic[] };

/**
 * A script from a parsed JSON value. Recorded fields are passed over.
 *
 * Errors: every wrong field in one pass, as values; never throws.
 */
export function decodeKernelCase(value: unknown, line = 1): DecodedCase {
  const found: KernelDiagnostic[] = [];
  const at: Place = { line, path: '', depth: 1, found };
  if (!isObject(value)) {
    report(at, 'K002', `${show(value)} is not a case`, 'an object with id, glibc_rseq and ops');
    return { ok: false, diagnostics: found };
  }
  const read = readFields(at, value, { id: text, glibc_rseq: small(2n), ops: readOps }, recorded);
  if (found.length > 0) return { ok: false, diagnostics: found };
  const script = { id: read.id, glibcRseq: read.glibc_rseq === 1, ops: read.ops } as KernelCase;
  return { ok: true, script };
}
