/**
 * The audit interface: each callback goes to every auditor in load order before anything else happens. In glibc:
 * elf/dl-audit.c, and inline in elf/dl-load.c, elf/dl-open.c, elf/rtld.c before 2.35.
 *
 * What can go wrong: "is this an auditor's namespace" is asked of the namespace's first object, and that object is marked only
 * after its la_version; until then earlier auditors see the namespace as an ordinary one. An auditor knows an object by a cookie
 * that only la_objopen announces; activity of a namespace it has not heard of carries an unknown cookie.
 */
import { describedObject, programOf } from '../libc/program.js';
import type { Cpu } from '../machine/cpu.js';
import { type Call, lifecycle } from '../machine/lifecycle.js';
import type { AuditCallback } from '../scenario/world-schema.js';
import { type Auditor, loaderOf, mapAt } from './linkmap.js';

/** One callback for all auditors. `subject` is the map whose cookie is handed over, `text` what the callback is told. */
export interface Notice {
  callback: AuditCallback;
  subject: number;
  text: string;
  quiet: boolean;
}

interface NoticeFrame extends Notice {
  next: number;
}

/** Call every auditor's callback; no auditor is called when `quiet`. */
export function notifyAuditors(notice: Notice): Call {
  return { call: 'notify', ctx: { ...notice, next: 0 } };
}

/** What the recorder's modules print: the name under which they know the cookie; for ADD only while it is open. */
function detailOf(notice: Notice, { known, closed }: Auditor): string {
  if (notice.callback === 'la_objopen') return notice.text;
  const isLost = notice.callback === 'la_activity' && notice.text === 'add' && closed[notice.subject] === true;
  const name = isLost ? '?' : (known[notice.subject] ?? '?');
  return notice.text === '' ? name : `${name} ${notice.text}`;
}

function noteCookie(cpu: Cpu, module: number, notice: Notice): void {
  if (notice.callback !== 'la_objopen' && notice.callback !== 'la_objclose') return;
  const auditor = cpu.edit(loaderOf).auditors.find((a) => a.map === module);
  if (auditor === undefined) return;
  if (notice.callback === 'la_objopen') auditor.known[notice.subject] = notice.text;
  auditor.closed[notice.subject] = notice.callback === 'la_objclose';
}

export const notify = lifecycle<NoticeFrame>(
  'notify',
  {
    next: { source: 'elf/dl-audit.c', on: { end: 'done', returned: 'next' } },
  },
  {
    next(cpu, ctx) {
      const loader = cpu.read(loaderOf);
      if (ctx.quiet) return 'end';
      for (;;) {
        const auditor = loader.auditors[ctx.next++];
        if (auditor === undefined) return 'end';
        const module = mapAt(loader, auditor.map);
        const callbacks = describedObject(programOf(cpu), module.file)?.audit?.callbacks;
        if (callbacks?.[ctx.callback] === undefined) continue;
        const detail = detailOf(ctx, auditor);
        noteCookie(cpu, auditor.map, ctx);
        const result = ctx.callback === 'la_objsearch' ? 'orig' : '';
        return {
          call: 'function',
          ctx: { map: auditor.map, kind: ctx.callback, detail, result, at: `audit.callbacks.${ctx.callback}` },
        };
      }
    },
  },
);
