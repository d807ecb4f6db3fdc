/**
 * The audit interface: each callback goes to every auditor in load order before anything else happens. In glibc:
 * elf/dl-audit.c, and inline in elf/dl-load.c, elf/dl-open.c, elf/rtld.c before 2.35.
 *
 * What can go wrong: "is this an auditor's namespace" is asked of the namespace's first object, and that object is marked only
 * after its la_version; until then earlier auditors see the namespace as an ordinary one. An auditor knows an object by a cookie
 * that only la_objopen announces; activity of a namespace it has not heard of carries an unknown cookie.
 */
import { describedObject, programOf } from '../libc/program.js';
import { type Call, lifecycle } from '../machine/lifecycle.js';
import type { AuditCallback } from '../scenario/world-schema.js';
import { loaderOf, mapAt } from './linkmap.js';

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

/** Name of a cookie for the auditor at `index`. */
function cookieName(known: Record<number, string>, subject: number): string {
  return known[subject] ?? '?';
}

function detailOf(notice: Notice, known: Record<number, string>): string {
  if (notice.callback === 'la_objopen') return notice.text;
  const name = cookieName(known, notice.subject);
  return notice.text === '' ? name : `${name} ${notice.text}`;
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
        if (ctx.callback === 'la_objopen') {
          const edited = cpu.edit(loaderOf).auditors.find((a) => a.map === auditor.map);
          if (edited !== undefined) edited.known[ctx.subject] = ctx.text;
        }
        const detail = detailOf(ctx, auditor.known);
        const result = ctx.callback === 'la_objsearch' ? 'orig' : '';
        return {
          call: 'function',
          ctx: { map: auditor.map, kind: ctx.callback, detail, result, at: `audit.callbacks.${ctx.callback}` },
        };
      }
    },
  },
);
