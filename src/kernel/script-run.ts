/**
 * Runs a script operation by operation and writes down what the acting task sees, in the form of the recordings.
 *
 * What can go wrong: a snapshot belongs to the acting task's own address space, and `G` to its own thread area.
 */
import { areaOffset, type Errno } from './abi.js';
import { rseqConfiguration } from './discovery.js';
import type { KernelFeatures } from './features.js';
import { contextSwitch, deferredWork } from './refresh.js';
import { cloneOp, execOp, homeIds, startImage } from './script-clone.js';
import type {
  AreaSnapshot,
  CaseResult,
  KernelCase,
  Op,
  OpResult,
  PokeOp,
  QueryResult,
  SectionOp,
  SlotName,
} from './script-format.js';
import {
  descriptorAddress,
  fieldOffset,
  isSharedPage,
  nameOf,
  pointerValue,
  sequenceOf,
  slotAddress,
  snapshot,
} from './script-image.js';
import {
  alarm,
  type Back,
  blockingCall,
  callRseq,
  dieWithGroup,
  exitProcess,
  fault,
  signalSelf,
  systemCall,
} from './script-task.js';
import { addThread, isGone, newMemory, newProcess, type Run, type Thread } from './script-world.js';
import { freshTask } from './task.js';

/** What an operation led to, if the task came out of it. */
type Seen = Omit<OpResult, 'areas' | 'killed'>;

const done: Seen = { ret: 0 };

function addressOf(thread: Thread, { slot, off }: { readonly slot: SlotName; readonly off: number }): bigint {
  return BigInt.asUintN(64, (slot === 'G' ? thread.area : slotAddress[slot]) + BigInt(off));
}

const outcome = (result: 0 | Errno): Seen => (result === 0 ? done : { err: result });

/** User space writes one field; a bad address is an error here, never a signal. */
function poke(thread: Thread, op: PokeOp): Seen {
  const { space } = thread.process.memory;
  const at = addressOf(thread, op);
  const value = typeof op.value === 'bigint' ? op.value : pointerValue[op.value];
  const field = at + fieldOffset[op.field];
  const written =
    op.field === 'rseq_cs' ? space.write64(field, value) : space.write32(field, Number(BigInt.asUintN(32, value)));
  return written ? done : { err: 'EFAULT' };
}

/** The event inside a restartable sequence. */
function sectionEvent(run: Run, thread: Thread, op: SectionOp): Back {
  const ip = sequenceOf(op.event).inside;
  const entry = { ip, fromUser: false };
  if (op.event === 'sleep') return blockingCall(run, thread, undefined, entry);
  if (op.event === 'signal') return signalSelf(run, thread, entry);
  return op.event === 'alarm' ? alarm(run, thread, ip) : { ip, aborted: false };
}

/** A restartable sequence: store the descriptor (an ordinary store, which may fault), run, leave. */
function section(run: Run, thread: Thread, op: SectionOp): Seen {
  const { space } = thread.process.memory;
  const at = addressOf(thread, op) + areaOffset.rseqCs;
  while (!space.write64(at, descriptorAddress(op.desc, op.event))) {
    if (fault(run, thread) === null) return {};
  }
  const back = sectionEvent(run, thread, op);
  return back === null ? {} : { ret: back.aborted ? 'abort' : 'commit' };
}

/** munmap, or mmap over a page: dropping the last reference to shared memory leaves deferred work. */
function changePage(run: Run, thread: Thread, op: Extract<Op, { readonly op: 'munmap' | 'remap' }>): Seen {
  const { space } = thread.process.memory;
  const page = slotAddress[op.slot];
  systemCall(run, thread, () => {
    const dropped =
      op.op === 'munmap' ? space.unmap(page) : space.map(page, { prot: 'rw', shared: isSharedPage(op.slot) });
    if (dropped) thread.task = deferredWork(run.features, thread.task);
  });
  return done;
}

/** A tracer stops the task and reads its registration; the state is read before the task goes on. */
function query(run: Run, thread: Thread): Seen {
  let answer: Seen = {};
  systemCall(run, thread, () => {
    thread.task = contextSwitch(run.features, thread.task);
    const read = rseqConfiguration(run.features, thread.task);
    if ('err' in read) {
      answer = { err: read.err };
      return;
    }
    const { addr, ...rest } = read.configuration;
    const configuration: QueryResult = { addr: addr === 0n ? null : nameOf(addr, thread.area), ...rest };
    answer = { ret: 0, query: configuration };
  });
  return answer;
}

