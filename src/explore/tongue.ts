/**
 * A small part of JavaScript, written out as WebAssembly: whole numbers of 32 bits, functions, `let`, `if`, `for(;;)` with labels, and one
 * array `M` of numbers, which is the memory. What is written in it is fast from its first run, and as fast as the machine soon after.
 *
 * What can go wrong: text that is not of that part, which is our own fault and thrown; `<` and its like compare signed numbers, and `>>>`
 * gives bits, not a number above 2^31. An index of `M` is never negative.
 */

/** Operators, loosest first, with their codes. */
const LEVELS: readonly Readonly<Record<string, number>>[] = [
  { '|': 0x72 },
  { '^': 0x73 },
  { '&': 0x71 },
  { '===': 0x46, '!==': 0x47 },
  { '<': 0x48, '>': 0x4a, '<=': 0x4c, '>=': 0x4e },
  { '<<': 0x74, '>>>': 0x76 },
  { '+': 0x6a, '-': 0x6b },
  { '*': 0x6c },
];
const I32 = 0x7f;
const NO_VALUE = 0x40;
const CODE = { block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, return: 0x0f, call: 0x10 } as const;
const GET = 0x20;
const SET = 0x21;
const LOAD = 0x28;
const STORE = 0x36;
const CONST = 0x41;
const XOR = 0x73;
const SHIFT = 0x74;
/** What every module begins with: its name and its version. */
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const TOKEN = /[A-Za-z_]\w*|0x[\da-f]+|\d+|[=!]==|>>>|<<|[<>]=|[-+*&|^~<>=(){}[\],;:]/g;

/** A number without a sign, seven bits a byte. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return [...bytes, rest];
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest < -64 || rest > 63; rest >>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest & 127];
}

const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];
const text = (word: string): number[] => list([...word].map((letter) => [letter.charCodeAt(0)]));

/** What is known of a value whose code was written: it is `plus` more than what the code does up to `base`, or just that where there is no base. */
interface Value {
  readonly plus: number;
  readonly base: number | undefined;
}

interface Compiled {
  readonly name: string;
  readonly parameters: number;
  readonly body: readonly number[];
}

class Reader {
  readonly functions: Compiled[] = [];
  readonly #tokens: readonly string[];
  #at = 0;
  #names: string[] = [];
  #locals: string[] = [];
  /** The code of the function that is being read. */
  #code: number[] = [];
  /** What a jump counts outwards: of a loop how to leave it and how to go on with it; nothing of an `if`. */
  #open: string[] = [];

  constructor(source: string) {
    this.#tokens = source.match(TOKEN) ?? [];
    while (this.#at < this.#tokens.length) this.functions.push(this.#function());
  }

  #next(): string {
    return this.#tokens[this.#at++] ?? '';
  }

  #takes(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #must(...tokens: readonly string[]): void {
    for (const token of tokens) {
      if (!this.#takes(token)) throw new Error(`invariant: ${token} is wanted before ${this.#tokens[this.#at]}`);
    }
  }

