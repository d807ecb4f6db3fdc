/**
 * What a compiler driver would start for one file: the compiler proper, the assembler and the link editor, with their words. Stands
 * for the driver (gcc, clang), which is asked once for each set of options (`-###`) and then no longer in the way.
 *
 * What can go wrong: a driver that does more than that, such as a wrapper that starts others. It has no plan, and is run itself.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A program and its words. */
export type Command = readonly [program: string, ...words: string[]];

/** A driver's words for making one file from one source, C or assembly, parted by whom they are for. */
export interface FileWords {
  /** For the driver: they decide which programs run. */
  readonly driver: readonly string[];
  /** For the link editor, in their order: options, files, and `undefined` where the compiled source stands. */
  readonly link: readonly (string | undefined)[];
  /** The source's name without its ending. */
  readonly name: string;
  /** Whether the source is assembly. */
  readonly assembly: boolean;
  readonly out: string;
}

/** The commands for one file, in the words of one set of options. */
export interface Plan {
  readonly compile: (name: string) => Command;
  readonly assemble: (name: string) => Command;
  readonly link: (words: FileWords) => Command;
}

const PART = 'rtldlab-part';

/** Part the words; undefined when they do not make one file from one source. */
export function fileWords(words: readonly string[]): FileWords | undefined {
  const driver: string[] = [];
  const link: (string | undefined)[] = [];
  let [source, out]: (string | undefined)[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '-o') out = words[++i];
    else if (word.startsWith('-Wl,')) link.push(...word.slice(4).split(','));
    else if (word.startsWith('-l')) link.push(word);
    else if (word.startsWith('-')) driver.push(word);
    else if (!/[.][cs]$/.test(word)) link.push(word);
    else if (source !== undefined) return undefined;
    else {
      source = word;
      link.push(undefined);
    }
  }
  if (source === undefined || out === undefined || driver.includes('-x')) return undefined;
  return { driver, link, name: source.slice(0, -2), assembly: source.endsWith('.s'), out };
}

/** The commands that a driver prints, each on a line that begins with a space (clang adds remarks in brackets); quoted words have backslashes before quotes. */
export function printedCommands(text: string): Command[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(' ') && !line.startsWith(' ('))
    .flatMap((line): Command[] => {
      const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
        quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'),
      );
      const [program, ...rest] = words;
      return program === undefined ? [] : [[program, ...rest]];
    });
}

const replaced = ([program, ...words]: Command, from: string, to: string): Command => [
  program,
  ...words.map((word) => word.replaceAll(from, to)),
];

/** collect2 without the link-time optimiser only starts the link editor. */
function withoutPlugin(command: Command, linkEditor: string): Command {
  const [program, ...words] = command;
  if (!program.endsWith('collect2')) return command;
  const at = words.indexOf('-plugin');
  const rest = at < 0 ? words : words.toSpliced(at, 2);
  return [linkEditor, ...rest.filter((word) => !word.startsWith('-plugin-opt='))];
}

/** Words that bring in the compiler's own library, which no described program uses but for what libc.a needs of it. */
const ownLibrary = new Set(['-lgcc', '-lgcc_s']);

/**
 * Ask a driver for its plan with these options. Undefined when it would start something else than one compiler, one assembler and
 * one link editor.
 *
 * @param folder where an empty source may stand while the driver is asked
 */
export async function driverPlan(
  driver: string,
  options: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Plan | undefined> {
  for (const end of ['c', 's', 'o']) await writeFile(join(folder, `${PART}.${end}`), '');
  const ask = async (...words: string[]): Promise<Command | undefined> => {
    const asked = ['-###', ...options, ...words];
    const { stderr } = await execute(driver, asked, { cwd: folder, env }).catch(() => ({ stderr: '' }));
    const [command, ...more] = printedCommands(stderr);
    return more.length > 0 ? undefined : command;
  };
  const [compile, assemble, link] = await Promise.all([
    ask('-S', '-o', `${PART}.s`, `${PART}.c`),
    ask('-c', '-o', `${PART}.o`, `${PART}.s`),
    ask('-o', `${PART}.out`, `${PART}.o`),
  ]);
  if (compile === undefined || assemble === undefined || link === undefined) return undefined;
  const { stdout } = await execute(driver, ['-print-prog-name=ld'], { env }).catch(() => ({ stdout: 'ld' }));
  const edit = withoutPlugin(link, stdout.trim());
  const isStatic = options.some((option) => option.startsWith('-static'));
  return {
    compile: (name) => replaced(compile, PART, name),
    assemble: (name) => replaced(assemble, PART, name),
    link: ({ name, out, link: words }) => {
      const [program, ...around] = replaced(edit, `${PART}.out`, out);
      return [
        program,
        ...around.flatMap((word) => {
          if (!isStatic && ownLibrary.has(word)) return [];
          return word === `${PART}.o` ? words.map((each) => each ?? `${name}.o`) : [word];
        }),
      ];
    },
  };
}
