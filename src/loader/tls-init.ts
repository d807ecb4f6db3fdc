/**
 * Initial values of thread-local blocks: at the start of a program, and in dlopen for static blocks that were given before. In glibc:
 * elf/dl-open.c:update_tls_slotinfo, elf/dl-tls.c:_dl_allocate_tls_init.
 *
 * What can go wrong: values that come twice. Until 2.41 a dlopen gives them to everything that it reaches and whose constructors have
 * not begun. With an auditor that is what the program itself needs, libc among it, as long as an object that is initialised first
 * opens another; libc then forgets its thread-local destructors (bug 31717).
 */
import { forgetNotes, initialiseTls, tlsImagesOf, tlsOf, uninitialisedWords, zeroWords } from '../libc/memory.js';
import { programOf } from '../libc/program.js';
import { processOf, tcbOf } from '../libc/state.js';
import type { Cpu } from '../machine/cpu.js';
import { isAuditNamespace, loaderOf, mapAt } from './linkmap.js';
import { definition } from './symbols.js';

/** Objects are in the table of blocks from now on. @source elf/dl-tls.c:_dl_add_to_slotinfo */
function enterTls(cpu: Cpu, ids: readonly number[]): void {
  const pending = ids.filter((id) => cpu.read(loaderOf).tlsPending[id] !== undefined);
  if (pending.length === 0) return;
  const loader = cpu.edit(loaderOf);
  for (const id of pending) {
    delete loader.tlsPending[id];
    mapAt(loader, id).oldThread = Math.max(...cpu.read(processOf).threads);
  }
}

/** What dlopen of `root` does once all is relocated. @source elf/dl-open.c:update_tls_slotinfo */
export function initialiseStaticTls(cpu: Cpu, root: number): void {
  const program = programOf(cpu);
  enterTls(cpu, mapAt(cpu.read(loaderOf), root).closure ?? []);
  const loader = cpu.read(loaderOf);
  const waits = (id: number): boolean => {
    const { needTlsInit, initCalled } = mapAt(loader, id);
    return needTlsInit && !(initCalled && program.release.tlsInitAgain);
  };
  for (const id of (mapAt(loader, root).closure ?? []).filter(waits)) {
    const map = mapAt(cpu.edit(loaderOf), id);
    map.needTlsInit = false;
    for (const thread of cpu.read(processOf).threads) {
      initialiseTls(cpu, id, definition(program, map.file, '__rseq_abi') !== null, thread);
      const { tlsDtors } = cpu.read(tcbOf, thread);
      if (tlsDtors.some(({ libc }) => libc === id))
        cpu.edit(tcbOf, thread).tlsDtors = tlsDtors.filter(({ libc }) => libc !== id);
    }
  }
}

/**
 * The initial values of thread-local variables arrive; whatever resolvers wrote before is overwritten. Blocks that audit modules
 * allocated at first use are forgotten on the way: the next use makes new ones.
 *
 * @source elf/dl-tls.c:_dl_allocate_tls_init
 */
export function copyTlsImages(cpu: Cpu): void {
  cpu.edit(tlsImagesOf).ready = true;
  const tls = cpu.edit(tlsOf);
  const loader = cpu.read(loaderOf);
  const spare = programOf(cpu).release.tlsImagesSpareAuditors;
  const isSpared = (map: number) => spare && isAuditNamespace(loader, loader.maps[map]?.ns ?? 0);
  for (const key of Object.keys(tls.areas)) {
    const [kind, id] = key.split(':');
    const map = id === undefined ? undefined : loader.maps[Number(id)];
    if (map === undefined) continue;
    if (kind === 'tls' && map.tlsOffset === 'dynamic') tls.moved.push(map.id);
    else if (!isSpared(map.id)) tls.areas[key] = kind === 'abi' ? uninitialisedWords() : zeroWords();
  }
  tls.moved.sort((a, b) => a - b);
  forgetNotes(cpu, (map) => !isSpared(map));
  if (programOf(cpu).release.tlsInitAgain) return;
  for (const map of Object.values(cpu.edit(loaderOf).maps)) map.needTlsInit = false;
}
