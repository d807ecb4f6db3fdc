/**
 * Where the world keeps its facts: a component is a named, immutable value that changes together and is read together (one
 * loader per process, one stack per thread). A floor declares its components here and never keeps a fact anywhere else.
 *
 * What can go wrong: two facts that change independently in one component multiply its values, and a search that remembers
 * steps by component value then learns each combination anew. A log, a counter of steps or a clock must never be in one.
 */
import type { ComponentKey } from '../explore/model.js';

/** Whose component it is: one for the whole world, one a process, or one a thread. */
export type Owner = 'world' | 'process' | 'thread';

/** A declared component: `initial` is its value before anybody has written it. */
export interface Component<T> {
  readonly name: string;
  readonly owner: Owner;
  readonly initial: T;
}

/** Declare a component. Names must be unique; the owner's number is appended to make the key. */
export function component<T>(name: string, owner: Owner, initial: T): Component<T> {
  return { name, owner, initial };
}

/** The key under which `c` of process or thread `owner` stands in the world. */
export function keyOf<T>(c: Component<T>, owner: number): ComponentKey {
  return c.owner === 'world' ? c.name : `${c.name}/${owner}`;
}
