/**
 * fork as a program sees it: handlers before and after, a copy of the whole process with one thread in it, and the parent's
 * wait. In glibc: posix/fork.c:__libc_fork, nptl/register-atfork.c:__run_fork_handlers.
 *
 * What can go wrong: the child keeps the registration, the thread control block's address and the held loader lock's state of
 * the one thread that forked. A fact that is in no copied component would be shared between two processes.
 */
import { cloneTask } from '../kernel/lifetime.js';
import { exitGroup, signalNumber } from '../libc/end.js';
import { exitLockOf } from '../libc/exit.js';
import { placesOf } from '../libc/guard.js';
import { imagesOf, tlsImagesOf, tlsOf } from '../libc/memory.js';
import { isStatic, programOf } from '../libc/program.js';
import { publicSizeOf } from '../libc/rseq-registration.js';
import { stacksOf } from '../libc/stacks.js';
import {
  idsOf,
  libcCopy,
  libcsOf,
  loadLockOf,
  processEndOf,
  processOf,
  taskOf,
  tcbOf,
  tlsLockOf,
} from '../libc/state.js';
import { setRobustList } from '../libc/syscalls.js';
import { sayClone } from '../libc/thread.js';
import { loaderOf } from '../loader/linkmap.js';
import type { Component } from '../machine/component.js';
import { type Cpu, plainOf, stackOf } from '../machine/cpu.js';
import { blocked, lifecycle } from '../machine/lifecycle.js';
import { sayOf } from './actions.js';
import { gateOf, gatesOf } from './gates.js';

/** Every component that belongs to a process and is copied by fork. */
const copied: readonly Component<object>[] = [
  loaderOf,
  libcsOf,
  imagesOf,
  tlsImagesOf,
  publicSizeOf,
  placesOf,
  stacksOf,
  exitLockOf,
  gatesOf,
];

interface ForkFrame {
  map: number;
  /** The libc whose fork it is, also when the caller is unmapped meanwhile. */
  libc: number;
  /** Place of the child's actions. */
  child: string;
  afterwards: '_exit' | 'exit' | 'return';
  next?: number;
  pid?: number;
  isChild?: boolean;
}

export const forkAndWait = lifecycle<ForkFrame>(
  'forkAndWait',
  {
    prepare: { source: 'nptl/register-atfork.c:__run_fork_handlers', on: { returned: 'prepare', end: 'clone' } },
    clone: { source: 'sysdeps/nptl/_Fork.c:_Fork', on: { ok: 'after' }, visible: true },
    after: { source: 'posix/fork.c:__libc_fork', on: { child: 'childTask', parent: 'parentHandlers' }, visible: true },
    parentHandlers: {
      source: 'nptl/register-atfork.c:__run_fork_handlers',
      on: { returned: 'parentHandlers', end: 'announce' },
    },
    announce: { source: 'test/fixtures/glibc/README.md', on: { ok: 'wait' } },
    wait: { source: 'kernel/exit.c:do_wait', on: { ok: 'done' }, visible: true },
    childTask: { source: 'sysdeps/nptl/_Fork.c:_Fork', on: { ok: 'childHandlers' } },
    childHandlers: {
      source: 'nptl/register-atfork.c:__run_fork_handlers',
      on: { returned: 'childHandlers', end: 'childRuns' },
    },
    childRuns: { source: 'test/fixtures/glibc/README.md', on: { returned: 'childEnds' } },
    childEnds: { source: 'test/fixtures/glibc/README.md', on: { return: 'done' } },
  },
  {
    prepare(cpu, ctx) {
      const { atfork } = libcCopy(cpu, ctx.libc, false);
      if (ctx.next === undefined) ctx.next = atfork.length;
      ctx.next--;
      return atforkCall(cpu, ctx, 'prepare') ?? 'end';
    },
    clone(cpu, ctx) {
      ctx.next = -1;
      const ids = cpu.edit(idsOf);
      const child = ++ids.next;
      ctx.pid = child;
      sayClone(cpu, child, 'clone fork');
      copyProcess(cpu, child, ctx);
      ids.processes.push(child);
      return 'ok';
    },
    after: (_cpu, ctx) => (ctx.isChild === true ? 'child' : 'parent'),
    parentHandlers(cpu, ctx) {
      ctx.next = (ctx.next ?? -1) + 1;
      return atforkCall(cpu, ctx, 'parent') ?? 'end';
    },
    announce(cpu, ctx) {
      sayOf(cpu, ctx.map, 'fork.wait', undefined, 'ok');
      return 'ok';
    },
    wait(cpu, ctx) {
      const { end } = cpu.read(processEndOf, ctx.pid ?? 0);
      if (end === null) return blocked;
      sayOf(cpu, ctx.map, 'fork.ret', end.how, end.how === 'exit' ? end.what : String(signalNumber[end.what] ?? 0));
      return 'ok';
    },
    childTask(cpu, ctx) {
      const { release } = programOf(cpu);
      const copy = libcCopy(cpu, ctx.libc, true);
      copy.threads = 1;
      if (release.childRobustList === 'always' || copy.libpthread !== 0 || isStatic(programOf(cpu))) setRobustList(cpu);
      return 'ok';
    },
    childHandlers(cpu, ctx) {
      ctx.next = (ctx.next ?? -1) + 1;
      return atforkCall(cpu, ctx, 'child') ?? 'end';
    },
    childRuns(cpu, ctx) {
      sayOf(cpu, ctx.map, 'fork.child');
      return { call: 'function', ctx: { map: ctx.map, kind: '', detail: '', result: '', at: ctx.child } };
    },
    childEnds(cpu, ctx) {
      if (ctx.afterwards === 'return') return 'return';
      if (ctx.afterwards === '_exit') return exitGroup(cpu, 0);
      return { call: 'exit', ctx: { status: 0, libc: ctx.libc } };
    },
  },
);

