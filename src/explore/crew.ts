/**
 * Several who expand states at once: the search's own thread and others beside it, over one table of states. The states of a level are cut
 * into sheets; each of the crew expands one; the search reads the sheets in order, so that states get the numbers they would have got from
 * one alone, whatever the threads' speed. The table is read while sheets are written and written while they are read, never both.
 *
 * What can go wrong: a thread that dies. It is waited for no longer than a while, its sheet counts as not begun, and it is not asked again.
 */
import { Expander, type Knowledge, newSheet, SHEET_STATES, type Sheet } from './expander.js';
import { sharedNumbers } from './grown.js';

/** Begins a thread that runs `serve` with this desk; returns how to send it word, and how to end it. */
export type Hire = (desk: Desk) => { readonly send: (word: Word) => void; readonly dismiss: () => void };

/** What a thread and the search both see of a task: numbers at the places of `AT`. */
export interface Desk {
  readonly numbers: Int32Array;
}

/** What is sent to a thread: what it shall know from its next task on, and where to write. */
export interface Word {
  readonly knowledge: Knowledge;
  readonly sheet: Sheet;
}

/** READY: the thread waits for tasks. ASKED and ANSWERED count tasks. FROM and TO are states, DONE how many of them were done. */
const AT = { ready: 0, asked: 1, answered: 2, from: 3, to: 4, done: 5, size: 6 } as const;

/** Milliseconds after which nobody waits for a thread any more. */
const A_WHILE = 30_000;

function newDesk(): Desk {
  return { numbers: sharedNumbers(AT.size) };
}

/** A thread's work: waits for tasks for ever. `word` returns what was sent and not taken yet, oldest first. */
export function serve({ numbers }: Desk, word: () => Word | undefined): never {
  let at: { readonly expander: Expander; readonly sheet: Sheet } | undefined;
  Atomics.store(numbers, AT.ready, 1);
  for (let task = 0; ; task++) {
    Atomics.wait(numbers, AT.asked, task);
    for (let sent = word(); sent !== undefined; sent = word()) {
      at?.expander.know(sent.knowledge);
      at = { expander: at?.expander ?? new Expander(sent.knowledge), sheet: sent.sheet };
    }
    const [from, to] = [Atomics.load(numbers, AT.from), Atomics.load(numbers, AT.to)];
    Atomics.store(numbers, AT.done, at?.expander.expand(from, to, at.sheet) ?? 0);
    Atomics.store(numbers, AT.answered, task + 1);
    Atomics.notify(numbers, AT.answered);
  }
}

interface Hand {
  readonly desk: Int32Array;
  readonly send: (word: Word) => void;
  readonly dismiss: () => void;
  sheet: Sheet;
  tasks: number;
  /** It was sent what is known now. */
  isInformed: boolean;
}

/** States that were expanded beside each other: `done` of them from `from` on, as the sheet says. */
export interface Expanded {
  readonly from: number;
  readonly to: number;
  readonly done: number;
  readonly sheet: Sheet;
}

export class Crew {
  readonly #hands: Hand[];
  #own: Expander | undefined;
  #sheet: Sheet = newSheet(0);
  #words = 0;
  /** Bring their knowledge up to date before the next task. */
  #isStale = true;

  constructor(size: number, hire: Hire) {
    this.#hands = Array.from({ length: size - 1 }, () => {
      const desk = newDesk();
      return { ...hire(desk), desk: desk.numbers, sheet: newSheet(0), tasks: 0, isInformed: false };
    });
  }

  /** Whether somebody else is there already. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  get #ready(): readonly Hand[] {
    return this.#hands.filter(({ desk }) => Atomics.load(desk, AT.ready) === 1);
  }

  /** What they know has changed, or where states stand. */
  forget(): void {
    this.#isStale = true;
  }

  /** Expand states from `from` to `to` at most, that one not included. The sheets in order of states. */
  expand(from: number, to: number, knowledge: () => Knowledge): readonly Expanded[] {
    const hands = this.#ready;
    this.#inform(hands, knowledge);
    const share = Math.min(SHEET_STATES, Math.ceil((to - from) / (hands.length + 1)));
    const cut = Array.from({ length: hands.length + 1 }, (_, i) => Math.min(to, from + i * share));
    const parts = cut.map((at) => ({ from: at, to: Math.min(to, at + share) }));
    for (const [i, hand] of hands.entries()) this.#ask(hand, parts[i + 1] ?? { from: to, to });
    const [first = { from, to: from }] = parts;
    const own = { ...first, done: this.#own?.expand(first.from, first.to, this.#sheet) ?? 0, sheet: this.#sheet };
    return [own, ...hands.map((hand, i) => ({ ...(parts[i + 1] ?? { from: to, to }), ...this.#answer(hand) }))];
  }

  dismiss(): void {
    for (const { dismiss } of this.#hands) dismiss();
    this.#hands.length = 0;
  }

  #inform(hands: readonly Hand[], knowledge: () => Knowledge): void {
    if (!this.#isStale && hands.every(({ isInformed }) => isInformed)) return;
    const known = knowledge();
    const { words } = known.layout;
    if (words !== this.#words) {
      this.#words = words;
      this.#sheet = newSheet(words);
      for (const hand of this.#hands) hand.sheet = newSheet(words);
    }
    if (this.#isStale) {
      this.#isStale = false;
      for (const hand of this.#hands) hand.isInformed = false;
      this.#own?.know(known);
      this.#own ??= new Expander(known);
    }
    for (const hand of hands) {
      if (!hand.isInformed) hand.send({ knowledge: known, sheet: hand.sheet });
      hand.isInformed = true;
    }
  }

  #ask(hand: Hand, { from, to }: { readonly from: number; readonly to: number }): void {
    const { desk } = hand;
    Atomics.store(desk, AT.from, from);
    Atomics.store(desk, AT.to, to);
    Atomics.store(desk, AT.asked, ++hand.tasks);
    Atomics.notify(desk, AT.asked);
  }

  #answer(hand: Hand): { readonly done: number; readonly sheet: Sheet } {
    const { desk, tasks, sheet } = hand;
    const answer = Atomics.wait(desk, AT.answered, tasks - 1, A_WHILE);
    if (answer !== 'timed-out') return { done: Atomics.load(desk, AT.done), sheet };
    hand.dismiss();
    this.#hands.splice(this.#hands.indexOf(hand), 1);
    return { done: 0, sheet };
  }
}
