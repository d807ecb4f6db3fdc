/**
 * The memory that somebody may look at: rseq areas and the flag `__rseq_handled`, in the writable data of mapped objects and in
 * the thread-local blocks of threads. Addresses are laid out so that the kernel's rules (equality, alignment, mapped or not)
 * mean what they mean on a real machine.
 *
 * What can go wrong: the data of an object disappears with its mapping while a registration still points at it; the kernel
 * notices at the next refresh, not before. Thread-local blocks outlive the objects they were made for.
 */
import type { UserMemory } from '../kernel/memory.js';
import { component } from '../machine/component.js';
import type { Cpu } from '../machine/cpu.js';
import { isStatic, programOf } from './program.js';
import { tcbOf } from './state.js';
import { dieOf } from './trace.js';

/** An area as eight 32-bit words: cpu_id_start, cpu_id, rseq_cs low and high, flags, node_id, mm_cid, and one beyond. */
export type Words = number[];

export const uninitialised = 0xffff_ffff;
export const failed = 0xffff_fffe;
export const wordCpuId = 1;

/** The writable data of one mapped object. */
export interface Image {
  /** Where it is mapped. */
  at: number;
  /** Its own definition of `__rseq_handled`, or the copy a COPY relocation made. */
  handled: number | null;
  /** The flag this object has set to 1 and must clear, as the claim protocol of 2019 remembers it. */
  setHandled: boolean;
  area: Words;
  /** Key indices by name. */
  keys: Record<string, { index: number; seq: number }>;
  /** Variables of claimants whose code is in this object, by claimant and name; 0 when absent. */
  claims: Record<string, number>;
  /** dlopen handles by name. */
  handles: Record<string, number>;
}

export const imagesOf = component<{ images: Record<number, Image> }>('images', 'process', { images: {} });

/**
 * Thread-local areas of one thread: libc's own (`libc`), `tls:MAP`, `abi:MAP`, and `again:MAP` for an object whose dynamically
 * allocated block was forgotten and made anew. An area in `places` lies where the area lay that is named there.
 */
export interface Tls {
  areas: Record<string, Words>;
  places: Record<string, string>;
  moved: number[];
}

export const tlsOf = component<Tls>('tls', 'thread', { areas: {}, places: {}, moved: [] });

export function freshImage(handled: number | null, at: number): Image {
  return { at, handled, setHandled: false, area: zeroWords(), keys: {}, claims: {}, handles: {} };
}

export function zeroWords(): Words {
  return [0, 0, 0, 0, 0, 0, 0, 0];
}

/** The initial value of a `__rseq_abi` or of libc's own area: cpu_id -1. */
export function uninitialisedWords(): Words {
  return [0, uninitialised, 0, 0, 0, 0, 0, 0];
}

const dataBase = 0x5000_0000_0000n;
const threadBase = 0x7f00_0000_0000n;
const mapShift = 20n;
const threadShift = 32n;
const libcModule = 0xfffffn;

/** The area in the writable data of an object mapped at `at`. */
export function staticAddress(at: number): bigint {
  return dataBase + (BigInt(at) << mapShift) + 0x40n;
}

/** Where a module's thread-local areas lie in its part of the block. */
const areaOffset: Readonly<Record<string, bigint>> = { abi: 0x40n, tls: 0x80n, again: 0x800n };

/** A thread-local area by key, of the thread on stack `slot`. */
export function tlsAddress(slot: number, { places }: Pick<Tls, 'places'>, key: string): bigint {
  const [kind = '', module = ''] = (places[key] ?? key).split(':');
  const block = threadBase + (BigInt(slot) << threadShift);
  if (kind === 'libc') return block + (libcModule << 12n);
  return block + (BigInt(module) << 12n) + (areaOffset[kind] ?? 0n);
}

const codeBase = 0x4000_0000_0000n;
const codeSize = 0x1000n;
const sectionLength = 0x10;
const abortOffset = 0x200n;

/** The descriptor of a critical section in the code of an object mapped at `at`. */
export function sectionAddress(at: number): bigint {
  return codeBase + (BigInt(at) << mapShift);
}

/** A word of an object's code: the descriptor of its critical section, and the signature before the abort handler. */
function codeWord(cpu: Cpu, addr: bigint): number | null {
  const at = Number((addr - codeBase) >> mapShift);
  const start = sectionAddress(at);
  const isMapped = Object.values(cpu.read(imagesOf).images).some((one) => one.at === at);
  if (!isMapped || addr - start >= codeSize) return null;
  const high = Number(start >> 32n);
  const low = Number(start & 0xffff_ffffn);
  const descriptor = [0, 0, low + 0x100, high, sectionLength, 0, low + Number(abortOffset), high];
  if (addr === start + abortOffset - 4n) return sectionSignature;
  return descriptor[Number((addr - start) >> 2n)] ?? 0;
}

const sectionSignature = 0x53053053;