function atforkCall(cpu: Cpu, ctx: ForkFrame, which: 'prepare' | 'parent' | 'child') {
  const entry = libcCopy(cpu, ctx.libc, false).atfork[ctx.next ?? 0];
  if (entry === undefined) return null;
  const kind = `atfork.${which}`;
  return {
    call: 'function',
    ctx: { map: entry.map, kind, detail: entry.name, result: '', at: `bodies.${entry[which]}` },
  };
}

/** Ids of maps that a child makes differ from those its parent makes, since each is another instance. */
const mapsApart = 1000;

/** The child: every process component copied, one thread with a copy of this stack. */
function copyProcess(cpu: Cpu, child: number, ctx: ForkFrame): void {
  for (const c of copied) cpu.put(c, plainOf(cpu.read(c)), child);
  for (const key of Object.keys(cpu.read(gatesOf).threads)) cpu.put(gateOf(key), plainOf(cpu.read(gateOf(key))), child);
  // The thread that forked still waits at its gate when its body is over, and whoever would let it go is not there.
  const { threads } = cpu.edit(gatesOf, child);
  for (const [key, thread] of Object.entries(threads)) if (thread === cpu.thread) threads[key] = child;
  // The child makes the loader's locks anew; only what the forking thread itself held is held still.
  cpu.put(loadLockOf, { held: cpu.read(tcbOf).loadLock > 0 }, child);
  cpu.put(tlsLockOf, { held: cpu.read(tcbOf).tlsLock > 0 }, child);
  const loader = plainOf(cpu.read(loaderOf));
  cpu.put(loaderOf, { ...loader, nextId: loader.nextId + mapsApart * child }, child);
  cpu.put(processOf, { parent: cpu.process, threads: [child] }, child);
  cpu.put(taskOf, { ...cloneTask(programOf(cpu).kernel, plainOf(cpu.read(taskOf)), 'fork'), robust: false }, child);
  cpu.put(tcbOf, { ...plainOf(cpu.read(tcbOf)), isMain: true }, child);
  cpu.put(tlsOf, plainOf(cpu.read(tlsOf)), child);
  const frames = plainOf(cpu.stack.frames);
  const top = frames[frames.length - 1];
  if (top === undefined) throw new Error('invariant: fork without a frame');
  frames[frames.length - 1] = { ...top, phase: 'after', ctx: { ...top.ctx, ...plainOf(ctx), isChild: true } };
  cpu.put(stackOf, { process: child, frames, value: null, visitor: 0, gone: false }, child);
}
