/**
 * Values to small integers: the alphabet in which a state is written. Two values get the same number exactly when they are
 * equal as plain data (the order of an object's keys does not count, `{a: undefined}` is not `{}`).
 *
 * What can go wrong: JSON text is not such a key (key order, undefined, bigint, -0, Map and Set all break it), so anything without
 * an exact text is refused by name. Values are frozen when first seen, since a number must go on meaning what it meant. A step
 * that walks over an object's keys must sort them itself: equal values may have been built in different orders.
 */
import { BrokenInvariant } from './invariant.js';
import type { ComponentKey } from './model.js';

/** A value that has no exact text: which component held it, where inside, and why it was refused. */
export class UninternableValue extends Error {
  override readonly name = 'UninternableValue';
  constructor(
    readonly component: ComponentKey,
    readonly where: string,
    readonly reason: string,
  ) {
    super(`component ${component}${where === '' ? '' : `, at ${where}`}: ${reason}`);
  }
}

/** Where in a value the writer stands: the component's name, the keys down to here, and the objects they lead through. */
interface Position {
  readonly component: ComponentKey;
  readonly keys: (string | number)[];
  readonly open: object[];
}

function refuse(position: Position, reason: string): never {
  const where = position.keys.map((k) => (typeof k === 'number' ? `[${k}]` : `.${k}`)).join('');
  throw new UninternableValue(position.component, where, reason);
}

/** The text of anything that is not an object, or undefined for an object. */
function atomText(value: unknown, position: Position): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      if (Number.isNaN(value)) refuse(position, 'NaN does not equal itself');
      if (Object.is(value, -0)) refuse(position, '-0 equals 0 and is not 0');
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : undefined;
    default:
      return refuse(position, `a ${typeof value} is not data`);
  }
}

type Nested = (child: unknown) => string;

/** The text of an array or a plain object, its members written by `nested`. */
function objectText(value: object, position: Position, nested: Nested): string {
  if (position.open.includes(value)) refuse(position, 'the value contains itself');
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(position, 'a symbol cannot be a key');
  position.open.push(value);
  const member = (key: string | number, child: unknown): string => {
    position.keys.push(key);
    const text = nested(child);
    position.keys.pop();
    return text;
  };
  const text = Array.isArray(value) ? arrayText(value, position, member) : recordText(value, position, member);
  position.open.pop();
  return text;
}

type Member = (key: string | number, child: unknown) => string;

function arrayText(value: readonly unknown[], position: Position, member: Member): string {
  if (Object.keys(value).length !== value.length) refuse(position, 'an array with holes, or with keys of its own');
  return `[${value.map((child, i) => member(i, child)).join(',')}]`;
}

/** No prototype, or some realm's `Object.prototype`: a value that was cloned or parsed elsewhere is plain too. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  if (typeof prototype !== 'object') return false;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf');
}

function recordText(value: object, position: Position, member: Member): string {
  if (!isPlain(value)) {
    refuse(position, `a ${value.constructor.name || 'class instance'} is not plain data`);
  }
  const keys = Object.keys(value).sort();
  const read = value as Readonly<Record<string, unknown>>;
  return `{${keys.map((key) => `${JSON.stringify(key)}:${member(key, read[key])}`).join(',')}}`;
}

/**
 * The whole value as text, equal for equal values and different for different ones. Nothing is remembered between calls.
 * @throws UninternableValue
 */
export function canonicalText(value: unknown, component: ComponentKey): string {
  const position: Position = { component, keys: [], open: [] };
  const write = (v: unknown): string => atomText(v, position) ?? objectText(v as object, position, write);
  return write(value);
}

/** What all numbers mean: names, and values by component and number. */
export interface Meanings {
  readonly names: readonly ComponentKey[];
  readonly values: readonly (readonly unknown[])[];
}

/**
 * Numbers for component names and, for each component, numbers for its values, both in order of discovery from 0. The value 0 of
 * every component is `undefined`: the component is absent.
 */
export class Interner {
  /** Component names by index. */
  readonly names: ComponentKey[] = [];
  readonly #indexOf = new Map<ComponentKey, number>();
  readonly #values: unknown[][] = [];
  readonly #ids: Map<string, number>[] = [];
  /** Every object ever seen is a node, written with its members' node numbers: an edited value costs only its edited branch. */
  readonly #nodes = new Map<string, string>();
  readonly #nodeOf = new WeakMap<object, string>();

  /** The index of a component, given at first sight; a value has the same number in it as in component `like`. */
  component(key: ComponentKey, like?: number): number {
    const known = this.#indexOf.get(key);
    if (known !== undefined) return known;
    const index = this.names.push(key) - 1;
    this.#indexOf.set(key, index);
    this.#values.push((like === undefined ? undefined : this.#values[like]) ?? [undefined]);
    this.#ids.push((like === undefined ? undefined : this.#ids[like]) ?? new Map());
    return index;
  }

  /** How many numbers a component's values need, 0 for absence included. */
  numbers(index: number): number {
    return this.#values[index]?.length ?? 1;
  }

  /** The number of a value of component `index`. @throws UninternableValue */
  id(index: number, value: unknown): number {
    const ids = this.#ids[index];
    const values = this.#values[index];
    if (value === undefined || ids === undefined || values === undefined) return 0;
    const key = this.#key(value, this.names[index] ?? '');
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = values.push(value) - 1;
    ids.set(key, id);
    return id;
  }

  /** The value behind a number; undefined for 0. */
  value(index: number, id: number): unknown {
    return this.#values[index]?.[id];
  }

  get meanings(): Meanings {
    return { names: this.names, values: this.#values };
  }

  /** Give components and values the numbers that they had; nothing has a number yet. @throws BrokenInvariant */
  recall({ names, values }: Meanings): void {
    for (const [c, name] of names.entries()) {
      const component = this.component(name);
      const differs = (values[c] ?? []).some((value, id) => id > 0 && this.id(component, value) !== id);
      if (component !== c || differs) throw new BrokenInvariant('a-snapshot-is-of-this-search', name);
    }
  }

  /** How many values each component has shown so far, absence not counted. */
  census(): ReadonlyMap<ComponentKey, number> {
    return new Map(this.names.map((name, i) => [name, (this.#values[i]?.length ?? 1) - 1]));
  }

  #key(value: unknown, component: ComponentKey): string {
    const position: Position = { component, keys: [], open: [] };
    const write = (v: unknown): string => atomText(v, position) ?? this.#node(v as object, position, write);
    return write(value);
  }

  #node(value: object, position: Position, write: Nested): string {
    const seen = this.#nodeOf.get(value);
    if (seen !== undefined) return seen;
    const text = objectText(value, position, write);
    const node = this.#nodes.get(text) ?? `#${this.#nodes.size}`;
    this.#nodes.set(text, node);
    this.#nodeOf.set(Object.freeze(value), node);
    return node;
  }
}
