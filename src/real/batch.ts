/**
 * Many C files in one run of the compiler: every name of a file gets the file's number, the compiler reads one text, and what it
 * writes is parted by the numbers. Stands for as many runs, of which most is the compiler's own start and end.
 *
 * What can go wrong: a line that belongs to nobody. Strings are shared by all files and copied to those that use them; a text in which
 * anything else is without a number is not parted, and its files are compiled one by one.
 */

/** The end of a name of the `n`-th file. */
const markOf = (n: number): string => `__of${n}_`;
const mark = /__of(\d+)_(?!\w)/;
const marks = /__of\d+_(?!\w)/g;

/** Words of C, of the preprocessor and of attributes; all others are names. */
const words = new Set(
  `if else for while do return break continue switch case default goto sizeof static extern const volatile register void char
  short int long unsigned signed float double struct union enum typedef inline
  define undef ifdef ifndef elif endif defined include error
  noinline unused used section aligned weak visibility tls_model ifunc noreturn returns_twice alias constructor destructor
  __attribute__ __asm__ __volatile__ __thread __typeof__ __extension__ __alignof__`.match(/\w+/g),
);

const token = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\*[\s\S]*?\*\/|\d\w*|[A-Za-z_]\w*/g;

/** Whether a file can stand beside others: assembly outside functions belongs to nobody. */
export const canBeMerged = (source: string): boolean => !/^__asm__/m.test(source) && !mark.test(source);

function numbered(source: string, n: number): string {
  let before = '';
  return source.replace(token, (text) => {
    const last = before;
    before = text;
    // The resolver of an ifunc is named in a string.
    if (last === 'ifunc' && text.startsWith('"')) return `"${text.slice(1, -1)}${markOf(n)}"`;
    if (!/^[A-Za-z_]/.test(text) || words.has(text) || /^__(?:atomic|builtin|sync)_/.test(text)) return text;
    return `${text}${markOf(n)}`;
  });
}

/** One C text of all files. */
export const mergedSource = (sources: readonly string[]): string => sources.map(numbered).join('\n');

/** Lines of assembly, each with the directive of the section that it stands in. */
type Placed = { readonly section: string; readonly line: string }[];

const sectionStart = /^\s*\.(?:text|data|bss|section)\b/;
const constantStart = /^(\.LC\d+):/;
const constantUse = /\.LC\d+\b/g;
const alignment = /^\s*\.(?:p2align|align|balign)\b/;
const value = /^\s*\.(?:string|ascii|byte|value|long|quad|octa|zero)\b/;

/** Assembly being parted. */
class Parting {
  readonly files: Placed[];
  readonly constants = new Map<string, Placed>();
  private section = '';
  /** The first directive of each section, which says its flags; those that follow do not. */
  private readonly flags = new Map<string, string>();
  private owner: Placed | undefined;
  /** Alignments before it is known of what. */
  private waiting: Placed = [];
  private inFunction = false;

  constructor(count: number) {
    this.files = Array.from({ length: count }, () => []);
  }

  /** Take a line; whether it has an owner. */
  take(line: string): boolean {
    if (sectionStart.test(line)) {
      const name = line.trim().split(',', 1)[0] ?? '';
      this.section = this.flags.get(name) ?? line;
      this.flags.set(name, this.section);
      return true;
    }
    const placed = { section: this.section, line };
    if (!this.inFunction && alignment.test(line)) {
      this.waiting.push(placed);
      return true;
    }
    this.owner = this.ownerOf(line);
    if (this.owner === undefined) return false;
    this.owner.push(...this.waiting, placed);
    this.waiting = [];
    if (line.includes('.cfi_startproc')) this.inFunction = true;
    if (line.includes('.cfi_endproc')) this.inFunction = false;
    return true;
  }

  private ownerOf(line: string): Placed | undefined {
    const name = constantStart.exec(line)?.[1];
    if (name !== undefined) {
      const constant: Placed = [];
      this.constants.set(name, constant);
      return constant;
    }
    if (value.test(line) && this.owner !== undefined) return this.owner;
    const n = mark.exec(line)?.[1];
    return n === undefined ? this.owner : this.files[Number(n)];
  }
}

/** The constants that lines use, each once. */
function used(lines: Placed, constants: ReadonlyMap<string, Placed>, seen = new Set<string>()): Placed {
  return lines.flatMap(({ line }) =>
    [...line.matchAll(constantUse)].flatMap(([name]) => {
      const constant = constants.get(name);
      if (constant === undefined || seen.has(name)) return [];
      seen.add(name);
      return [...constant, ...used(constant, constants, seen)];
    }),
  );
}

function printed(lines: Placed): string {
  let now = '';
  return lines
    .map(({ section, line }) => {
      const head = section === now ? '' : `${section}\n`;
      now = section;
      return `${head}${line}\n`;
    })
    .join('')
    .replace(marks, '');
}

/** The assembly of each file, from that of {@link mergedSource}'s text; undefined when it cannot be parted. */
export function partedAssembly(text: string, count: number): readonly string[] | undefined {
  const parting = new Parting(count);
  const ends: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || /^\s*\.file\b/.test(line)) continue;
    if (/^\s*\.ident\b|\.note\.GNU-stack/.test(line)) ends.push(`${line}\n`);
    else if (!parting.take(line)) return undefined;
  }
  return parting.files.map((lines) => `${printed([...used(lines, parting.constants), ...lines])}${ends.join('')}`);
}
