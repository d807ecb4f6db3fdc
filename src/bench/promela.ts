/**
 * The reference problem in Promela, the language of SPIN: the same commands, the same order, the same states, so that the two
 * searches can be laid side by side.
 *
 * What can go wrong: giving SPIN a worse model than its users would write. There are two forms: `flat` keeps how far a thread is in
 * a variable and is the smaller one; `split` keeps it in the control state, where SPIN's own partial-order reduction can see it.
 */
import type { LibraryKind, ReferenceProblem } from './reference-problem.js';

export interface PromelaOptions {
  readonly form: 'flat' | 'split';
  /** Assert that no thread's libc finds its slot taken; SPIN then stops at the first that does. */
  readonly asserts: boolean;
}

/** A guarded command, taken in one step. */
interface Command {
  readonly when: readonly string[];
  readonly effects: readonly string[];
}

function step({ when, effects }: Command): string {
  const arrow = effects.length === 0 ? '' : ` -> ${effects.join('; ')}`;
  return `d_step { ${when.join(' && ')}${arrow} }`;
}

function options(commands: readonly Command[], after = ''): string {
  return commands.map((each) => `  :: ${step(each)}${after}\n`).join('');
}

/** A library's agent: 0 idle, 1 in once, 2 about to claim, 3 owns, 4 gave up, 5 released. `reg` is 0 for a free slot, 1 for libc. */
function libraryCommands(kind: LibraryKind, l: number, main: boolean, safe: boolean): Command[] {
  if (kind === 'C' && !main) return [];
  const gates = [...(main ? [`ctor>${l}`] : []), ...(safe ? ['lc!=0'] : []), `ag[${l}]==0`];
  const look = `ag[${l}] = (reg==0 -> 2 : 4)`;
  const claim = `if :: reg==0 -> reg=${2 + l}; ag[${l}]=3 :: else -> ag[${l}]=4 fi`;
  const first: Command[] =
    kind === 'L'
      ? [
          { when: [...gates, `once[${l}]==0`], effects: [`once[${l}]=1`, `ag[${l}]=1`] },
          { when: [...gates, `once[${l}]==2`], effects: [look] },
          { when: [`ag[${l}]==1`], effects: [`once[${l}]=2`, look] },
        ]
      : [{ when: gates, effects: [look] }];
  return [...first, { when: [`ag[${l}]==2`], effects: [claim] }];
}

/** What a thread of the problem is made of. */
interface ThreadParts {
  readonly main: boolean;
  readonly alive: readonly Command[];
  /** From alive to leaving; no effect of its own. */
  readonly leave: readonly string[];
  readonly leaving: readonly Command[];
  /** From leaving to dead. */
  readonly die: Command;
}

function threadParts(problem: ReferenceProblem, main: boolean, asserts: boolean): ThreadParts {
  const each = (text: (l: number) => string): string[] => problem.libraries.map((_, l) => text(l));
  const count = problem.libraries.length;
  const constructed = `ctor==${count}`;
  const libc: Command = {
    when: ['lc==0'],
    effects: ['if :: reg==0 -> reg=1; lc=1 :: else -> lc=2 fi', ...(asserts ? ['assert(lc!=2)'] : [])],
  };
  const libraries = problem.libraries.flatMap((kind, l) => libraryCommands(kind, l, main, problem.safe === true));
  const construct: Command = { when: [`ctor<${count}`], effects: ['ctor++'] };
  const create: Command = {
    when: [constructed, 'lc!=0', `created<${problem.threads - 1}`],
    effects: ['created++', 'pend++'],
  };
  const last = main ? [constructed, 'pend==0', 'live==0'] : [];
  return {
    main,
    alive: main ? [construct, libc, ...libraries, create] : [libc, ...libraries],
    leave: ['lc!=0', ...last, ...each((l) => `ag[${l}]!=1 && ag[${l}]!=2`)],
    leaving: [
      ...problem.libraries.map((_, l): Command => ({ when: [`ag[${l}]==3`], effects: ['reg=0', `ag[${l}]=5`] })),
      { when: ['lc==1'], effects: ['reg=0', 'lc=3'] },
    ],
    die: {
      when: ['lc!=1', ...each((l) => `ag[${l}]!=3`)],
      effects: ['reg=0', 'lc=0', ...each((l) => `ag[${l}]=0`), ...(main ? [] : ['live--'])],
    },
  };
}

const BORN: Command = { when: ['pend>0'], effects: ['pend--', 'live++'] };

/** How far the thread is in `ls`: 0 unborn, 1 alive, 2 leaving, 3 dead. */
function flat({ main, alive, leave, leaving, die }: ThreadParts): string {
  const within = (ls: number, { when, effects }: Command): Command => ({ when: [`ls==${ls}`, ...when], effects });
  const becoming = (ls: number, { when, effects }: Command): Command => ({ when, effects: [...effects, `ls=${ls}`] });
  const commands = [
    ...(main ? [] : [within(0, becoming(1, BORN))]),
    ...alive.map((each) => within(1, each)),
    within(1, becoming(2, { when: leave, effects: [] })),
    ...leaving.map((each) => within(2, each)),
    within(2, becoming(3, die)),
  ];
  return `  byte ls=${main ? 1 : 0};\nend: do\n${options(commands)}  od\n`;
}

/** How far the thread is in the control state. */
function split({ main, alive, leave, leaving, die }: ThreadParts): string {
  const stage = (label: string, commands: readonly Command[], way: Command): string =>
    `${label}: if\n${options(commands, `; goto ${label}`)}${options([way])}  fi;\n`;
  const born = main ? '' : `end_unborn: ${step(BORN)};\n`;
  const run = stage('end_alive', alive, { when: leave, effects: [] });
  return `${born}${run}${stage('end_leaving', leaving, die)}end_dead: false\n`;
}

/** The problem as a Promela model. */
export function promelaOf(problem: ReferenceProblem, { form, asserts }: PromelaOptions): string {
  const count = problem.libraries.length;
  const body = form === 'flat' ? flat : split;
  const proctype = (name: string, copies: number, main: boolean): string => {
    const own = main ? 'byte ctor=0, created=0, reg=0, lc=0' : 'byte reg=0, lc=0';
    const text = body(threadParts(problem, main, asserts));
    return `active [${copies}] proctype ${name}() {\n  ${own}; byte ag[${count}];\n${text}}\n`;
  };
  const others = problem.threads > 1 ? proctype('Other', problem.threads - 1, false) : '';
  return `byte pend=0, live=0; byte once[${count}];\n${proctype('Main', 1, true)}${others}`;
}
