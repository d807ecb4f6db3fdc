/**
 * Small ELF files made by hand, so that tests of the reader need no compiler: one loaded segment from offset 0 at address 0, and
 * in it the tables that a dynamic section points to.
 */

/** What a file says. Everything may be left out. */
export interface ElfPlan {
  readonly type?: 'dyn' | 'exec' | 'rel';
  readonly interp?: string;
  readonly soname?: string;
  readonly needed?: readonly string[];
  readonly filter?: readonly string[];
  readonly auxiliary?: readonly string[];
  readonly rpath?: string;
  readonly runpath?: string;
  readonly audit?: string;
  readonly init?: boolean;
  readonly fini?: boolean;
  readonly initArray?: number;
  readonly finiArray?: number;
  readonly preinitArray?: number;
  readonly flags?: number;
  readonly flags1?: number;
  readonly symbols?: readonly PlannedSymbol[];
  readonly relocations?: readonly PlannedRelocation[];
  readonly hash?: 'sysv' | 'gnu';
  readonly tls?: number;
  readonly buildId?: string;
  /** No dynamic section. */
  readonly isStatic?: boolean;
}

export interface PlannedSymbol {
  readonly name: string;
  readonly defined?: boolean;
  readonly ifunc?: boolean;
  readonly value?: number;
  /** `file:VERSION` of one that is asked for, `VERSION` of one that is defined. */
  readonly version?: string;
}

export interface PlannedRelocation {
  readonly table: 'dyn' | 'plt';
  readonly type: number;
  /** Index into `symbols`, from 1; 0 for none. */
  readonly symbol?: number;
  readonly addend?: number;
}

/** Where a field of a built file lies, for those who spoil it. */
export interface BuiltElf {
  readonly bytes: Buffer;
  readonly dynamicAt: number;
  readonly hashAt: number;
}

const HEADER = 64;
const SEGMENT = 56;

/** Parts of a file that lie one after the other. */
class Layout {
  readonly #parts: Buffer[] = [];
  #end: number;

  constructor(start: number) {
    this.#end = start;
  }

