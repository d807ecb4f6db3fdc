/**
 * The reference problem: can a library take a thread's rseq slot before libc does? A toy without loader and errnos, small enough that
 * other checkers have counted its states; an engine that counts otherwise is wrong. Written as any model would be: one value a
 * thread, one for what threads share, plain steps.
 *
 * What can go wrong: two enabled moves of one thread are two transitions even when they lead to the same state.
 */
import type { Actor, Model, View } from '../explore/model.js';

type Life = 'unborn' | 'alive' | 'leaving' | 'dead';
type Libc = 'not yet' | 'registered' | 'failed' | 'released';
type Agent = 'idle' | 'in once' | 'about to claim' | 'owns' | 'gave up' | 'released';

interface Thread {
  readonly life: Life;
  /** 'free', 'libc', or the number of the library that owns the slot. */
  readonly slot: 'free' | 'libc' | number;
  readonly libc: Libc;
  readonly agents: readonly Agent[];
  /** Of main alone: constructors run, threads created. */
  readonly constructed: number;
  readonly created: number;
}

interface Shared {
  readonly pending: number;
  readonly live: number;
  /** Per library, for the lazy ones. */
  readonly once: readonly ('open' | 'running' | 'done')[];
}

/** `L` lazy behind a process-wide once, `T` at thread start, `C` by its constructor in the main thread alone. */
export type LibraryKind = 'L' | 'T' | 'C';

export interface ReferenceProblem {
  /** Main included. */
  readonly threads: number;
  readonly libraries: readonly LibraryKind[];
  /** Libraries act only after libc has. */
  readonly safe?: boolean;
}

/** `LTC` as a list of libraries. */
export function libraries(letters: string): LibraryKind[] {
  return [...letters].map((letter) => (letter === 'L' || letter === 'T' ? letter : 'C'));
}

const MAIN = 't0';

/** What a thread may do next: the change to itself and to what is shared. */
interface Move {
  readonly thread?: Partial<Thread>;
  readonly shared?: Partial<Shared>;
}

function withAgent(thread: Thread, library: number, agent: Agent): Pick<Thread, 'agents'> {
  return { agents: thread.agents.with(library, agent) };
}

const look = (thread: Thread): Agent => (thread.slot === 'free' ? 'about to claim' : 'gave up');

function agentMoves(
  problem: ReferenceProblem,
  isMain: boolean,
  thread: Thread,
  shared: Shared,
  library: number,
): Move[] {
  const kind = problem.libraries[library];
  const once = shared.once[library];
  switch (thread.agents[library]) {
    case 'in once':
      return [
        { thread: withAgent(thread, library, look(thread)), shared: { once: shared.once.with(library, 'done') } },
      ];
    case 'about to claim':
      if (thread.slot !== 'free') return [{ thread: withAgent(thread, library, 'gave up') }];
      return [{ thread: { slot: library, ...withAgent(thread, library, 'owns') } }];
    case 'idle': {
      const loaded = isMain ? thread.constructed > library : kind !== 'C';
      if (!loaded || (problem.safe === true && thread.libc === 'not yet')) return [];
      if (kind !== 'L' || once === 'done') return [{ thread: withAgent(thread, library, look(thread)) }];
      if (once === 'running') return [];
      const entered = { once: shared.once.with(library, 'running') };
      return [{ thread: withAgent(thread, library, 'in once'), shared: entered }];
    }
    default:
      return [];
  }
}

function aliveMoves(problem: ReferenceProblem, isMain: boolean, thread: Thread, shared: Shared): Move[] {
  const moves: Move[] = [];
  const constructed = thread.constructed === problem.libraries.length;
  if (isMain && !constructed) moves.push({ thread: { constructed: thread.constructed + 1 } });
  if (isMain && constructed && thread.libc !== 'not yet' && thread.created < problem.threads - 1) {
    moves.push({ thread: { created: thread.created + 1 }, shared: { pending: shared.pending + 1 } });
  }
  if (thread.libc === 'not yet') {
    moves.push({ thread: thread.slot === 'free' ? { slot: 'libc', libc: 'registered' } : { libc: 'failed' } });
  }
  problem.libraries.forEach((_, library) => {
    moves.push(...agentMoves(problem, isMain, thread, shared, library));
  });
  const idle = !thread.agents.includes('in once') && !thread.agents.includes('about to claim');
  const last = !isMain || (constructed && shared.pending === 0 && shared.live === 0);
  if (thread.libc !== 'not yet' && idle && last) moves.push({ thread: { life: 'leaving' } });
  return moves;
}

function leavingMoves(isMain: boolean, thread: Thread, shared: Shared, fresh: Thread): Move[] {
  const moves: Move[] = thread.agents.flatMap((agent, library) =>
    agent === 'owns' ? [{ thread: { slot: 'free', ...withAgent(thread, library, 'released') } }] : [],
  );
  if (thread.libc === 'registered') moves.push({ thread: { slot: 'free', libc: 'released' } });
  else if (!thread.agents.includes('owns')) {
    const { life: _, constructed: __, created: ___, ...empty } = fresh;
    moves.push({ thread: { life: 'dead', ...empty }, shared: isMain ? {} : { live: shared.live - 1 } });
  }
  return moves;
}

/** The problem as a model: components `t0` (main), `t1`..., and `shared`. */
export function referenceProblem(problem: ReferenceProblem): Model {
  const names = Array.from({ length: problem.threads }, (_, i) => `t${i}`);
  const agents = problem.libraries.map((): Agent => 'idle');
  const fresh: Thread = { life: 'unborn', slot: 'free', libc: 'not yet', agents, constructed: 0, created: 0 };
  const nothingShared: Shared = { pending: 0, live: 0, once: problem.libraries.map(() => 'open') };
  const actors = names.map((name): Actor => ({ name, cls: name === MAIN ? 'main' : 'thread' }));

  const movesOf = (name: string, thread: Thread, shared: Shared): Move[] => {
    switch (thread.life) {
      case 'unborn':
        if (shared.pending === 0) return [];
        return [{ thread: { life: 'alive' }, shared: { pending: shared.pending - 1, live: shared.live + 1 } }];
      case 'alive':
        return aliveMoves(problem, name === MAIN, thread, shared);
      case 'leaving':
        return leavingMoves(name === MAIN, thread, shared, fresh);
      case 'dead':
        return [];
    }
  };

  const step = ({ name }: Actor, view: View): boolean => {
    const thread = view.get(name) as Thread;
    const shared = view.get('shared') as Shared;
    const moves = movesOf(name, thread, shared);
    if (moves.length === 0) return false;
    const move = moves[view.choose(moves.length)] as Move;
    view.set(name, { ...thread, ...move.thread });
    if (move.shared !== undefined) view.set('shared', { ...shared, ...move.shared });
    if (move.thread?.libc === 'failed') view.emit('libc found the slot taken');
    return true;
  };

  const initial = new Map<string, unknown>(names.map((n) => [n, n === MAIN ? { ...fresh, life: 'alive' } : fresh]));
  initial.set('shared', nothingShared);
  return { initial, actors: () => actors, step };
}

/** The property: no thread's libc ever finds its slot taken. */
export function libcFailed(threads: number): (view: View) => readonly string[] {
  const names = Array.from({ length: threads }, (_, i) => `t${i}`);
  return (view) => (names.some((name) => (view.get(name) as Thread).libc === 'failed') ? ['libc failed'] : []);
}
