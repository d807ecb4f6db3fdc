/**
 * Which units a process is to do: all, the one that it was told, or the one of the task that an engine started it as. The engines
 * say it in the environment: GNU parallel in PARALLEL_SEQ, a Slurm array in SLURM_ARRAY_TASK_ID, a Kubernetes Indexed Job in
 * JOB_COMPLETION_INDEX.
 *
 * What can go wrong: a first task numbered 1 where units count from 0, so that the last one has no work and unit 0 is never done.
 * Each engine's first number is known; a Slurm array counts as its author likes, and `first` says how.
 */

/** How the command line chooses. */
export interface Choice {
  /** Everything, whatever the environment says. */
  readonly all?: boolean | undefined;
  /** The number of the task, instead of an engine's. */
  readonly index?: number | undefined;
  /** The number of the first task: 1 for GNU parallel, 0 for all others. */
  readonly first?: number | undefined;
  /** Tasks are shares of the campaign, and there are so many: task t does the units t, t + n, t + 2n... */
  readonly shares?: number | undefined;
}

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What is wrong with a choice. */
export interface ChoiceFault {
  readonly kind: 'range' | 'engines' | 'number';
  readonly message: string;
  readonly expected: string;
}

/** Units in order. */
export type Share =
  | {
      readonly units: readonly number[];
      /** Who named the task; absent when nobody did, and this process does all that are missing. */
      readonly by?: string;
    }
  | { readonly fault: ChoiceFault };

interface Engine {
  readonly variable: string;
  /** The number of its first task. */
  readonly first: number;
  /** Where it says how many numbers a task stands for. */
  readonly step?: string;
}

const engines: readonly Engine[] = [
  { variable: 'PARALLEL_SEQ', first: 1 },
  // sbatch --array=0-99:10 starts tasks 0, 10, 20..., and each is meant for ten.
  { variable: 'SLURM_ARRAY_TASK_ID', first: 0, step: 'SLURM_ARRAY_TASK_STEP' },
  { variable: 'JOB_COMPLETION_INDEX', first: 0 },
];

interface Task {
  /** Who named it, for a message. */
  readonly by: string;
  readonly number: number;
  readonly first: number;
  readonly step: number;
}

const isCount = (text: string): boolean => /^\d{1,10}$/.test(text);

/** The task an engine started this process as; undefined when none did. */
function taskIn(environment: Environment): Task | ChoiceFault | undefined {
  const set = engines.filter(({ variable }) => (environment[variable] ?? '') !== '');
  const [engine, other] = set;
  if (engine === undefined) return undefined;
  if (other !== undefined) {
    const message = `${set.map(({ variable }) => variable).join(' and ')} both name a unit`;
    return { kind: 'engines', message, expected: 'one engine, or --index N or --all to decide' };
  }
  const { variable, first, step } = engine;
  const text = environment[variable] ?? '';
  const stepText = environment[step ?? ''] ?? '1';
  if (isCount(text) && isCount(stepText) && Number(stepText) > 0) {
    return { by: variable, number: Number(text), first, step: Number(stepText) };
  }
  const [name, bad] = isCount(text) ? [step ?? '', stepText] : [variable, text];
  return {
    kind: 'number',
    message: `${name} cannot be ${JSON.stringify(bad.slice(0, 40))}`,
    expected: 'a whole number',
  };
}

function spread(from: number, to: number, by: number): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / by)) }, (_, i) => from + i * by);
}

/** The units of one task. */
function unitsOf(units: number, task: Task, shares: number | undefined): Share {
  const distance = task.number - task.first;
  const place = shares === undefined ? distance : Math.floor(distance / task.step);
  const tasks = shares ?? units;
  if (place < 0 || place >= tasks) {
    const what = shares === undefined ? 'unit' : 'share';
    const message = `${task.by} ${task.number} is no ${what} of this campaign`;
    return { fault: { kind: 'range', message, expected: `${task.first} to ${task.first + tasks - 1}` } };
  }
  if (shares !== undefined) return { units: spread(place, units, shares), by: task.by };
  return { units: spread(place, Math.min(units, place + task.step), 1), by: task.by };
}

/** Which of `units` units this process is to do. */
export function shareOf(units: number, choice: Choice, environment: Environment): Share {
  if (choice.all === true) return { units: spread(0, units, 1) };
  const { index, first, shares } = choice;
  const told: Task | undefined = index === undefined ? undefined : { by: '--index', number: index, first: 0, step: 1 };
  const task = told ?? taskIn(environment);
  if (task === undefined) {
    if (shares === undefined && first === undefined) return { units: spread(0, units, 1) };
    const message = 'nobody says which task this is';
    return { fault: { kind: 'number', message, expected: '--index N, or an engine that numbers its tasks' } };
  }
  if ('kind' in task) return { fault: task };
  return unitsOf(units, { ...task, first: first ?? task.first }, shares);
}
