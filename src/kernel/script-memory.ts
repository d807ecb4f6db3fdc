/**
 * The address spaces of a running script: pages with protections, private or shared, copied by fork. In Linux: mm/mmap.c,
 * mm/memory.c, mm/shmem.c.
 *
 * What can go wrong: a shared page belongs to a file; whoever unmaps it last leaves deferred work behind, others do not.
 */
import type { UserMemory } from './memory.js';
import type { Protection } from './script-format.js';

export const pageSize = 4096n;

/** Page contents. `users` counts the address spaces that map a shared page. */
interface Frame {
  readonly bytes: DataView;
  readonly shared: boolean;
  users: number;
}

interface Mapping {
  readonly frame: Frame;
  readonly prot: Protection;
}

function newFrame(shared: boolean, users = 1): Frame {
  return { bytes: new DataView(new ArrayBuffer(Number(pageSize))), shared, users };
}

function copyOf(frame: Frame): Frame {
  const copy = newFrame(false);
  new Uint8Array(copy.bytes.buffer).set(new Uint8Array(frame.bytes.buffer));
  return copy;
}

/** The pattern of a fresh page: marked words, but zero where a pointer or flags would be looked at. */
function fill(frame: Frame): void {
  for (let block = 0; block < Number(pageSize); block += 32) {
    for (const word of [0, 4, 20, 24, 28]) frame.bytes.setUint32(block + word, untouchedWord, true);
  }
}

/** The mark in words that nobody has written. */
export const untouchedWord = 0xa5a5_a5a5;

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
    const frame = newFrame(shared);
    if (filled) fill(frame);
    this.pages.set(page, { frame, prot });
    return dropped;
  }

  /** Unmap a page; true when this dropped the last reference to a shared page. Unmapping nothing is no error. */
  unmap(page: bigint): boolean {
    const mapping = this.pages.get(page);
    if (mapping === undefined) return false;
    this.pages.delete(page);
    mapping.frame.users -= 1;
    return mapping.frame.shared && mapping.frame.users === 0;
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
      if (frame.shared) frame.users += 1;
      child.pages.set(page, { frame: frame.shared ? frame : copyOf(frame), prot });
    }
    return child;
  }

  /** The last user of the address space is gone. */
  release(): void {
    for (const page of this.pages.keys()) this.unmap(page);
  }

  private byteAt(addr: bigint, write: boolean): { readonly bytes: DataView; readonly at: number } | null {
    const at = addr % pageSize;
    const mapping = this.pages.get(addr - at);
    if (mapping === undefined || mapping.prot === 'none' || (write && mapping.prot !== 'rw')) return null;
    return { bytes: mapping.frame.bytes, at: Number(at) };
  }

  private read(addr: bigint, size: number): bigint | null {
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) {
      const byte = this.byteAt(addr + BigInt(i), false);
      if (byte === null) return null;
      value = (value << 8n) | BigInt(byte.bytes.getUint8(byte.at));
    }
    return value;
  }

  private write(addr: bigint, size: number, value: bigint): boolean {
    const bytes = Array.from({ length: size }, (_, i) => this.byteAt(addr + BigInt(i), true));
    if (bytes.includes(null)) return false;
    bytes.forEach((byte, i) => {
      byte?.bytes.setUint8(byte.at, Number((value >> BigInt(8 * i)) & 0xffn));
    });
    return true;
  }

  read32(addr: bigint): number | null {
    const value = this.read(addr, 4);
    return value === null ? null : Number(value);
  }

  read64(addr: bigint): bigint | null {
    return this.read(addr, 8);
  }

  write32(addr: bigint, value: number): boolean {
    return this.write(addr, 4, BigInt(value >>> 0));
  }

  write64(addr: bigint, value: bigint): boolean {
    return this.write(addr, 8, BigInt.asUintN(64, value));
  }
}