function pin(run: Run, thread: Thread, cpu: number): Seen {
  if (cpu === thread.task.ids.cpu) systemCall(run, thread, () => {});
  else blockingCall(run, thread, { ...thread.task.ids, cpu });
  return done;
}

/** Perform one operation. When the thread dies of it, what is handed back is what was seen before. */
function perform(run: Run, thread: Thread, op: Op): Seen {
  const { memory } = thread.process;
  switch (op.op) {
    case 'rseq': {
      const answer = callRseq(run, thread, { addr: addressOf(thread, op), len: op.len, flags: op.flags, sig: op.sig });
      return answer === null ? {} : outcome(answer.result);
    }
    case 'poke':
      return poke(thread, op);
    case 'munmap':
    case 'remap':
      return changePage(run, thread, op);
    case 'mprotect':
      return memory.space.protect(slotAddress[op.slot], op.prot) ? done : { err: 'ENOMEM' };
    case 'sleep':
      blockingCall(run, thread);
      return done;
    case 'pin':
      return pin(run, thread, op.cpu);
    case 'signal':
      return signalSelf(run, thread) === null ? {} : { ret: 1 };
    case 'segvh':
      thread.process.segv = op.mode;
      return done;
    case 'getcpu':
      return { ret: thread.task.ids.cpu };
    case 'cs':
      return section(run, thread, op);
    case 'query':
      return query(run, thread);
    case 'seccomp':
      thread.task = { ...thread.task, filters: [...thread.task.filters, op.action] };
      return done;
    case 'clone':
      return cloneOp(run, thread, op, runList);
    case 'exec':
      return execOp(run, thread, op, runList);
    case 'execfail':
      systemCall(run, thread, () => {});
      return { err: 'ENOENT' };
    case 'yield':
    case 'nop':
      systemCall(run, thread, () => {});
      return done;
  }
}

/** The named areas as the thread sees them now. */
function areasOf(run: Run, thread: Thread): Record<string, AreaSnapshot> {
  const { space } = thread.process.memory;
  return Object.fromEntries(
    run.areas.map(({ name, slot, off }) => [name, snapshot(space, addressOf(thread, { slot, off }))]),
  );
}

/** The result of an operation that the thread did not come out of: whatever was read or done by then. */
function killed(seen: Seen): OpResult {
  const { query: read, child } = seen;
  return { killed: true, ...(read === undefined ? {} : { query: read }), ...(child === undefined ? {} : { child }) };
}

/** Run a list of operations in a thread; `null` for those that were never reached. */
function runList(run: Run, thread: Thread, ops: readonly Op[]): (OpResult | null)[] {
  return ops.map((op) => {
    if (isGone(thread)) return null;
    const seen = perform(run, thread, op);
    if (op.op === 'exec') return { child: seen.child ?? [] };
    if (!isGone(thread)) return { ...seen, areas: areasOf(run, thread) };
    dieWithGroup(thread);
    return killed(seen);
  });
}

/** Slots whose areas a recording shows. */
const shownSlots: readonly SlotName[] = ['A', 'B', 'X', 'R', 'G'];

/** The areas a script names, in order of first mention, at offsets that can hold one; `A+0` when it names none. */
export function areasNamed(ops: readonly Op[]): Run['areas'] {
  const named = new Map<string, Run['areas'][number]>();
  const visit = (list: readonly Op[]): void => {
    for (const op of list) {
      if ('off' in op && op.off % 32 === 0 && shownSlots.includes(op.slot)) {
        const name = `${op.slot}+${op.off}`;
        if (!named.has(name)) named.set(name, { name, slot: op.slot, off: op.off });
      }
      if ('ops' in op) visit(op.ops);
    }
  };
  visit(ops);
  return named.size === 0 ? [{ name: 'A+0', slot: 'A', off: 0 }] : [...named.values()];
}

/**
 * Run one script on a kernel with these features.
 *
 * @returns a result for each operation, how the process ended (`exit N` or `signal NAME`), and the count of SIGSEGV handlers
 * @source the recordings' own description of what each operation does
 */
export function runKernelCase(script: KernelCase, features: KernelFeatures): CaseResult {
  const run: Run = {
    features,
    glibcRseq: script.glibcRseq,
    areas: areasNamed(script.ops),
    segvHandlerRuns: 0,
  };
  const { memory, threadArea } = newMemory();
  const thread = addThread(newProcess(memory), freshTask(homeIds), 'running', threadArea);
  startImage(run, thread);
  const results = runList(run, thread, script.ops);
  if (!isGone(thread)) exitProcess(thread);
  return { results, end: thread.process.end ?? 'exit 0', segv_handler_runs: run.segvHandlerRuns };
}
