/**
 * The kinds of action that a generated function is made of: what brings each, where it may stand, how often it comes.
 *
 * What can go wrong: a kind so rare that it meets nothing. `npm run hunt-incidents` shows it: what needs it is found late.
 */
import type { Feature } from './features.js';

/** Which function is written; `late` is a handler, `child` runs in a forked child, `beside` in two threads at a time. */
export type Where = 'main' | 'ctor' | 'dtor' | 'func' | 'body' | 'late' | 'resolver' | 'child' | 'beside';

/** A kind of action: what brings it, where it may stand, how often it is drawn beside others. */
export interface Kind {
  readonly name: KindName;
  readonly feature?: Feature;
  readonly weight: number;
  readonly where: readonly Where[];
}

export type KindName =
  | 'mark'
  | 'call'
  | 'find'
  | 'open'
  | 'use'
  | 'close'
  | 'apart'
  | 'life'
  | 'both'
  | 'thread'
  | 'key'
  | 'forget'
  | 'atEnd'
  | 'fork'
  | 'vfork'
  | 'filter'
  | 'section'
  | 'register'
  | 'unregister'
  | 'ask'
  | 'release'
  | 'step'
  | 'read';

const everywhere: readonly Where[] = ['main', 'ctor', 'dtor', 'func', 'body', 'late', 'resolver', 'child'];
const running: readonly Where[] = ['main', 'ctor', 'body', 'func'];
const leading: readonly Where[] = ['main', 'ctor'];

/** The simplest first. */
export const kinds: readonly Kind[] = [
  { name: 'mark', weight: 1, where: everywhere },
  { name: 'read', feature: 'reads', weight: 2, where: everywhere },
  { name: 'register', feature: 'registers', weight: 3, where: everywhere },
  { name: 'unregister', feature: 'registers', weight: 1, where: everywhere },
  { name: 'ask', feature: 'asks', weight: 3, where: everywhere },
  { name: 'release', feature: 'asks', weight: 1, where: ['main', 'dtor', 'body', 'late'] },
  { name: 'step', feature: 'claimants', weight: 3, where: everywhere },
  { name: 'call', feature: 'calls', weight: 3, where: ['main', 'ctor', 'dtor', 'body', 'func'] },
  { name: 'find', feature: 'calls', weight: 1, where: ['main', 'ctor', 'dtor', 'body'] },
  { name: 'section', feature: 'sections', weight: 5, where: ['main', 'body', 'func'] },
  { name: 'key', feature: 'keys', weight: 5, where: running },
  // What a library leaves behind with the thread that used it is what its end can meet.
  { name: 'section', feature: 'sections', weight: 4, where: ['func'] },
  { name: 'key', feature: 'keys', weight: 4, where: ['func'] },
  { name: 'atEnd', feature: 'destructors', weight: 4, where: ['func'] },
  { name: 'forget', feature: 'keys', weight: 1, where: ['main', 'dtor', 'func'] },
  { name: 'atEnd', feature: 'destructors', weight: 5, where: running },
  { name: 'open', feature: 'dlopen', weight: 3, where: ['main', 'ctor', 'body'] },
  { name: 'life', feature: 'dlopen', weight: 8, where: ['main'] },
  { name: 'find', feature: 'dlopen', weight: 1, where: ['main', 'ctor', 'dtor', 'body'] },
  { name: 'use', feature: 'dlopen', weight: 6, where: ['main', 'ctor', 'body'] },
  { name: 'close', feature: 'dlopen', weight: 2, where: ['main', 'ctor', 'body', 'dtor'] },
  { name: 'apart', feature: 'namespaces', weight: 3, where: ['main', 'body'] },
  { name: 'close', feature: 'namespaces', weight: 1, where: ['main', 'body'] },
  { name: 'thread', feature: 'threads', weight: 4, where: leading },
  { name: 'both', feature: 'threads', weight: 6, where: leading },
  // Two threads at a time do what one could disturb for the other: decide, register, open, use.
  { name: 'step', feature: 'claimants', weight: 12, where: ['beside'] },
  { name: 'ask', feature: 'asks', weight: 3, where: ['beside'] },
  { name: 'register', feature: 'registers', weight: 1, where: ['beside'] },
  { name: 'call', feature: 'calls', weight: 3, where: ['beside'] },
  { name: 'use', feature: 'dlopen', weight: 3, where: ['beside'] },
  { name: 'open', feature: 'dlopen', weight: 2, where: ['beside'] },
  { name: 'fork', feature: 'fork', weight: 2, where: leading },
  { name: 'vfork', feature: 'vfork', weight: 3, where: leading },
  { name: 'filter', feature: 'filters', weight: 2, where: ['main', 'ctor', 'body'] },
];

/** Without libc a function can do these only. */
export const bare: ReadonlySet<KindName> = new Set(['mark', 'register', 'unregister', 'call']);
