/**
 * The start of a static program: resolvers before there is a thread pointer, then TLS, then `__libc_start_main`. In glibc:
 * csu/libc-start.c (!SHARED), csu/libc-tls.c, csu/static-reloc.c.
 *
 * What can go wrong: on x86 IRELATIVE entries are processed first, so a resolver can register before libc in every release.
 */
import { freshImage, imagesOf, tlsImagesOf } from '../libc/memory.js';
import { programOf } from '../libc/program.js';
import { registerMain } from '../libc/rseq-registration.js';
import { freshLibc, libcsOf, tcbOf } from '../libc/state.js';
import { setRobustList, setTidAddress } from '../libc/syscalls.js';
import type { Cpu } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { noteInitial } from './earlyinit.js';
import { linkedFile } from './link-file.js';
import { relocationsOf } from './link-relocations.js';
import { factsOf, loaderOf } from './linkmap.js';
import { freshMap } from './map.js';
import { callResolver } from './relocate.js';
import { mainMap, writeStaticOwnerFlag } from './rtld.js';
import { layOutStaticTls } from './static-tls.js';
import { ownDefinition } from './symbols.js';
import { copyTlsImages } from './tls-init.js';

export const startStatic = lifecycle<{ at: number }>(
  'startStatic',
  {
    begin: { source: 'csu/libc-start.c:__libc_start_main', on: { ok: 'resolvers' } },
    resolvers: { source: 'csu/libc-start.c:apply_irel', on: { returned: 'resolvers', end: 'threadPointer' } },
    threadPointer: { source: 'csu/libc-tls.c:__libc_setup_tls', on: { ok: 'rseq' }, visible: true },
    rseq: { source: 'csu/libc-start.c:__libc_start_main', on: { ok: 'enter' }, visible: true },
    enter: { source: 'csu/libc-start.c:__libc_start_main', on: { returned: 'done' } },
  },
  {
    begin(cpu) {
      beginStatic(cpu);
      return 'ok';
    },
    resolvers(cpu, ctx) {
      const sym = irelative(cpu)[ctx.at++];
      return sym === undefined ? 'end' : callResolver(mainMap, sym);
    },
    threadPointer(cpu) {
      const { rseq } = programOf(cpu);
      layOutStaticTls(cpu, 0);
      copyTlsImages(cpu);
      cpu.edit(tlsImagesOf).ready = true;
      setTidAddress(cpu);
      if (rseq.staticAt === 'libpthread-init') registerMain(cpu, mainMap);
      setRobustList(cpu);
      if (rseq.staticAt === 'thread-pointer') registerMain(cpu, mainMap);
      return 'ok';
    },
    rseq(cpu) {
      const { rseq } = programOf(cpu);
      if (rseq.staticAt === 'after-tls') registerMain(cpu, mainMap);
      if (rseq.ownerFlag !== 'none') writeStaticOwnerFlag(cpu);
      noteInitial(cpu, mainMap, true);
      if (rseq.staticAt === 'early-init') registerMain(cpu, mainMap);
      return 'ok';
    },
    enter: () => ({ call: 'startMain', ctx: { libc: mainMap, exe: mainMap, isStatic: true } }),
  },
);

function beginStatic(cpu: Cpu): void {
  const { world, rseq } = programOf(cpu);
  const loader = cpu.edit(loaderOf);
  const map = freshMap(loader.nextId++, 'exe', 0, 'executable');
  map.pltState = 'ready';
  Object.assign(map, { relocated: true, initCalled: true, closure: [map.id], initfini: [map.id], scope: [map.id] });
  loader.maps[map.id] = map;
  loader.namespaces = [{ list: [map.id], files: { exe: map.id }, libc: null, rState: 'consistent' }];
  loader.started = true;
  const handled = world.exe.handled === 'define' || rseq.ownerFlag !== 'none' ? 0 : null;
  cpu.edit(imagesOf).images[map.id] = freshImage(handled, map.id);
  const ownsAbi = rseq.area === 'rseq_abi' || ownDefinition(programOf(cpu), 'exe', world.exe, '__rseq_abi') !== null;
  cpu.edit(libcsOf).copies[map.id] = { ...freshLibc(), abi: ownsAbi ? map.id : null };
  cpu.edit(tcbOf).libc = map.id;
}

/** IRELATIVE entries, as recorded, or as the link editor writes them: recorded facts of a fixed-address program name none. */
function irelative(cpu: Cpu): readonly string[] {
  const { relocs } = factsOf(programOf(cpu), 'exe');
  const written = relocs.length > 0 ? relocs : relocationsOf(linkedFile('exe', programOf(cpu).world.exe));
  return written.filter(([, type]) => type === 'IRELATIVE').map(([, , res]) => res.replace(/^res_/, ''));
}
