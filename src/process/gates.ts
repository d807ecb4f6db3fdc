/**
 * Threads as the observed programs handle them: the creator waits for the body, the thread then waits until it is joined or
 * detached, so that one thread runs at a time. `start` creates one without any waiting.
 *
 * What can go wrong: a thread that is never joined or detached stays at its gate; if the process cannot end without it, that is
 * a deadlock of the program and an end state here.
 */

import { libcFatal } from '../libc/end.js';
import { isStatic, programOf } from '../libc/program.js';
import { cacheStack } from '../libc/stacks.js';
import { unwindToStart } from '../libc/start.js';
import { libcCopy } from '../libc/state.js';
import { libgcc } from '../loader/linkmap.js';
import { libcFor } from '../loader/rtld.js';
import { type Component, component } from '../machine/component.js';
import { type Cpu, stackOf } from '../machine/cpu.js';
import { blocked, type Call, lifecycle } from '../machine/lifecycle.js';
import { sayOf } from './actions.js';
import { mapOf } from './place.js';

/** Where a thread waits before it returns. */
export interface Gate {
  bodyDone: boolean;
  released: boolean;
}

/** The threads of a process as their creators' objects name them: `map:name` to number. */
export const gatesOf = component<{ threads: Record<string, number> }>('gates', 'process', { threads: {} });

const gateComponents = new Map<string, Component<Gate>>();

/** The gate of a thread: a component of its own, since what one thread does at its gate is nothing to the others. */
export function gateOf(key: string): Component<Gate> {
  const known = gateComponents.get(key);
  if (known !== undefined) return known;
  const fresh = component<Gate>(`gate ${key}`, 'process', { bodyDone: false, released: false });
  gateComponents.set(key, fresh);
  return fresh;
}

/** The gate at which the acting thread waits; null for a thread that nobody spawned. */
export function ownGate(cpu: Cpu): string | null {
  const { threads } = cpu.read(gatesOf);
  return Object.keys(threads).find((key) => threads[key] === cpu.thread) ?? null;
}

interface SpawnFrame {
  map: number;
  name: string;
  body: string;
  waits: boolean;
}

export const spawn = lifecycle<SpawnFrame>(
  'spawn',
  {
    create: { source: 'nptl/pthread_create.c:__pthread_create_2_1', on: { returned: 'gate' } },
    gate: { source: 'test/fixtures/glibc/README.md', on: { ok: 'await' } },
    await: { source: 'test/fixtures/glibc/README.md', on: { ok: 'done' }, visible: true },
  },
  {
    create(cpu, ctx) {
      const start = { call: 'threadBody', ctx: { map: ctx.map, name: ctx.name, body: ctx.body } };
      return { call: 'pthreadCreate', ctx: { libc: libcFor(cpu, ctx.map), start } };
    },
    gate(cpu, ctx) {
      const key = `${ctx.map}:${ctx.name}`;
      cpu.edit(gatesOf).threads[key] = Number(cpu.stack.value);
      cpu.put(gateOf(key), { bodyDone: false, released: !ctx.waits });
      return 'ok';
    },
    await(cpu, ctx) {
      const key = `${ctx.map}:${ctx.name}`;
      const thread = cpu.read(gatesOf).threads[key];
      if (!ctx.waits || thread === undefined) return 'ok';
      return cpu.read(gateOf(key)).bodyDone || isGone(cpu, thread) ? 'ok' : blocked;
    },
  },
);

function isGone(cpu: Cpu, thread: number): boolean {
  return cpu.read(stackOf, thread).gone;
}

