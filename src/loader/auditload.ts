/**
 * Loading one audit module: a dlmopen into a namespace of its own, with constructors and all, then la_version. In glibc:
 * elf/rtld.c:load_audit_module, unload_audit_module.
 *
 * What can go wrong: by the time la_version can refuse, the module's code and that of everything it needs has run. Unloading
 * insists that the namespace is empty, which an object that cannot be deleted makes impossible.
 */
import { fatal } from '../libc/end.js';
import { describedObject, programOf } from '../libc/program.js';
import { dieOf, note } from '../libc/trace.js';
import type { Cpu } from '../machine/cpu.js';
import { lifecycle } from '../machine/lifecycle.js';
import { callbackOf } from './audit.js';
import { closeWorker, trimNamespaces } from './dlclose.js';
import { loaderOf, mapAt } from './linkmap.js';
import { noSuchFile } from './map.js';
import { ldsoMap } from './rtld.js';

interface LoadFrame {
  name: string;
  map: number;
  /** The map whose la_version was asked. */
  code: number | null;
  ns?: number;
}

export const loadAuditModule = lifecycle<LoadFrame>(
  'loadAuditModule',
  {
    open: { source: 'elf/rtld.c:dlmopen_doit', on: { returned: 'opened' } },
    opened: { source: 'elf/rtld.c:load_audit_module', on: { ok: 'version', failed: 'done' } },
    version: { source: 'elf/rtld.c:load_audit_module', on: { returned: 'accept', missing: 'unload' } },
    accept: { source: 'elf/rtld.c:load_audit_module', on: { accepted: 'done', refused: 'unload' } },
    unload: { source: 'elf/rtld.c:unload_audit_module', on: { returned: 'unloaded' } },
    unloaded: { source: 'elf/rtld.c:unload_audit_module', on: { ok: 'done' } },
  },
  {
    open: (_cpu, ctx) => ({
      call: 'dlopen',
      ctx: { name: ctx.name, ns: 'new', caller: ldsoMap, flags: ['lazy'], audit: true },
    }),
    opened(cpu, ctx) {
      const { value } = cpu.stack;
      if (typeof value === 'number') {
        ctx.map = value;
        ctx.ns = mapAt(cpu.read(loaderOf), value).ns;
        return 'ok';
      }
      report(cpu, ctx.name, reason(String(value)));
      return 'failed';
    },
    version(cpu, ctx) {
      const code = callbackOf(cpu, ctx.map, 'la_version');
      ctx.code = code;
      if (code === null) return 'missing';
      const result = String(programOf(cpu).release.lavCurrent);
      return {
        call: 'function',
        ctx: { map: code, kind: 'la_version', detail: '', result, at: 'audit.callbacks.la_version' },
      };
    },
    accept(cpu, ctx) {
      const { release } = programOf(cpu);
      const version = versionOf(cpu, ctx.code) ?? release.lavCurrent;
      if (version === 0) return 'refused';
      if (version > release.lavCurrent) {
        tooNew(cpu, ctx.name, version);
        return 'refused';
      }
      const loader = cpu.edit(loaderOf);
      mapAt(loader, ctx.map).auditing = true;
      loader.auditors.push({ map: ctx.map, known: {}, closed: {} });
      return 'accepted';
    },
    unload: (_cpu, ctx) => closeWorker(ctx.map),
    unloaded(cpu, ctx) {
      const loader = cpu.edit(loaderOf);
      const left = loader.namespaces[ctx.ns ?? 0]?.list.length ?? 0;
      if (left > 0) {
        const where = programOf(cpu).release.unloadAuditFunction;
        fatal(
          cpu,
          `Inconsistency detected by ld.so: rtld.c: ?: ${where}: Assertion \`GL(dl_ns)[ns]._ns_loaded == NULL' failed!\n`,
        );
      }
      trimNamespaces(loader);
      if (ctx.code === null) report(cpu, ctx.name, 'undefined symbol: la_version');
      else if (programOf(cpu).release.auditRejectedUsed) dieOf(cpu, 'SIGSEGV', 'SEGV_MAPERR');
      return 'ok';
    },
  },
);

/** The version that a map's la_version answers; its own question when none is described. */
function versionOf(cpu: Cpu, map: number | null): number | undefined {
  if (map === null) return undefined;
  return describedObject(programOf(cpu), mapAt(cpu.read(loaderOf), map).file)?.audit?.version;
}

/** The message about a module names it itself, so the error comes without the object that failed and without errno's text. */
function reason(error: string): string {
  const own = error.slice(error.indexOf(': ') + 2);
  return own === noSuchFile ? 'cannot open shared object file' : own;
}

function report(cpu: Cpu, name: string, why: string): void {
  const detail = `ERROR: ld.so: object '${name}' cannot be loaded as audit interface: ${why}; ignored.\n`;
  note(cpu, { obj: 'process', kind: 'stderr', detail });
}

function tooNew(cpu: Cpu, name: string, version: number): void {
  const { release } = programOf(cpu);
  if (release.auditTooNew === 'silent') return;
  if (release.auditTooNew === 'assertion') {
    fatal(
      cpu,
      'Inconsistency detected by ld.so: dl-misc.c: ?: _dl_debug_vdprintf: Assertion `! "invalid format specifier"\' failed!\n',
    );
  }
  const detail = `ERROR: audit interface '${name}' requires version ${version} (maximum supported version ${release.lavCurrent}); ignored.\n`;
  note(cpu, { obj: 'process', kind: 'stderr', detail });
}
