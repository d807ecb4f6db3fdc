/**
 * Spoilt copies of ELF files, drawn from a seed: fields of headers, entries of the dynamic section, words of the tables it points
 * to, single bytes, and ends cut off. They stand for what a damaged disk, a fuzzer or an ill-meaning stranger hands to the reader.
 *
 * What can go wrong: changes that nothing reads. Most are made where the reader looks, and only some anywhere.
 */
import { Bytes } from '../../src/elf/bytes.js';
import { DT } from '../../src/elf/dynamic.js';
import { elfOf } from '../../src/elf/file.js';
import { offsetOf, PT } from '../../src/elf/header.js';
import { fullSymbols } from '../../src/elf/sections.js';
import type { Dice } from '../../src/real/dice.js';

/** Values that break what takes them for a size, a count or an address. */
const WORDS = [
  0n,
  1n,
  7n,
  0xffn,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  1n << 40n,
  (1n << 63n) - 1n,
  (1n << 64n) - 1n,
] as const;

/** Tables that the dynamic section points to. */
const TABLES = [
  DT.strings,
  DT.symbols,
  DT.hash,
  DT.gnuHash,
  DT.rela,
  DT.jmpRel,
  DT.relr,
  DT.versionOf,
  DT.versionsNeeded,
  DT.versionsDefined,
];

/** Where the parts of a good file lie. */
export interface Anatomy {
  readonly segments: number;
  readonly dynamicAt: number;
  readonly dynamicSize: number;
  /** Where each table begins. */
  readonly tables: readonly number[];
}

/** The parts of a file that may be spoilt; undefined of one that is no good to begin with. */
export function anatomyOf(file: Uint8Array): Anatomy | undefined {
  const answer = elfOf(Bytes.of(file), ({ header, file: { dynamic } }) => {
    const section = header.segments.find(({ type }) => type === PT.dynamic);
    const tables = TABLES.flatMap((tag) => {
      const address = dynamic?.valueUnder(tag);
      return address === undefined ? [] : [offsetOf(header.segments, address, 1, 'a table')];
    });
    const at = { dynamicAt: section?.offset ?? 0, dynamicSize: section?.fileSize ?? 0 };
    return { segments: header.segments.length, ...at, tables };
  });
  return 'value' in answer ? answer.value : undefined;
}

const within = (file: Buffer, at: number, size: number): number => Math.max(0, Math.min(at, file.length - size));

/** One change of a copy. */
function spoil(file: Buffer, { segments, dynamicAt, dynamicSize, tables }: Anatomy, dice: Dice): void {
  const draw = (limit: number): number => Math.floor(dice.next() * limit);
  const word = WORDS[draw(WORDS.length)] ?? 0n;
  const put = (at: number) => file.writeBigUInt64LE(word, within(file, at, 8));
  const half = (at: number) => file.writeUInt32LE(Number(word & 0xffffffffn), within(file, at, 4));
  switch (draw(7)) {
    case 0:
      file[draw(64)] = draw(256);
      return;
    case 1:
      put(64 + draw(segments) * 56 + draw(7) * 8);
      return;
    case 2:
      put(dynamicAt + draw(Math.max(1, dynamicSize / 16)) * 16 + draw(2) * 8);
      return;
    case 3:
      half((tables[draw(tables.length)] ?? 0) + draw(32) * 4);
      return;
    case 4:
      file[(tables[draw(tables.length)] ?? 0) + draw(4096)] = draw(256);
      return;
    case 5:
      // An address or a size in place of another one.
      file.copyWithin(
        within(file, dynamicAt + draw(Math.max(1, dynamicSize / 8)) * 8, 8),
        within(file, dynamicAt + draw(Math.max(1, dynamicSize / 8)) * 8, 8),
        within(file, dynamicAt + draw(Math.max(1, dynamicSize / 8)) * 8, 8) + 8,
      );
      return;
    default:
      file[draw(file.length)] = draw(256);
  }
}

/** A spoilt copy: one to six changes, and one time in eight an end cut off. */
export function mutatedElf(file: Uint8Array, anatomy: Anatomy, dice: Dice): Buffer {
  const copy = Buffer.from(file);
  for (let changes = dice.between(1, 6); changes > 0; changes--) spoil(copy, anatomy, dice);
  return dice.chance(1 / 8) ? copy.subarray(0, dice.between(0, copy.length - 1)) : copy;
}

/** Everything that a reader can be asked of a file; what it says in the end is a result or one fault. */
export function readAll(file: Uint8Array): 'result' | 'fault' {
  const answer = elfOf(Bytes.of(file), (elf) => {
    const { entries, symbolAt } = elf.relocations();
    let names = 0;
    for (const { symbol } of entries.slice(0, 5000)) names += symbol === 0 ? 0 : symbolAt(symbol).name.length;
    elf.eachDefined(
      () => true,
      ({ name }) => {
        names += name.length;
      },
    );
    fullSymbols(elf.bytes, elf.header, () => true);
    return [names, elf.notes(), elf.neededVersions()];
  });
  if ('value' in answer) return 'result';
  const { message } = answer.fault;
  if (message === '' || message.includes('\n') || message.length > 300)
    throw new Error(`not one clear line: ${message}`);
  return 'fault';
}
