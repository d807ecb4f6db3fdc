/**
 * `rtldlab order PROGRAM`: constructors and destructors of a program on a disk and of all it loads, in order, and why each file
 * was found where it was found. Stands for LD_DEBUG=files,libs without running the program.
 *
 * What can go wrong: a program that opens more while it runs. This is its start and its exit as far as they are settled before
 * `main`; what dlopen brings later is not in its files.
 */
import { filesOf, shortNames } from '../elf/program.js';
import { EXECUTABLE, programOrder } from '../process/order-program.js';
import { askerWords, closureNotes, missingWords, whyWords } from '../report/found.js';
import type { Complaint } from './complaint.js';
import { type ProgramWords, type Started, startedProgram } from './elf-program.js';
import { EXIT } from './exit.js';
import { columns } from './layout.js';
import type { Session } from './session.js';

export interface OrderProgramWords extends ProgramWords {
  readonly json?: true;
}

/** The order of a program, objects by their paths; the program itself is `(main)`. */
export interface OrderedProgram {
  readonly program: string;
  readonly libc: string;
  readonly init: readonly string[];
  readonly fini: readonly string[];
  /** The same with glibc.rtld.dynamic_sort=1. */
  readonly sort1: { readonly init: readonly string[]; readonly fini: readonly string[] };
  /** What ld.so says instead of starting the program. */
  readonly error?: string;
  /** In load order. */
  readonly objects: readonly FoundObject[];
  readonly notes: readonly string[];
}

export interface FoundObject {
  readonly path: string;
  readonly requested: string;
  readonly neededBy: string;
  readonly found: string;
}

/** Put a program in order. */
export function orderedProgram({ program: { path, closure }, libc }: Started): OrderedProgram {
  const files = filesOf(closure);
  const paths = new Map([...shortNames(closure)].map(([object, name]) => [name, object.path]));
  const pathsOf = (names: readonly string[]) =>
    names.map((name) => (name === EXECUTABLE ? name : (paths.get(name) ?? name)));
  const order = programOrder(files, libc, null);
  const other = programOrder(files, libc, 1);
  const fatal = closure.missing.find((missing) => missing.fatal);
  const error = fatal === undefined ? order.error : `${fatal.name}: ${fatal.message}`;
  return {
    program: path,
    libc: libc.name,
    init: pathsOf(order.init),
    fini: pathsOf(order.fini),
    sort1: { init: pathsOf(other.init), fini: pathsOf(other.fini) },
    ...(error === undefined ? {} : { error }),
    objects: closure.libraries.map((object) => ({
      path: object.path,
      requested: object.requested,
      neededBy: askerWords(object, closure),
      found: whyWords(object.why),
    })),
    notes: [...closure.missing.map(missingWords), ...closureNotes(closure)],
  };
}

/** The order of the program at a path, or what is wrong with it. */
export function orderOf(
  path: string,
  words: ProgramWords = {},
): OrderedProgram | { readonly problems: readonly Complaint[] } {
  const started = startedProgram(path, words);
  return 'complaint' in started ? { problems: [started.complaint] } : orderedProgram(started.value);
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');

function tell(session: Session, { program, libc, init, fini, sort1, error, objects, notes }: OrderedProgram): void {
  session.line(columns([[`${program}  under ${libc}`]]));
  const rows = [
    ['init', init.join(' ')],
    ['fini', fini.join(' ')],
    ...(same(init, sort1.init) ? [] : [['init, sort 1', sort1.init.join(' ')]]),
    ...(same(fini, sort1.fini) ? [] : [['fini, sort 1', sort1.fini.join(' ')]]),
    ...(error === undefined ? [] : [['error', error]]),
  ];
  session.line(columns(rows, '  '));
  session.line('found, in load order');
  session.line(
    columns(
      objects.map((each) => [each.path, `${each.requested} for ${each.neededBy}`, each.found]),
      '  ',
    ),
  );
  for (const note of notes) session.line(columns([[`note: ${note}`]]));
}

/** Order the program at a path, and tell. */
export function orderProgram(session: Session, path: string, words: OrderProgramWords): void {
  const started = session.take(startedProgram(path, words));
  if (started === undefined) return;
  const ordered = orderedProgram(started);
  if (ordered.error !== undefined) session.note(EXIT.unexpected);
  if (words.json === true) session.line(JSON.stringify({ schema: 'rtldlab.order-program/1', ...ordered }));
  else tell(session, ordered);
}
