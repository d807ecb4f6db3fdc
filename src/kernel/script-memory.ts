/**
 * The address spaces of a running script: pages with protections, private or shared, copied by fork. In Linux: mm/mmap.c,
 * mm/memory.c, mm/shmem.c.
 *
 * What can go wrong: a shared page belongs to a file; whoever unmaps it last leaves deferred work behind, others do not.
 */
import type { UserMemory } from './memory.js';
import type { Protection } from './script-format.js';

export const pageSize = 4096n;

/**
 * Page contents. `users` counts the address spaces that map a shared page. Private pages are copied by fork; those of the
 * program text are the same for everyone, for nobody can write them.
 */
interface Frame {
  readonly bytes: DataView;
  readonly kind: 'private' | 'shared' | 'text';
  users: number;
}

interface Mapping {
  readonly frame: Frame;
  readonly prot: Protection;
}

function newFrame(kind: Frame['kind']): Frame {
  return { bytes: new DataView(new ArrayBuffer(Number(pageSize))), kind, users: 1 };
}

function copyBytes(from: Frame, to: Frame): void {
  new Uint8Array(to.bytes.buffer).set(new Uint8Array(from.bytes.buffer));
}

function copyOf(frame: Frame): Frame {
  const copy = newFrame('private');
  copyBytes(frame, copy);
  return copy;
}

/** The mark in words that nobody has written. */
export const untouchedWord = 0xa5a5_a5a5;

/** A fresh page: marked words, but zero where a pointer or flags would be looked at. */
const freshPage: Frame = (() => {
  const frame = newFrame('private');
  for (let block = 0; block < Number(pageSize); block += 32) {
    for (const word of [0, 4, 20, 24, 28]) frame.bytes.setUint32(block + word, untouchedWord, true);
  }
  return frame;
})();

/** How a page is mapped. */
export interface MapRequest {
  readonly prot: Protection;
  readonly shared?: boolean;
  readonly filled?: boolean;
}

/** One address space; it is the kernel's view of user memory as well. */
export class AddressSpace implements UserMemory {
  private readonly pages = new Map<bigint, Mapping>();

  /**
   * Map a fresh page, replacing what is there.
   *
   * @returns true when this dropped the last reference to a shared page
   */
  map(page: bigint, { prot, shared = false, filled = true }: MapRequest): boolean {
    const dropped = this.unmap(page);
    const frame = newFrame(shared ? 'shared' : 'private');
    if (filled) copyBytes(freshPage, frame);
    this.pages.set(page, { frame, prot });
    return dropped;
  }

  /** Map the program text of another address space, read-only. */
  mapText(page: bigint, from: AddressSpace): void {
    const mapping = from.pages.get(page);
    if (mapping === undefined) throw new Error('invariant: program text is mapped where it was written');
    this.pages.set(page, { frame: { ...mapping.frame, kind: 'text' }, prot: 'r' });
  }

  /** Unmap a page; true when this dropped the last reference to a shared page. Unmapping nothing is no error. */
  unmap(page: bigint): boolean {
    const mapping = this.pages.get(page);
    if (mapping === undefined) return false;
    this.pages.delete(page);
    mapping.frame.users -= 1;
    return mapping.frame.kind === 'shared' && mapping.frame.users === 0;
  }

  /** Change a page's protection; false when nothing is mapped there. */
  protect(page: bigint, prot: Protection): boolean {
    const mapping = this.pages.get(page);
    if (mapping === undefined) return false;
    this.pages.set(page, { ...mapping, prot });
    return true;
  }

  /** The address space of a fork child: private pages copied, shared ones shared. */
  fork(): AddressSpace {
    const child = new AddressSpace();
    for (const [page, { frame, prot }] of this.pages) {
      if (frame.kind === 'shared') frame.users += 1;
      child.pages.set(page, { frame: frame.kind === 'private' ? copyOf(frame) : frame, prot });
    }
    return child;
  }

  /** The last user of the address space is gone. */
  release(): void {
    for (const page of this.pages.keys()) this.unmap(page);
  }

  /** The mapping behind an access of `size` bytes that stays within a page; null when it is refused. */
  private whole(addr: bigint, size: number, write: boolean): { readonly bytes: DataView; readonly at: number } | null {
    const at = Number(addr % pageSize);
    if (at + size > Number(pageSize)) return null;
    const mapping = this.pages.get(addr - BigInt(at));
    if (mapping === undefined || mapping.prot === 'none' || (write && mapping.prot !== 'rw')) return null;
    return { bytes: mapping.frame.bytes, at };
  }

  /** An access that is not aligned may straddle two pages and is done byte by byte, if every byte can be. */
  private readBytes(addr: bigint, size: number): bigint | null {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) {
      const byte = this.whole(addr + BigInt(i), 1, false);
      if (byte === null) return null;
      value = (value << 8n) | BigInt(byte.bytes.getUint8(byte.at));
    }
    return value;
  }

  private writeBytes(addr: bigint, size: number, value: bigint): boolean {
    const bytes = Array.from({ length: size }, (_, i) => this.whole(addr + BigInt(i), 1, true));
    if (bytes.includes(null)) return false;
    bytes.forEach((byte, i) => {
      byte?.bytes.setUint8(byte.at, Number((value >> BigInt(8 * i)) & 0xffn));
    });
    return true;
  }

  read32(addr: bigint): number | null {
    const word = this.whole(addr, 4, false);
    if (word !== null) return word.bytes.getUint32(word.at, true);
    const value = this.readBytes(addr, 4);
    return value === null ? null : Number(value);
  }

  read64(addr: bigint): bigint | null {
    const word = this.whole(addr, 8, false);
    return word === null ? this.readBytes(addr, 8) : word.bytes.getBigUint64(word.at, true);
  }

  write32(addr: bigint, value: number): boolean {
    const word = this.whole(addr, 4, true);
    if (word === null) return this.writeBytes(addr, 4, BigInt(value >>> 0));
    word.bytes.setUint32(word.at, value, true);
    return true;
  }

  write64(addr: bigint, value: bigint): boolean {
    const word = this.whole(addr, 8, true);
    if (word === null) return this.writeBytes(addr, 8, BigInt.asUintN(64, value));
    word.bytes.setBigUint64(word.at, value, true);
    return true;
  }
}
