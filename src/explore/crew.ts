/**
 * Several who expand states at once: the search's own thread and others beside it, over one ground. The states of a level are cut into sheets;
 * each of the crew fills one with what its states lead to that is not in the table; the search reads the sheets in order, so that states get
 * the numbers they would have got from one alone, whatever the threads' speed. The table is read while sheets are written and written
 * while they are read, never both.
 *
 * What can go wrong: a thread that dies. It is waited for no longer than a while, its sheet counts as not begun, and it is not asked again.
 */
import { type Functions, functionsOf, type Memory } from './ground.js';

/** Begins a thread that runs `serve` with this desk; returns how to send it word, and how to end it. */
export type Hire = (desk: Desk) => { readonly send: (word: Word) => void; readonly dismiss: () => void };

/** What a thread and the search both see of a task: numbers at the places of `AT`. */
export interface Desk {
  readonly numbers: Int32Array;
}

/** What is sent to a thread: the module that it runs from its next task on, and the memory that it is over. */
export interface Word {
  readonly code: Uint8Array;
  readonly memory: Memory;
}

/** READY: the thread waits for tasks. ASKED and ANSWERED count tasks. FROM and TO are states, MASK the table's, NEXT the first state not done. */
const AT = { ready: 0, asked: 1, answered: 2, from: 3, to: 4, mask: 5, next: 6, size: 7 } as const;

/** Milliseconds after which nobody waits for a thread any more. */
const A_WHILE = 30_000;

function newDesk(): Desk {
  return { numbers: new Int32Array(new SharedArrayBuffer(4 * AT.size)) };
}

/** A thread's work: waits for tasks for ever. `word` returns what was sent and not taken yet, oldest first. */
export function serve({ numbers }: Desk, word: () => Word | undefined): never {
  let functions: Functions = {};
  Atomics.store(numbers, AT.ready, 1);
  for (let task = 0; ; task++) {
    Atomics.wait(numbers, AT.asked, task);
    for (let sent = word(); sent !== undefined; sent = word()) functions = functionsOf(sent.code, sent.memory);
    const from = Atomics.load(numbers, AT.from);
    const next = functions.sheet?.(from, Atomics.load(numbers, AT.to), Atomics.load(numbers, AT.mask)) ?? from;
    Atomics.store(numbers, AT.next, next);
    Atomics.store(numbers, AT.answered, task + 1);
    Atomics.notify(numbers, AT.answered);
  }
}

interface Hand {
  /** Number of its sheet. */
  readonly sheet: number;
  readonly desk: Int32Array;
  readonly send: (word: Word) => void;
  readonly dismiss: () => void;
  tasks: number;
  /** Which code it was sent. */
  edition: number;
}

/** States that were expanded beside each other: those before `next`, from `from` on, are on the sheet of this number. */
export interface Expanded {
  readonly sheet: number;
  readonly from: number;
  readonly next: number;
}

/** A stretch of a level: states from `from` to `to`, that one not included, and the table's mask. */
interface Task {
  readonly from: number;
  readonly to: number;
  readonly mask: number;
}

export class Crew {
  readonly #hands: Hand[];
  #own: Functions = {};
  #edition = 0;
  #wordFor: ((sheet: number) => Word) | undefined;

  constructor(size: number, hire: Hire) {
    this.#hands = Array.from({ length: size - 1 }, (_, i) => {
      const desk = newDesk();
      return { ...hire(desk), sheet: i + 1, desk: desk.numbers, tasks: 0, edition: 0 };
    });
  }

  /** Whether somebody else is there already. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  get #ready(): readonly Hand[] {
    return this.#hands.filter(({ desk }) => Atomics.load(desk, AT.ready) === 1);
  }

  /** From now on everybody runs other code. Sheet 0 is the search's own. */
  tell(wordFor: (sheet: number) => Word): void {
    this.#edition++;
    this.#wordFor = wordFor;
    const { code, memory } = wordFor(0);
    this.#own = functionsOf(code, memory);
  }

  /** Expand states, `most` at most on a sheet. The sheets in order of states. */
  expand({ from, to, mask }: Task, most: number): readonly Expanded[] {
    const hands = this.#ready;
    const share = Math.min(most, Math.ceil((to - from) / (hands.length + 1)));
    const task = (i: number): Task => {
      const begin = Math.min(to, from + i * share);
      return { from: begin, to: Math.min(to, begin + share), mask };
    };
    for (const [i, hand] of hands.entries()) this.#ask(hand, task(i + 1));
    const next = this.#own.sheet?.(from, task(0).to, mask) ?? from;
    const own = { sheet: 0, from, next };
    return [own, ...hands.map((hand, i) => ({ sheet: hand.sheet, from: task(i + 1).from, next: this.#answer(hand) }))];
  }

  dismiss(): void {
    for (const { dismiss } of this.#hands) dismiss();
    this.#hands.length = 0;
  }

  #ask(hand: Hand, { from, to, mask }: Task): void {
    const { desk } = hand;
    if (hand.edition !== this.#edition && this.#wordFor !== undefined) hand.send(this.#wordFor(hand.sheet));
    hand.edition = this.#edition;
    Atomics.store(desk, AT.from, from);
    Atomics.store(desk, AT.to, to);
    Atomics.store(desk, AT.mask, mask);
    Atomics.store(desk, AT.asked, ++hand.tasks);
    Atomics.notify(desk, AT.asked);
  }

  /** The first state that it has not done. */
  #answer(hand: Hand): number {
    const { desk, tasks } = hand;
    const answer = Atomics.wait(desk, AT.answered, tasks - 1, A_WHILE);
    if (answer !== 'timed-out') return Atomics.load(desk, AT.next);
    hand.dismiss();
    this.#hands.splice(this.#hands.indexOf(hand), 1);
    return Atomics.load(desk, AT.from);
  }
}