  #function(): Compiled {
    this.#must('function');
    const name = this.#next();
    this.#must('(');
    this.#names.push(name);
    this.#locals = [];
    this.#code = [];
    while (!this.#takes(')')) if (!this.#takes(',')) this.#locals.push(this.#next());
    const parameters = this.#locals.length;
    this.#statement();
    const locals = list([[...unsigned(this.#locals.length - parameters), I32]]);
    return { name, parameters, body: [...locals, ...this.#code, CONST, 0, CODE.end] };
  }

  #statement(): void {
    const token = this.#next();
    if (token === '{') while (!this.#takes('}')) this.#statement();
    else if (token === 'let') this.#assignments();
    else if (token === 'if') this.#if();
    else if (token === 'for') this.#loop('');
    else if (token === 'break' || token === 'continue') this.#jump(token);
    else if (token === 'return') this.#return();
    else if (token === 'M') this.#store();
    else if (this.#takes(':')) {
      this.#must('for');
      this.#loop(token);
    } else {
      this.#at--;
      this.#assignments();
    }
  }

  #return(): void {
    this.#value();
    this.#must(';');
    this.#code.push(CODE.return);
  }

  #assignments(): void {
    do {
      const name = this.#next();
      this.#must('=');
      this.#value();
      this.#code.push(SET, ...unsigned(this.#local(name)));
    } while (this.#takes(','));
    this.#must(';');
  }

  #local(name: string): number {
    const place = this.#locals.indexOf(name);
    return place < 0 ? this.#locals.push(name) - 1 : place;
  }

  #if(): void {
    this.#must('(');
    this.#value();
    this.#must(')');
    this.#code.push(CODE.if, NO_VALUE);
    this.#open.push('');
    this.#statement();
    if (this.#takes('else')) {
      this.#code.push(CODE.else);
      this.#statement();
    }
    this.#open.pop();
    this.#code.push(CODE.end);
  }

  #loop(name: string): void {
    this.#must('(', ';', ';', ')');
    this.#code.push(CODE.block, NO_VALUE, CODE.loop, NO_VALUE);
    this.#open.push(`break ${name}`, `continue ${name}`);
    this.#statement();
    this.#open.length -= 2;
    this.#code.push(CODE.br, 0, CODE.end, CODE.end);
  }

  #jump(how: string): void {
    const name = this.#takes(';') ? '' : this.#next();
    if (name !== '') this.#must(';');
    const place = this.#open.findLastIndex((each) => (name === '' ? each.startsWith(how) : each === `${how} ${name}`));
    if (place < 0) throw new Error(`invariant: ${how} ${name} leads nowhere`);
    this.#code.push(CODE.br, ...unsigned(this.#open.length - 1 - place));
  }

  #store(): void {
    this.#must('[');
    const offset = this.#address();
    this.#must('=');
    this.#value();
    this.#must(';');
    this.#code.push(STORE, 2, ...unsigned(offset));
  }

  /** The index before `]` as an address. Returns its fixed part, which is not in the code. */
  #address(): number {
    const start = this.#code.length;
    const { base, plus } = this.#value();
    this.#must(']');
    this.#code.length = base ?? start;
    if (base === undefined) this.#code.push(CONST, 0);
    else this.#code.push(CONST, 2, SHIFT);
    return 4 * plus;
  }

  #value(level = 0): Value {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#operand();
    let left = this.#value(level + 1);
    for (;;) {
      const operator = this.#tokens[this.#at] ?? '';
      const code = operators[operator];
      if (code === undefined) return left;
      this.#at++;
      const right = this.#value(level + 1);
      this.#code.push(code);
      const isSum = operator === '+' && left.base !== undefined && right.base === undefined;
      left = isSum ? { plus: left.plus + right.plus, base: left.base } : this.#written();
    }
  }

  /** A value that is known by its code alone. */
  #written(): Value {
    return { plus: 0, base: this.#code.length };
  }

  #operand(): Value {
    const token = this.#next();
    if (token === '(') {
      this.#value();
      this.#must(')');
    } else if (token === '-' || /^\d/.test(token)) {
      const plus = token === '-' ? -Number(this.#next()) : Number(token);
      this.#code.push(CONST, ...signed(plus));
      return { plus, base: undefined };
    } else if (token === '~') {
      this.#operand();
      this.#code.push(CONST, ...signed(-1), XOR);
    } else if (token === 'M') {
      this.#must('[');
      this.#code.push(LOAD, 2, ...unsigned(this.#address()));
    } else if (this.#takes('(')) {
      while (!this.#takes(')')) if (!this.#takes(',')) this.#value();
      this.#code.push(CODE.call, ...unsigned(this.#names.indexOf(token)));
    } else this.#code.push(GET, ...unsigned(this.#local(token)));
    return this.#written();
  }
}

/**
 * A module of the functions in a text, over a memory that it imports as `m.m`, of so many pages at most, shared with threads or not.
 * @throws Error when the text is not of this tongue
 */
export function assembled(source: string, pages: number, isShared: boolean): Uint8Array<ArrayBuffer> {
  const { functions } = new Reader(source);
  const types = functions.map(({ parameters }) => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [I32])),
    1,
    I32,
  ]);
  const memory = [...text('m'), ...text('m'), 2, isShared ? 3 : 1, 0, ...unsigned(pages)];
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, list(functions.map(({ body }) => [...unsigned(body.length), ...body]))),
  ]);
}
