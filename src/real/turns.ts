/**
 * Turns: work of which only so much goes on at a time, the rest in the order in which it came. Stands for a counting semaphore.
 *
 * What can go wrong: a turn that is never given back. It is, whether the work ends well or not.
 */
export class Turns {
  private readonly waiting: (() => void)[] = [];
  private free: number;

  /** @param width most that goes on at a time */
  constructor(width: number) {
    this.free = width;
  }

  /** Do the work when it is its turn. */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
