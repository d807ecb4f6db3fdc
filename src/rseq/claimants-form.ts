/**
 * The form of a claimant's row: who it is, in words, and what its code does, as actions and as a rule for one interpreter. The
 * rows stand for the registration code of librseq, tcmalloc, tracers and tools (librseq src/rseq.c, tcmalloc internal/percpu.cc).
 *
 * What can go wrong: a protocol that cannot be said with these switches. Then a switch is missing; the interpreter is not the
 * place for a name.
 */
import type { Action, ActionList } from '../scenario/action-schema.js';

export type AreaName = Extract<Action, { op: 'rseq' }>['area'];

/** How a claimant with a rule of its own decides, takes an answer and lets go. */
export interface ClaimRule {
  /**
   * What is decided once for the whole process, before any thread registers. `symbols`: libc owns when its symbols are there;
   * `size`: and `__rseq_size` is not 0; `first-try`: fast or slow mode, by the first thread's registration.
   */
  readonly once: 'never' | 'symbols' | 'size' | 'first-try';
  /**
   * How others are kept from half of that decision: not at all (a constructor alone makes it), by a flag under a mutex that is
   * raised before the variables are set, or after.
   */
  readonly guard: 'none' | 'flag-first' | 'flag-last';
  /** What a thread reads before it calls. */
  readonly asks: 'nothing' | 'own-count' | 'shared-count' | 'cpu-id';
  /** What it does where it is the owner: `refuse` is code that wants libc to own, and goes without otherwise. */
  readonly whenOwner: 'register' | 'refuse';
  /** What a refused call means: the caller is told; the process ends, if a call worked before; slow mode, or the end in fast mode. */
  readonly onRefusal: 'tell' | 'abort-after-success' | 'mode';
  /** Whether a signal handler can run between what a thread asked and its call. */
  readonly signals: 'let-in' | 'blocked';
  /** What it stores into words of the area that are the kernel's. */
  readonly stores: 'nothing' | 'unsupported' | 'slab';
  /** When it unregisters a thread: never, if it registered it, as the last of those who count, or without asking. */
  readonly undo: 'never' | 'own' | 'last' | 'always';
  /** What a refused unregistration does: nothing, the count back to 1, or the end of the process. */
  readonly failedUndo: 'tell' | 'recount' | 'abort';
  /** How a tool asks whether a task has registered: by ptrace where the kernel answers, else by trying, or always by trying. */
  readonly probes: 'trial' | 'query';
}

/** The usual answers, from which a row says where it differs. */
export const plainRule: ClaimRule = {
  once: 'never',
  guard: 'none',
  asks: 'nothing',
  whenOwner: 'register',
  onRefusal: 'tell',
  signals: 'let-in',
  stores: 'nothing',
  undo: 'never',
  failedUndo: 'tell',
  probes: 'trial',
};

/** A claimant: its row in the record, and the code it brings into a world. */
export interface ClaimantProtocol {
  /** The number in the record, and the name a scenario may use instead. */
  readonly id: string;
  readonly name: string;
  /** When it was so. */
  readonly period: string;
  readonly statement: string;
  readonly source: string;
  /** When it acts, by what it decides, how it lets go, where it lives: in words. */
  readonly when: string;
  readonly decides: string;
  readonly undo: string;
  readonly lives: string;
  /** The memory it offers unless a scenario says otherwise. */
  readonly area: AreaName;
  readonly rule?: ClaimRule;
  readonly actions: {
    /** In a constructor of its object, wherever it acts. */
    readonly init?: ActionList;
    /** At its point: a constructor, the start of a thread ... Empty for what is no code of a program. */
    readonly act: ActionList;
    /** At the end of a thread in which it acted. */
    readonly leave?: ActionList;
    /** In a destructor of its object; empty when it leaves no undoing there. */
    readonly undo: ActionList;
  };
  /** It is no code but what answers the call: the kernels that answer so, by name. */
  readonly kernels?: readonly string[];
}

/** The code of a claimant with a rule: its steps where real code has them. */
export function stepsOf(
  who: string,
  area: AreaName,
  steps: { readonly [K in 'init' | 'leave' | 'fini']?: true },
): ClaimantProtocol['actions'] {
  const step = (name: 'init' | 'register' | 'unregister' | 'fini'): ActionList => [
    { op: 'claimant', who, step: name, area },
  ];
  return {
    ...(steps.init === true ? { init: step('init') } : {}),
    act: step('register'),
    ...(steps.leave === true ? { leave: step('unregister') } : {}),
    undo: steps.fini === true ? step('fini') : [],
  };
}