  /** Put a part at the end, on a multiple of 8; where it lies. */
  put(part: Buffer): number {
    const gap = Buffer.alloc((8 - (this.#end % 8)) % 8);
    const at = this.#end + gap.length;
    this.#parts.push(gap, part);
    this.#end = at + part.length;
    return at;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** A table of strings that is filled as it is asked. */
class Strings {
  #text = '\0';

  at(text: string): number {
    const found = this.#text.indexOf(`\0${text}\0`);
    if (found >= 0) return found + 1;
    const at = this.#text.length;
    this.#text += `${text}\0`;
    return at;
  }

  get bytes(): Buffer {
    return Buffer.from(this.#text, 'latin1');
  }
}

const words = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(values.length * 8);
  for (const [i, value] of values.entries()) out.writeBigUInt64LE(BigInt(value), i * 8);
  return out;
};

const halves = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) out.writeUInt32LE(value >>> 0, i * 4);
  return out;
};

function symbolTable(symbols: readonly PlannedSymbol[], strings: Strings): Buffer {
  const records = symbols.map(({ name, defined, ifunc, value }) => {
    const record = Buffer.alloc(24);
    record.writeUInt32LE(strings.at(name), 0);
    record.writeUInt8(0x10 | (ifunc === true ? 10 : 2), 4);
    record.writeUInt16LE(defined === true ? 1 : 0, 6);
    record.writeBigUInt64LE(BigInt(value ?? 0x1000), 8);
    return record;
  });
  return Buffer.concat([Buffer.alloc(24), ...records]);
}

/** DT_HASH with one bucket, or DT_GNU_HASH with one bucket in which every symbol is. */
function hashTable(kind: 'sysv' | 'gnu', count: number): Buffer {
  if (kind === 'sysv') return halves(1, count + 1, count > 0 ? 1 : 0, ...Array.from({ length: count + 1 }, () => 0));
  const chain = Array.from({ length: count }, (_, i) => (i === count - 1 ? 3 : 2));
  return Buffer.concat([halves(1, 1, 1, 6), words(0), halves(count > 0 ? 1 : 0, ...chain)]);
}

const relocation = ({ type, symbol = 0, addend = 0 }: PlannedRelocation): Buffer =>
  Buffer.concat([words(0x2000), halves(type, symbol), words(addend)]);

/** DT_VERSYM, DT_VERNEED (a record for each version asked for) and DT_VERDEF. */
function versionTables(symbols: readonly PlannedSymbol[], strings: Strings) {
  const asked = [...new Set(symbols.flatMap(({ version }) => (version?.includes(':') === true ? [version] : [])))];
  const defined = [...new Set(symbols.flatMap(({ version }) => (version?.includes(':') === false ? [version] : [])))];
  const numbers = new Map([...asked, ...defined].map((version, i) => [version, i + 2]));
  const indexes = symbols.map(({ version }) => (version === undefined ? 1 : (numbers.get(version) ?? 1)));
  const versym = Buffer.alloc(2 * (symbols.length + 1));
  for (const [i, index] of indexes.entries()) versym.writeUInt16LE(index, 2 * (i + 1));
  const verneed = asked.map((version, i) => {
    const [file = '', name = ''] = version.split(':');
    const record = halves(0x10001, strings.at(file), 16, i === asked.length - 1 ? 0 : 32, 0, 0, strings.at(name), 0);
    record.writeUInt16LE(numbers.get(version) ?? 0, 22);
    return record;
  });
  const verdef = defined.map((version, i) => {
    const record = halves(1, 0, 0, 20, i === defined.length - 1 ? 0 : 28, strings.at(version), 0);
    record.writeUInt16LE(numbers.get(version) ?? 0, 4);
    record.writeUInt16LE(1, 6);
    return record;
  });
  return { versym, verneed: Buffer.concat(verneed), verdef: Buffer.concat(verdef) };
}

const segment = (type: number, at: number, size: number, memory = size, align = 8): Buffer =>
  Buffer.concat([halves(type, 5), words(at, at, at, size, memory, align)]);

function note(buildId: string): Buffer {
  const id = Buffer.from(buildId, 'hex');
  return Buffer.concat([halves(4, id.length, 3), Buffer.from('GNU\0', 'latin1'), id]);
}

/** Make a file. */
export function buildElf(plan: ElfPlan = {}): BuiltElf {
  const strings = new Strings();
  const segments = 2 + [plan.interp, plan.tls, plan.buildId].filter((each) => each !== undefined).length;
  const layout = new Layout(HEADER + segments * SEGMENT);
  const symbols = plan.symbols ?? [];
  const dynamic: [number, number][] = [];
  const tag = (number: number, value: number | undefined) => {
    if (value !== undefined) dynamic.push([number, value]);
  };
  const text = (number: number, value: string | undefined) => tag(number, (value && strings.at(value)) || undefined);
  for (const name of plan.needed ?? []) text(1, name);
  for (const name of plan.auxiliary ?? []) text(0x7ffffffd, name);
  for (const name of plan.filter ?? []) text(0x7fffffff, name);
  text(14, plan.soname);
  text(15, plan.rpath);
  text(29, plan.runpath);
  text(0x6ffffefc, plan.audit);
  tag(12, plan.init === true ? 0x1000 : undefined);
  tag(13, plan.fini === true ? 0x1000 : undefined);
  for (const [array, size, count] of [
    [25, 27, plan.initArray],
    [26, 28, plan.finiArray],
    [32, 33, plan.preinitArray],
  ] as const) {
    if (count === undefined) continue;
    tag(array, layout.put(Buffer.alloc(count * 8)));
    tag(size, count * 8);
  }
  tag(30, plan.flags);
  tag(0x6ffffffb, plan.flags1);
  const table = symbolTable(symbols, strings);
  tag(6, layout.put(table));
  const kind = plan.hash ?? 'gnu';
  const hashAt = layout.put(hashTable(kind, symbols.length));
  tag(kind === 'gnu' ? 0x6ffffef5 : 4, hashAt);
  const { versym, verneed, verdef } = versionTables(symbols, strings);
  if (verneed.length + verdef.length > 0) tag(0x6ffffff0, layout.put(versym));
  if (verneed.length > 0) tag(0x6ffffffe, layout.put(verneed));
  if (verdef.length > 0) tag(0x6ffffffc, layout.put(verdef));
  const tables = { dyn: [7, 8], plt: [23, 2] } as const;
  for (const [name, [at, size]] of Object.entries(tables)) {
    const entries = (plan.relocations ?? []).filter((each) => each.table === name).map(relocation);
    if (entries.length === 0) continue;
    tag(at, layout.put(Buffer.concat(entries)));
    tag(size, entries.length * 24);
    if (name === 'plt') tag(20, 7);
  }
  const stringsAt = layout.put(strings.bytes);
  tag(5, stringsAt);
  tag(10, strings.bytes.length);
  const section = Buffer.concat([...dynamic.map(([number, value]) => words(number, value)), words(0, 0)]);
  const dynamicAt = layout.put(section);
  const headers: Buffer[] = [plan.isStatic === true ? segment(0, 0, 0) : segment(2, dynamicAt, section.length)];
  if (plan.interp !== undefined) {
    const path = Buffer.from(`${plan.interp}\0`, 'latin1');
    headers.push(segment(3, layout.put(path), path.length));
  }
  if (plan.tls !== undefined) headers.push(segment(7, dynamicAt, 0, plan.tls));
  if (plan.buildId !== undefined) {
    const content = note(plan.buildId);
    headers.push(segment(4, layout.put(content), content.length, content.length, 4));
  }
  const body = layout.bytes;
  const size = HEADER + segments * SEGMENT + body.length;
  const bytes = Buffer.concat([header(plan, segments), segment(1, 0, size, size, 0x1000), ...headers, body]);
  return { bytes, dynamicAt, hashAt };
}

function header({ type = 'dyn' }: ElfPlan, segments: number): Buffer {
  const head = Buffer.alloc(HEADER);
  head.write('\x7fELF\x02\x01\x01', 0, 'latin1');
  head.writeUInt16LE({ rel: 1, exec: 2, dyn: 3 }[type], 16);
  head.writeUInt16LE(62, 18);
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(0x1000n, 24);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(SEGMENT, 54);
  head.writeUInt16LE(segments, 56);
  return head;
}
