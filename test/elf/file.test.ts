/**
 * The reader of ELF files: what it says of small files that are made here, byte for byte, and why it refuses those that are none,
 * are for another machine, or lie.
 */
import { describe, expect, test } from '@jest/globals';
import { Bytes } from '../../src/elf/bytes.js';
import { elfOf, type OpenElf, readElfFile } from '../../src/elf/file.js';
import { type BuiltElf, buildElf, type ElfPlan } from './elf-builder.js';

const read = <T>(bytes: Buffer, use: (elf: OpenElf) => T) => elfOf(Bytes.of(bytes), use);

/** What a good file says; fails on any other. */
function told<T>(plan: ElfPlan, use: (elf: OpenElf) => T): T {
  const answer = read(buildElf(plan).bytes, use);
  if ('fault' in answer) throw new Error(answer.fault.message);
  return answer.value;
}

/** The fault of a file that was spoilt. */
function faultOf(plan: ElfPlan, spoil: (built: BuiltElf) => Buffer, use: (elf: OpenElf) => unknown = () => 0) {
  const answer = read(spoil(buildElf(plan)), use);
  return 'fault' in answer ? answer.fault : undefined;
}

const everything = (elf: OpenElf) => {
  const { entries, symbolAt, relative } = elf.relocations();
  const symbols: string[] = [];
  elf.eachDefined(
    () => true,
    ({ name }) => symbols.push(name),
  );
  return {
    entries: entries.map((each) => [each.type, symbolAt(each.symbol).name]),
    relative,
    symbols,
    notes: elf.notes(),
  };
};

describe('a good file', () => {
  test('says what it needs, in the order of its dynamic section, filtees among them', () => {
    const plan = { needed: ['b.so', 'a.so', 'b.so'], filter: ['f.so'], auxiliary: ['x.so'] };
    expect(told(plan, ({ file }) => file.dynamic?.dependencies)).toEqual([
      { kind: 'needed', name: 'b.so' },
      { kind: 'needed', name: 'a.so' },
      { kind: 'needed', name: 'b.so' },
      { kind: 'auxiliary', name: 'x.so' },
      { kind: 'filter', name: 'f.so' },
    ]);
  });

  test('says where it is searched from, what it runs, and how it wants to be bound', () => {
    const plan = {
      soname: 'me.so.1',
      rpath: '/r',
      runpath: '$ORIGIN/../lib:/x',
      audit: 'spy.so:other.so',
      init: true,
      initArray: 3,
      finiArray: 2,
      preinitArray: 1,
      flags: 0x12,
      flags1: 0x08000829,
    };
    const dynamic = told(plan, ({ file }) => file.dynamic);
    expect(dynamic).toMatchObject({
      soname: 'me.so.1',
      rpath: '/r',
      runpath: '$ORIGIN/../lib:/x',
      audit: ['spy.so', 'other.so'],
      init: true,
      fini: false,
      initArray: 3,
      finiArray: 2,
      preinitArray: 1,
      flags1: ['NOW', 'NODELETE', 'INITFIRST', 'NODEFLIB', 'PIE'],
      bindNow: true,
      symbolic: true,
      textRel: false,
      staticTls: true,
    });
  });

  test('says its interpreter, thread-local storage and build id', () => {
    const plan = { interp: '/lib64/ld-linux-x86-64.so.2', tls: 40, buildId: '00ff12' };
    expect(told(plan, ({ file, notes }) => [file.interpreter, file.tls, notes().buildId])).toEqual([
      '/lib64/ld-linux-x86-64.so.2',
      40,
      '00ff12',
    ]);
  });

  test.each(['sysv', 'gnu'] as const)('names symbols, versions and resolvers through its %s hash table', (hash) => {
    const plan: ElfPlan = {
      hash,
      symbols: [
        { name: 'memcpy', version: 'libc.so.6:GLIBC_2.14' },
        { name: 'fast', defined: true, ifunc: true, version: 'ME_1' },
        { name: 'plain', defined: true },
      ],
      relocations: [
        { table: 'dyn', type: 8, addend: 16 },
        { table: 'dyn', type: 6, symbol: 2 },
        { table: 'plt', type: 7, symbol: 1 },
        { table: 'plt', type: 37, addend: 0x1234 },
      ],
    };
    const seen = told(plan, (elf) => {
      const { entries, relative, symbolAt } = elf.relocations();
      const named = entries.map(({ table, type, symbol, addend }) => [table, type, symbolAt(symbol).name, addend]);
      const defined: unknown[] = [];
      elf.eachDefined(
        () => true,
        ({ name, ifunc, version }) => defined.push([name, ifunc, version]),
      );
      return { named, relative, defined, asks: symbolAt(1).version, needs: elf.neededVersions() };
    });
    expect(seen).toEqual({
      named: [
        ['dyn', 'GLOB_DAT', 'fast', 0],
        ['plt', 'JUMP_SLOT', 'memcpy', 0],
        ['plt', 'IRELATIVE', '', 0x1234],
      ],
      relative: 1,
      defined: [
        ['fast', true, 'ME_1'],
        ['plain', false, undefined],
      ],
      asks: 'GLIBC_2.14',
      needs: [{ file: 'libc.so.6', name: 'GLIBC_2.14', weak: false }],
    });
  });

  test('has no dynamic section when it is static', () => {
    expect(told({ type: 'exec', isStatic: true }, ({ file }) => file.dynamic)).toBeUndefined();
  });
});

