/**
 * Telling auditors of a binding. Both sides must have asked for it when they were announced; for a dlsym either side is enough,
 * and there the next auditor is reached only if the present one was interested. In glibc:
 * elf/dl-audit.c:_dl_audit_symbind, _dl_audit_symbind_alt.
 *
 * What can go wrong: an object that no la_objopen announced has no flags, so its bindings are silent.
 */
import { describedObject, programOf } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { type Call, lifecycle } from '../machine/lifecycle.js';
import { type Auditor, loaderOf, mapAt } from './linkmap.js';

interface BindFrame {
  from: number;
  to: number;
  sym: string;
  by: BindingBy;
  next: number;
  /** How many have been called. */
  called: number;
}

/** How a binding came about: at a first call, while an object was relocated, or by dlsym. */
export type BindingBy = 'call' | 'relocation' | 'dlsym';

export function tellSymbind(from: number, to: number, sym: string, by: BindingBy): Call {
  return { call: 'symbind', ctx: { from, to, sym, by, next: 0, called: 0 } satisfies BindFrame };
}

/** The module wants to hear of bindings from or to this object. */
function wants(cpu: Cpu, auditor: Auditor, map: number): boolean {
  const module = mapAt(cpu.read(loaderOf), auditor.map);
  const callbacks = describedObject(programOf(cpu), module.file)?.audit?.callbacks;
  return callbacks?.la_symbind !== undefined && callbacks.la_objopen !== undefined && auditor.known[map] !== undefined;
}

/** The recorder's word for the flags: it prints `dlsym` for the two no-PLT bits, which only a binding at load time carries. */
const recordedAs: Readonly<Record<BindingBy, string>> = { call: '', relocation: 'dlsym', dlsym: '' };

function hasCallback(cpu: Cpu, auditor: Auditor): boolean {
  const module = mapAt(cpu.read(loaderOf), auditor.map);
  return describedObject(programOf(cpu), module.file)?.audit?.callbacks.la_symbind !== undefined;
}

/** The next auditor to call. In the drifting loop of dlsym the list moves on only after a call; the flags always do. */
function nextAuditor(cpu: Cpu, ctx: BindFrame): Auditor | null {
  const { auditors } = cpu.read(loaderOf);
  const drifts = ctx.by === 'dlsym' && programOf(cpu).release.auditDlsymDrifts;
  while (ctx.next < auditors.length) {
    const counted = auditors[ctx.next++];
    const called = drifts ? auditors[ctx.called] : counted;
    if (counted === undefined || called === undefined || !hasCallback(cpu, called)) continue;
    const [from, to] = [wants(cpu, counted, ctx.from), wants(cpu, counted, ctx.to)];
    if (ctx.by === 'dlsym' ? !(from || to) : !(from && to)) continue;
    ctx.called++;
    return called;
  }
  return null;
}

export const symbind = lifecycle<BindFrame>(
  'symbind',
  { next: { source: 'elf/dl-audit.c:_dl_audit_symbind', on: { end: 'done', returned: 'next' } } },
  {
    next(cpu, ctx) {
      for (;;) {
        const auditor = nextAuditor(cpu, ctx);
        if (auditor === null) return 'end';
        const detail = `${auditor.known[ctx.from] ?? '?'} ${ctx.sym}`;
        return {
          call: 'function',
          ctx: {
            map: auditor.map,
            kind: 'la_symbind',
            detail,
            result: recordedAs[ctx.by],
            at: 'audit.callbacks.la_symbind',
          },
        };
      }
    },
  },
);
