/**
 * One question of the bench and its answer, as they go to a process of its own and come back: JSON. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: a number that JSON has no word for. NaN comes back as null.
 */
import type { ReferenceProblem } from './reference-problem.js';

/** What is searched, and how. */
export interface Question {
  readonly problem?: ReferenceProblem;
  readonly scenario?: { readonly path: string; readonly libc: string };
  /**
   * `naive` remembers nothing; `xstate` steps by XState's transition, `graph` by its graph package, `chart` and `listed` by the same over
   * the reference problem as a statechart.
   */
  readonly by: 'search' | 'naive' | 'xstate' | 'graph' | 'chart' | 'listed';
  readonly reduced: boolean;
  readonly maxStates: number;
}

export interface Answer {
  readonly states: number;
  readonly transitions: number;
  readonly complete: boolean;
  /** Whether the property of the reference problem failed; of a scenario, whether anything was judged. */
  readonly failed: boolean;
  /** Processor seconds of the search alone, its learning and the compiler's work included. */
  readonly search: number;
  /** Steps that ran the model's code. */
  readonly rich: number;
  readonly bytesPerState: number;
}