/** Which words an address lies in, or null when nothing is mapped there. */
function wordsAt(cpu: Cpu, addr: bigint, edit: boolean): { words: Words; index: number } | null {
  const index = Number((addr & 0x1fn) >> 2n);
  const base = addr & ~0x1fn;
  if (base < threadBase) {
    const at = Number((base - dataBase) >> mapShift);
    const { images } = edit ? cpu.edit(imagesOf) : cpu.read(imagesOf);
    const image = Object.values(images).find((one) => one.at === at);
    return image === undefined ? null : { words: image.area, index };
  }
  const tls = edit ? cpu.edit(tlsOf) : cpu.read(tlsOf);
  const { slot } = cpu.read(tcbOf);
  for (const [key, words] of Object.entries(tls.areas)) {
    if (tlsAddress(slot, tls, key) === base) return { words, index };
  }
  return null;
}

/** The acting thread's address space, as the kernel sees it. */
export function memoryOf(cpu: Cpu): UserMemory {
  const read32 = (addr: bigint) => {
    if (addr >= codeBase && addr < dataBase) return codeWord(cpu, addr);
    const at = wordsAt(cpu, addr, false);
    return at === null ? null : (at.words[at.index] ?? 0);
  };
  const write32 = (addr: bigint, value: number) => {
    const before = read32(addr);
    if (before === null) return false;
    if (before === value) return true;
    const at = wordsAt(cpu, addr, true);
    if (at !== null) at.words[at.index] = value;
    return at !== null;
  };
  return {
    read32,
    write32,
    read64: (addr) => {
      const low = read32(addr);
      const high = read32(addr + 4n);
      return low === null || high === null ? null : (BigInt(high) << 32n) | BigInt(low);
    },
    write64: (addr, value) => write32(addr, Number(value & 0xffff_ffffn)) && write32(addr + 4n, Number(value >> 32n)),
  };
}

/** Whether the main thread's static TLS has its initial values yet: before, everything reads zero. */
export const tlsImagesOf = component<{ ready: boolean }>('tls-images', 'process', { ready: false });

/** Without a thread pointer (resolvers of a static program) every access to thread-local memory faults. */
export function touchThreadPointer(cpu: Cpu): void {
  if (isStatic(programOf(cpu)) && !cpu.read(tlsImagesOf).ready) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
}

/** The words of a thread-local area of the acting thread, allocated with their initial value on first sight. */
export function tlsWords(cpu: Cpu, key: string): Words {
  touchThreadPointer(cpu);
  const { areas } = cpu.edit(tlsOf);
  const known = areas[key];
  if (known !== undefined) return known;
  const blank = !key.startsWith('abi:') || (cpu.read(tcbOf).isMain && !cpu.read(tlsImagesOf).ready);
  areas[key] = blank ? zeroWords() : uninitialisedWords();
  return areas[key] as Words;
}

/** A static block is given to a module after start: room that nobody has used reads zero until the initial values come. */
export function blankTls(cpu: Cpu, map: number): void {
  cpu.edit(tlsOf).areas[`abi:${map}`] ??= zeroWords();
}

/** An area of a thread is another's from now on, by key: at the same address, with what stands there. */
export function inheritTls(cpu: Cpu, before: string, now: string, thread?: number): void {
  const words = cpu.read(tlsOf, thread).areas[before];
  if (words === undefined) return;
  const tls = cpu.edit(tlsOf, thread);
  tls.areas[now] = [...words];
  tls.places[now] = tls.places[before] ?? before;
  delete tls.areas[before];
  delete tls.places[before];
}

/**
 * The initial values of a static block that was given after start: whatever resolvers wrote there before is overwritten.
 *
 * @source elf/dl-open.c:update_tls_slotinfo; nptl/allocatestack.c:init_one_static_tls
 */
export function initialiseTls(cpu: Cpu, map: number, hasAbi: boolean, thread?: number): void {
  const { areas } = cpu.edit(tlsOf, thread);
  if (hasAbi) areas[`abi:${map}`] = uninitialisedWords();
  if (areas[`tls:${map}`] !== undefined) areas[`tls:${map}`] = zeroWords();
  forgetNotes(cpu, (owner) => owner === map, thread);
}

/** Notes of claimants in thread-local variables whose initial values have come back. */
export function forgetNotes(cpu: Cpu, of: (map: number) => boolean, thread?: number): void {
  const { marks } = cpu.read(tcbOf, thread);
  const gone = Object.keys(marks).filter((mark) => of(Number(mark.split(':')[1])));
  for (const mark of gone) delete cpu.edit(tcbOf, thread).marks[mark];
}

/** The key of an object's own thread-local area in the acting thread. */
export function ownTlsKey(cpu: Cpu, map: number): string {
  return `${cpu.read(tlsOf).moved.includes(map) ? 'again' : 'tls'}:${map}`;
}

/** Words of an area by key, `static:MAP` or a thread-local one; undefined when the object is not mapped. */
export function areaWords(cpu: Cpu, key: string): Words | undefined {
  if (key.startsWith('static:')) return cpu.read(imagesOf).images[Number(key.slice(7))]?.area;
  return tlsWords(cpu, key);
}
