/**
 * One thread on its way to its next visible point: the call stack of machine frames, a return register, and tracked access to
 * the world's components. Effects read and edit the world only through it.
 *
 * `edit` hands out an immer draft that lives until the step ends, so effects are written as plain assignments and the world
 * stays one immutable value. What can go wrong: keeping a draft beyond its step, or storing one inside another component;
 * identities (link map ids, thread ids) are stored instead.
 */
import { createDraft, current, type Draft, finishDraft, isDraft } from 'immer';
import type { View } from '../explore/model.js';
import { type Component, component, keyOf } from './component.js';
import type { Call } from './lifecycle.js';

/** A frame: a lifecycle, the phase it is in, and its small context. */
export interface Frame {
  machine: string;
  phase: string;
  ctx: object;
  /** The frame of a signal handler: what it interrupted goes on as if nothing had been, with this in the return register. */
  interrupted?: { value: Value };
}

/** What a procedure hands back to its caller. */
export type Value = string | number | boolean | null;

/** A thread as the interpreter knows it. */
export interface Stack {
  /** The process whose memory the thread runs in. */
  process: number;
  frames: Frame[];
  /** The return register: what the last procedure handed back. */
  value: Value;
  /** The number of a vfork child that runs on this stack while the thread waits; 0 for none. */
  visitor: number;
  /** The task is gone; nothing of it runs again. */
  gone: boolean;
}

export const stackOf = component<Stack>('stack', 'thread', {
  process: 0,
  frames: [],
  value: null,
  visitor: 0,
  gone: true,
});

/** Everything fixed before the first step: what is linked, which libc, which kernel. Its shape belongs to the floors above. */
export type Program = object;

export class Cpu {
  private readonly drafts = new Map<string, Draft<object>>();
  readonly stack: Stack;

  constructor(
    private readonly view: View,
    readonly program: Program,
    /** The acting thread's number. */
    readonly thread: number,
  ) {
    this.stack = this.edit(stackOf, thread);
  }

  /** The task that runs now: the acting thread, or the vfork child on its stack. */
  get task(): number {
    return this.stack.visitor === 0 ? this.thread : this.stack.visitor;
  }

  /** The process in which the acting thread runs. */
  get process(): number {
    return this.stack.process;
  }

  /** The component's value: read only, and as edited in this step. `owner` defaults to the acting thread or its process. */
  read<T extends object>(c: Component<T>, owner = this.ownerOf(c)): T {
    const key = keyOf(c, owner);
    const draft = this.drafts.get(key);
    return (draft ?? this.view.get(key) ?? c.initial) as T;
  }

  /** A draft of the component; assignments to it are the step's writes. */
  edit<T extends object>(c: Component<T>, owner = this.ownerOf(c)): T {
    const key = keyOf(c, owner);
    let draft = this.drafts.get(key);
    if (draft === undefined) {
      draft = createDraft((this.view.get(key) ?? c.initial) as object) as Draft<object>;
      this.drafts.set(key, draft);
    }
    return draft as unknown as T;
  }

  /** Replace a component whole. */
  put<T extends object>(c: Component<T>, value: T, owner = this.ownerOf(c)): void {
    const key = keyOf(c, owner);
    this.drafts.delete(key);
    this.view.set(key, plainOf(value));
  }

  private ownerOf<T>(c: Component<T>): number {
    if (c.owner === 'thread') return this.thread;
    return c.owner === 'process' ? this.stack.process : 0;
  }

  /** One of `n` answers; a search tries them all. */
  choose(n: number): number {
    return this.view.choose(n);
  }

  emit(event: object): void {
    this.view.emit(event);
  }

  /** Push the frame of a call; the caller's phase continues with `returned` when it ends. */
  push(call: Call, phase: string): void {
    this.stack.frames.push({ machine: call.call, phase, ctx: plainOf(call.ctx) });
  }

  /** Hand `value` back to the caller of the present procedure. */
  give(value: Value): void {
    this.stack.value = value;
  }

  /** Write every draft back that was changed. */
  commit(): void {
    for (const [key, draft] of this.drafts) {
      const before = this.view.get(key);
      const after = finishDraft(draft);
      if (after !== before) this.view.set(key, after);
    }
    this.drafts.clear();
  }
}

/** A value free of drafts, fit to be stored in another component. */
export function plainOf<T>(value: T): T {
  if (isDraft(value)) return current(value as object) as T;
  if (Array.isArray(value)) return value.map(plainOf) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plainOf(v)])) as T;
}
