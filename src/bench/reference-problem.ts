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

/** A lazy library's process-wide once. */
type Once = 'open' | 'running' | 'done';

/** What threads share, each in a component of its own: threads asked for and not begun, threads at work, and the onces. */
const PENDING = 'pending';
const LIVE = 'live';
const onceOf = (library: number): string => `once ${library}`;

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

/** What a thread may do next: the change to itself, and what else is written. */
interface Move {
  readonly thread: Partial<Thread>;
  readonly also?: (view: View) => void;
}

/** Adds to a count that threads share. */
function add(key: string, by: number): (view: View) => void {
  return (view) => view.set(key, (view.get(key) as number) + by);
}

function withAgent(thread: Thread, library: number, agent: Agent): Pick<Thread, 'agents'> {
  return { agents: thread.agents.with(library, agent) };
}

const look = (thread: Thread): Agent => (thread.slot === 'free' ? 'about to claim' : 'gave up');

function agentMoves(problem: ReferenceProblem, isMain: boolean, thread: Thread, view: View, library: number): Move[] {
  const kind = problem.libraries[library];
  const setOnce = (once: Once) => (seen: View) => seen.set(onceOf(library), once);
  switch (thread.agents[library]) {
    case 'in once':
      return [{ thread: withAgent(thread, library, look(thread)), also: setOnce('done') }];
    case 'about to claim':
      if (thread.slot !== 'free') return [{ thread: withAgent(thread, library, 'gave up') }];
      return [{ thread: { slot: library, ...withAgent(thread, library, 'owns') } }];
    case 'idle': {
      const loaded = isMain ? thread.constructed > library : kind !== 'C';
      if (!loaded || (problem.safe === true && thread.libc === 'not yet')) return [];
      const once: Once = kind === 'L' ? (view.get(onceOf(library)) as Once) : 'done';
      if (once === 'done') return [{ thread: withAgent(thread, library, look(thread)) }];
      if (once === 'running') return [];
      return [{ thread: withAgent(thread, library, 'in once'), also: setOnce('running') }];
    }
    default:
      return [];
  }
}

function aliveMoves(problem: ReferenceProblem, isMain: boolean, thread: Thread, view: View): Move[] {
  const moves: Move[] = [];
  const constructed = thread.constructed === problem.libraries.length;
  if (isMain && !constructed) moves.push({ thread: { constructed: thread.constructed + 1 } });
  if (isMain && constructed && thread.libc !== 'not yet' && thread.created < problem.threads - 1) {
    moves.push({ thread: { created: thread.created + 1 }, also: add(PENDING, 1) });
  }
  if (thread.libc === 'not yet') {
    moves.push({ thread: thread.slot === 'free' ? { slot: 'libc', libc: 'registered' } : { libc: 'failed' } });
  }
  problem.libraries.forEach((_, library) => {
    moves.push(...agentMoves(problem, isMain, thread, view, library));
  });
  const idle = !thread.agents.includes('in once') && !thread.agents.includes('about to claim');
  if (thread.libc === 'not yet' || !idle) return moves;
  const last = !isMain || (constructed && view.get(PENDING) === 0 && view.get(LIVE) === 0);
  return last ? [...moves, { thread: { life: 'leaving' } }] : moves;
}

function leavingMoves(isMain: boolean, thread: Thread, fresh: Thread): Move[] {
  const moves: Move[] = thread.agents.flatMap((agent, library) =>
    agent === 'owns' ? [{ thread: { slot: 'free', ...withAgent(thread, library, 'released') } }] : [],
  );
  if (thread.libc === 'registered') moves.push({ thread: { slot: 'free', libc: 'released' } });
  else if (!thread.agents.includes('owns')) {
    const { life: _, constructed: __, created: ___, ...empty } = fresh;
    moves.push({ thread: { life: 'dead', ...empty }, ...(isMain ? {} : { also: add(LIVE, -1) }) });
  }
  return moves;
}

function start(view: View): Move[] {
  if (view.get(PENDING) === 0) return [];
  const begin = (seen: View): void => {
    add(PENDING, -1)(seen);
    add(LIVE, 1)(seen);
  };
  return [{ thread: { life: 'alive' }, also: begin }];
}

/** The problem as a model: components `t0` (main), `t1`..., and one for each thing that threads share. */
export function referenceProblem(problem: ReferenceProblem): Model {
  const names = Array.from({ length: problem.threads }, (_, i) => `t${i}`);
  const agents = problem.libraries.map((): Agent => 'idle');
  const fresh: Thread = { life: 'unborn', slot: 'free', libc: 'not yet', agents, constructed: 0, created: 0 };
  const actors = names.map((name): Actor => ({ name, cls: name === MAIN ? 'main' : 'thread', own: [name] }));

  const movesOf = (name: string, thread: Thread, view: View): Move[] => {
    switch (thread.life) {
      case 'unborn':
        return start(view);
      case 'alive':
        return aliveMoves(problem, name === MAIN, thread, view);
      case 'leaving':
        return leavingMoves(name === MAIN, thread, fresh);
      case 'dead':
        return [];
    }
  };

  const step = ({ name }: Actor, view: View): boolean => {
    const thread = view.get(name) as Thread;
    const moves = movesOf(name, thread, view);
    if (moves.length === 0) return false;
    const move = moves[view.choose(moves.length)] as Move;
    view.set(name, { ...thread, ...move.thread });
    move.also?.(view);
    if (move.thread.libc === 'failed') view.emit('libc found the slot taken');
    return true;
  };

  const initial = new Map<string, unknown>([
    ...names.map((n) => [n, n === MAIN ? { ...fresh, life: 'alive' } : fresh] as const),
    [PENDING, 0],
    [LIVE, 0],
    ...problem.libraries.flatMap((kind, library) => (kind === 'L' ? [[onceOf(library), 'open'] as const] : [])),
  ]);
  return { initial, interchangeable: ['thread'], actors: () => actors, step };
}

/** The property: no thread's libc ever finds its slot taken. */
export function libcFailed(threads: number): (view: View) => readonly string[] {
  const names = Array.from({ length: threads }, (_, i) => `t${i}`);
  return (view) => (names.some((name) => (view.get(name) as Thread).libc === 'failed') ? ['libc failed'] : []);
}
