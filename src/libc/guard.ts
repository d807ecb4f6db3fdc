/**
 * How a libc copy finds out whether it is the program's own: what each copy and the loader know that a guard may ask. In glibc:
 * `__libc_multiple_libcs` of csu/init-first.c, `_dl_starting_up` of elf/rtld.c and elf/dl-init.c, sysdeps/generic/ldsodefs.h:rtld_active.
 *
 * What can go wrong: a guard asked at another time than it was written for. `__libc_multiple_libcs` is 1 in every copy until its
 * `_init` has run, and `__libc_start_main` computes it anew.
 */
import { component } from '../machine/component.js';
import type { Cpu } from '../machine/cpu.js';
import type { Guard } from '../rseq/semantics.js';

/** One libc copy, by the link map of its libc.so. */
interface Place {
  /** In the base namespace. */
  base: boolean;
  /** Mapped as part of the program, not opened later. */
  initial: boolean;
  /** `__libc_multiple_libcs`; `upstream` without `_dl_starting_up`, `fedora` with it. */
  multiple: { upstream: boolean; fedora: boolean };
  /** The object whose `__rseq_handled` its reference found. */
  flag: number | null;
}

interface Places {
  libcs: Record<number, Place>;
  /** `rtld_active`: the loader knows its search paths. */
  rtldActive: boolean;
  /** `_dl_starting_up`, where it is compiled. */
  startingUp: boolean;
}

export const placesOf = component<Places>('libc-places', 'process', {
  libcs: {},
  rtldActive: false,
  startingUp: false,
});

/** A libc.so was mapped. */
export function placeLibc(cpu: Cpu, libc: number, base: boolean, initial: boolean): void {
  const multiple = { upstream: true, fedora: true };
  cpu.edit(placesOf).libcs[libc] = { base, initial, multiple, flag: null };
}

/** A libc.so was relocated: where its reference to the flag went. */
export function bindFlag(cpu: Cpu, libc: number, flag: number | null): void {
  const place = cpu.edit(placesOf).libcs[libc];
  if (place !== undefined) place.flag = flag;
}

/** The object that holds the flag as the libc copy refers to it; null when it refers to none. */
export function flagOf(cpu: Cpu, libc: number): number | null {
  return cpu.read(placesOf).libcs[libc]?.flag ?? null;
}

/** `dl_main` begins. `@source elf/rtld.c:dl_main` */
export function startUpBegins(cpu: Cpu): void {
  cpu.edit(placesOf).startingUp = true;
}

/** The search paths are set up. `@source elf/rtld.c:dl_main` */
export function rtldIsActive(cpu: Cpu): void {
  cpu.edit(placesOf).rtldActive = true;
}

/** A run of constructors is over, whoever's it was. `@source elf/dl-init.c:_dl_init` */
export function constructorsOver(cpu: Cpu): void {
  if (cpu.read(placesOf).startingUp) cpu.edit(placesOf).startingUp = false;
}

/** A libc computes `__libc_multiple_libcs`. `@source csu/init-first.c:_init; csu/libc-start.c:__libc_start_main` */
export function countLibcs(cpu: Cpu, libc: number): void {
  const places = cpu.edit(placesOf);
  const place = places.libcs[libc];
  if (place !== undefined) place.multiple = { upstream: false, fedora: !places.startingUp };
}

/** Whether a libc copy may register as far as `guard` can tell. A copy that was never mapped is the static program itself. */
export function passes(cpu: Cpu, guard: Guard, libc: number): boolean {
  if (guard === 'none') return true;
  const { libcs, rtldActive } = cpu.read(placesOf);
  const place = libcs[libc];
  if (place === undefined) return true;
  switch (guard) {
    case 'initial':
      return place.initial;
    case 'base-namespace':
      return rtldActive && place.base;
    case 'rtld-active':
      return rtldActive;
    case 'multiple-libcs':
      return !place.multiple.upstream;
    case 'multiple-libcs-fedora':
      return !place.multiple.fedora;
  }
}
