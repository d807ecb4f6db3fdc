/**
 * Telling auditors of a binding. Both sides must have asked for it when they were announced; for a dlsym either side is enough,
 * and there the next auditor is reached only if the present one was interested. In glibc:
 * elf/dl-audit.c:_dl_audit_symbind, _dl_audit_symbind_alt.
 *
 * What can go wrong: an object that no la_objopen announced has no flags, so its bindings are silent.
 */
import { programOf } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { type Call, lifecycle } from '../machine/lifecycle.js';
import { callbackOf, knownTo } from './audit.js';
import { type Auditor, loaderOf } from './linkmap.js';

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

/** The module wants to hear of bindings from or to this object: its la_objopen, which asks when it lies beside a la_symbind, said so. */
function wants(cpu: Cpu, auditor: Auditor, map: number): boolean {
  if (auditor.known[map] === undefined) return false;
  const opener = callbackOf(cpu, auditor.map, 'la_objopen');
  return opener !== null && callbackOf(cpu, opener, 'la_symbind') === opener;
}

/** The recorder's word for the flags: it prints `dlsym` for the two no-PLT bits, which only a binding at load time carries. */
const recordedAs: Readonly<Record<BindingBy, string>> = { call: '', relocation: 'dlsym', dlsym: '' };

/** The next auditor to call. In the drifting loop of dlsym the list moves on only after a call; the flags always do. */
function nextAuditor(cpu: Cpu, ctx: BindFrame): Auditor | null {
  const { auditors } = cpu.read(loaderOf);
  const drifts = ctx.by === 'dlsym' && programOf(cpu).release.auditDlsymDrifts;
  while (ctx.next < auditors.length) {
    const counted = auditors[ctx.next++];
    const called = drifts ? auditors[ctx.called] : counted;
    if (counted === undefined || called === undefined || callbackOf(cpu, called.map, 'la_symbind') === null) continue;
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
        const code = callbackOf(cpu, auditor.map, 'la_symbind');
        if (code === null) continue;
        const detail = `${knownTo(cpu, auditor, code)[ctx.from] ?? '?'} ${ctx.sym}`;
        return {
          call: 'function',
          ctx: {
            map: code,
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