/** A thread's start routine: its events, the body, and the wait before it returns. */
export const threadBody = lifecycle<{ map: number; name: string; body: string }>(
  'threadBody',
  {
    begin: { source: 'test/fixtures/glibc/README.md', on: { ok: 'body' } },
    body: { source: 'test/fixtures/glibc/README.md', on: { returned: 'end' } },
    end: { source: 'test/fixtures/glibc/README.md', on: { ok: 'gate' } },
    gate: { source: 'test/fixtures/glibc/README.md', on: { ok: 'done' }, visible: true },
  },
  {
    begin(cpu, ctx) {
      sayOf(cpu, ctx.map, 'thread.begin', ctx.name);
      return 'ok';
    },
    body: (_cpu, ctx) => ({
      call: 'function',
      ctx: { map: ctx.map, kind: '', detail: '', result: '', at: `bodies.${ctx.body}` },
    }),
    end(cpu, ctx) {
      sayOf(cpu, ctx.map, 'thread.end', ctx.name);
      const key = ownGate(cpu);
      if (key !== null) cpu.edit(gateOf(key)).bodyDone = true;
      return 'ok';
    },
    gate: (cpu) => passGate(cpu),
  },
);

function passGate(cpu: Cpu): string | typeof blocked {
  const key = ownGate(cpu);
  return key === null || cpu.read(gateOf(key)).released ? 'ok' : blocked;
}

/** pthread_join or pthread_detach: let the thread return and wait until its task is gone. */
export const awaitThread = lifecycle<{ map: number; name: string }>(
  'awaitThread',
  {
    release: { source: 'nptl/pthread_join_common.c:__pthread_clockjoin_ex', on: { ok: 'wait' } },
    wait: { source: 'nptl/pthread_join_common.c:__pthread_clockjoin_ex', on: { ok: 'done' }, visible: true },
  },
  {
    release(cpu, ctx) {
      const key = `${ctx.map}:${ctx.name}`;
      if (cpu.read(gatesOf).threads[key] !== undefined) cpu.edit(gateOf(key)).released = true;
      return 'ok';
    },
    wait(cpu, ctx) {
      const thread = cpu.read(gatesOf).threads[`${ctx.map}:${ctx.name}`];
      if (thread !== undefined && !isGone(cpu, thread)) return blocked;
      if (thread !== undefined) cacheStack(cpu, thread);
      return 'ok';
    },
  },
);

/**
 * libgcc_s.so.1 is opened at the first need, into the namespace of the libc that unwinds, and stays. Who opens it is the file with
 * the unwinder: libpthread while threads have a file of their own.
 *
 * @source misc/unwind-link.c:__libc_unwind_link_get; to 2.33 sysdeps/nptl/unwind-forcedunwind.c:pthread_cancel_init
 */
function loadUnwinder(cpu: Cpu, libc: number): string | Call {
  const copy = libcCopy(cpu, libc, true);
  if (copy.unwinder) return 'known';
  copy.unwinder = true;
  const caller = copy.libpthread === 0 ? libc : copy.libpthread;
  return { call: 'dlopen', ctx: { name: libgcc, ns: 'caller', caller, flags: ['now'], audit: false } };
}

/** pthread_exit: a spawned thread waits as at its body's end; then its frames are unwound, for which libgcc_s is needed. */
export const pthreadExit = lifecycle<{ map: number }>(
  'pthreadExit',
  {
    bodyDone: { source: 'test/fixtures/glibc/README.md', on: { ok: 'gate' } },
    gate: { source: 'test/fixtures/glibc/README.md', on: { ok: 'unwinder' }, visible: true },
    unwinder: { source: 'misc/unwind-link.c:__libc_unwind_link_get', on: { returned: 'unwind', known: 'unwind' } },
    unwind: { source: 'nptl/unwind.c:__pthread_unwind', on: { ok: 'done' } },
  },
  {
    bodyDone(cpu) {
      const key = ownGate(cpu);
      if (key !== null) cpu.edit(gateOf(key)).bodyDone = true;
      return 'ok';
    },
    gate: (cpu) => passGate(cpu),
    unwinder(cpu, ctx) {
      const program = programOf(cpu);
      if (isStatic(program)) return 'known';
      const libc = libcFor(cpu, mapOf(cpu, ctx.map).id);
      if (program.release.hasLibgcc) return loadUnwinder(cpu, libc);
      return libcFatal(cpu, 'libgcc_s.so.1 must be installed for pthread_cancel to work\n');
    },
    unwind(cpu) {
      unwindToStart(cpu);
      return 'ok';
    },
  },
);
