import { describe, expect, test } from '@jest/globals';
import {
  clonedDuties,
  futexBit,
  releaseMemory,
  robustListLimit,
  setRobustList,
  setTidAddress,
} from '../../src/kernel/index.js';
import { onePage, page } from './bench.js';

const tid = 4711;
const head = page;
const offsetOfWord = 16n;

/** A robust list with locks at the given places, each lock's word `offsetOfWord` behind its list entry. */
function listOf(locks: readonly bigint[], pending = 0n) {
  const memory = onePage();
  const entries = [...locks, head];
  memory.write64(head, entries[0] ?? head);
  memory.write64(head + 8n, offsetOfWord);
  memory.write64(head + 16n, pending);
  locks.forEach((lock, i) => {
    memory.write64(lock, entries[i + 1] ?? head);
    memory.write32(lock + offsetOfWord, tid);
  });
  return memory;
}

const first = page + 0x100n;
const second = page + 0x200n;
const duties = { ...clonedDuties(tid, null), robustHead: head };

describe('the robust list of a dying task', () => {
  test('each lock it holds is marked, keeps its waiters bit, and one waiter is woken', () => {
    const memory = listOf([first, second]);
    memory.write32(second + offsetOfWord, (futexBit.waiters | tid) >>> 0);
    const { wakes, duties: after } = releaseMemory(duties, memory, false);
    expect(memory.read32(first + offsetOfWord)).toBe(futexBit.ownerDied);
    expect(memory.read32(second + offsetOfWord)).toBe((futexBit.waiters | futexBit.ownerDied) >>> 0);
    expect(wakes).toEqual([second + offsetOfWord]);
    expect(after).toEqual({ tid, robustHead: 0n, clearTid: 0n });
  });

  test('a lock of another task is left alone', () => {
    const memory = listOf([first]);
    memory.write32(first + offsetOfWord, tid + 1);
    releaseMemory(duties, memory, false);
    expect(memory.read32(first + offsetOfWord)).toBe(tid + 1);
  });

  test('the pending lock comes last and may be one whose owner word is already 0', () => {
    const memory = listOf([first], second);
    memory.write32(second + offsetOfWord, 0);
    expect(releaseMemory(duties, memory, false).wakes).toEqual([second + offsetOfWord]);
  });

  test('a garbage head ends the walk in silence', () => {
    expect(releaseMemory({ ...duties, robustHead: 0x10n }, onePage(), false).wakes).toEqual([]);
  });

  test('a circular list that never returns to its head ends after the limit', () => {
    const memory = listOf([first]);
    memory.write64(first, first);
    memory.write32(first + offsetOfWord, (futexBit.waiters | tid) >>> 0);
    releaseMemory(duties, memory, false);
    expect(memory.read32(first + offsetOfWord)).toBe((futexBit.waiters | futexBit.ownerDied) >>> 0);
    expect(robustListLimit).toBe(2048);
  });

  test('the list is walked before the tid word is cleared', () => {
    const memory = listOf([first]);
    memory.write32(first + offsetOfWord, (futexBit.waiters | tid) >>> 0);
    const both = { ...duties, clearTid: second };
    expect(releaseMemory(both, memory, true).wakes).toEqual([first + offsetOfWord, second]);
    expect(memory.read32(second)).toBe(0);
  });
});

describe('registering the older duties', () => {
  test('a repeated call replaces', () => {
    const once = setRobustList(clonedDuties(tid, null), 8n, 24).duties;
    expect(setRobustList(once, 16n, 24).duties.robustHead).toBe(16n);
  });

  test('set_tid_address takes any pointer and answers the tid', () => {
    const { duties: after, outcome } = setTidAddress(clonedDuties(tid, null), 0xffff_8880_0000_0000n);
    expect(outcome).toEqual({ ret: tid });
    expect(after.clearTid).toBe(0xffff_8880_0000_0000n);
    expect(releaseMemory(after, onePage(), true).duties.clearTid).toBe(0n);
  });

  test('a child has no robust list; its tid word comes from the clone flag', () => {
    expect(clonedDuties(7, page)).toEqual({ tid: 7, robustHead: 0n, clearTid: page });
  });
});