describe('a file that is none of ours', () => {
  const withByte = (at: number, value: number) => (built: BuiltElf) => {
    built.bytes[at] = value;
    return built.bytes;
  };

  test.each([
    ['a text', 'not ELF', () => Buffer.from('#!/bin/sh\n'.repeat(20))],
    ['32 bits', 'foreign', withByte(4, 1)],
    ['big-endian', 'malformed', withByte(5, 2)],
    ['another version', 'malformed', withByte(6, 9)],
    ['an unknown system', 'malformed', withByte(7, 9)],
    ['AArch64', 'foreign', withByte(18, 183)],
    ['an object file', 'malformed', withByte(16, 1)],
    ['program headers of another size', 'malformed', withByte(54, 55)],
    ['no program headers', 'malformed', withByte(56, 0)],
  ] as const)('%s is %s', (_, kind, spoil) => {
    expect(faultOf({}, spoil)?.kind).toBe(kind);
  });

  test('a folder and a missing file are what the system calls them', () => {
    expect(readElfFile('test')).toEqual({ errno: 'EISDIR' });
    expect(readElfFile('test/no-such-file')).toEqual({ errno: 'ENOENT' });
  });
});

describe('a file that lies', () => {
  /** Set the value under a tag of the dynamic section. */
  const withValue = (wanted: number, value: bigint) => (built: BuiltElf) => {
    for (let at = built.dynamicAt; ; at += 16) {
      const tag = built.bytes.readBigUInt64LE(at);
      if (tag === BigInt(wanted)) {
        built.bytes.writeBigUInt64LE(value, at + 8);
        return built.bytes;
      }
      if (tag === 0n) throw new Error('no such tag');
    }
  };
  const plan: ElfPlan = {
    needed: ['a.so'],
    initArray: 1,
    symbols: [{ name: 'f', defined: true }],
    relocations: [{ table: 'dyn', type: 6, symbol: 1 }],
  };

  test.each([
    ['a string table outside of the file', withValue(5, 1n << 40n), /DT_STRTAB/],
    ['a string table at the end of the address space', withValue(5, (1n << 64n) - 1n), /DT_STRTAB/],
    ['a name beyond the string table', withValue(1, 1n << 20n), /beyond the end of DT_STRTAB/],
    ['an array of 2^63 bytes', withValue(27, 1n << 63n), /DT_INIT_ARRAYSZ claims/],
    ['relocations of 2^40 bytes', withValue(8, 1n << 40n), /DT_RELA claims/],
    ['relocations larger than the file', withValue(8, 1n << 20n), /DT_RELA points outside/],
    ['symbols outside of the file', withValue(6, 1n << 30n), /DT_SYMTAB points outside/],
  ] as const)('about %s', (_, spoil, message) => {
    expect(faultOf(plan, spoil, everything)?.message).toMatch(message);
  });

  test('about the end of its last chain', () => {
    const message = faultOf(
      plan,
      ({ bytes, hashAt, dynamicAt }) => {
        bytes.fill(2, hashAt + 28, dynamicAt);
        return bytes;
      },
      everything,
    );
    expect(message?.kind).toBe('malformed');
  });

  test('about the number of its program headers', () => {
    const many = faultOf(plan, ({ bytes }) => {
      bytes.writeUInt16LE(0xffff, 56);
      return bytes;
    });
    expect(many?.message).toMatch(/program headers lies beyond the end/);
  });

  test('by stopping anywhere: each beginning of a file is a result or one error', () => {
    const { bytes } = buildElf({ ...plan, interp: '/lib64/ld-linux-x86-64.so.2', buildId: 'aa' });
    const outcomes = Array.from({ length: bytes.length }, (_, length) => read(bytes.subarray(0, length), everything));
    expect(outcomes.every((outcome) => 'fault' in outcome && !outcome.fault.message.includes('\n'))).toBe(true);
    expect('value' in read(bytes, everything)).toBe(true);
  });
});
