/**
 * The audit interface: each callback goes to every auditor in load order before anything else happens. In glibc:
 * elf/dl-audit.c, and inline in elf/dl-load.c, elf/dl-open.c, elf/rtld.c before 2.35.
 *
 * What can go wrong: "is this an auditor's namespace" is asked of the namespace's first object, and that object is marked only
 * after its la_version; until then earlier auditors see the namespace as an ordinary one. An auditor knows an object by a cookie
 * that only la_objopen announces; activity of a namespace it has not heard of carries an unknown cookie. A callback that a module
 * lacks is looked for in what it needs, and the library that has it does not know the cookies of another's la_objopen.
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

/**
 * The map whose callback a module uses: the first that has it of the module and what it needs, breadth first; null for none.
 * @source elf/rtld.c:lookup_doit
 */
export function callbackOf(cpu: Cpu, module: number, callback: AuditCallback): number | null {
  const loader = cpu.read(loaderOf);
  const program = programOf(cpu);
  const has = (map: number) =>
    describedObject(program, mapAt(loader, map).file)?.audit?.callbacks[callback] !== undefined;
  return (mapAt(loader, module).closure ?? [module]).find(has) ?? null;
}

/** What the code of one map knows of the cookies: all that its own la_objopen was told, if that is the one the module uses. */
export function knownTo(cpu: Cpu, { map, known }: Auditor, code: number): Auditor['known'] {
  return callbackOf(cpu, map, 'la_objopen') === code ? known : {};
}

/** What the recorder's modules print: the name under which they know the cookie; for ADD only while it is open. */
function detailOf(notice: Notice, known: Auditor['known'], { closed }: Auditor): string {
  if (notice.callback === 'la_objopen') return notice.text;
  const isLost = notice.callback === 'la_activity' && notice.text === 'add' && closed[notice.subject] === true;
  const name = isLost ? '?' : (known[notice.subject] ?? '?');
  return notice.text === '' ? name : `${name} ${notice.text}`;
}

function noteCookie(cpu: Cpu, module: number, code: number, notice: Notice): void {
  if (notice.callback !== 'la_objopen' && notice.callback !== 'la_objclose') return;
  const auditor = cpu.edit(loaderOf).auditors.find((a) => a.map === module);
  if (auditor === undefined || callbackOf(cpu, module, 'la_objopen') !== code) return;
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
        const code = callbackOf(cpu, auditor.map, ctx.callback);
        if (code === null) continue;
        const detail = detailOf(ctx, knownTo(cpu, auditor, code), auditor);
        noteCookie(cpu, auditor.map, code, ctx);
        const result = ctx.callback === 'la_objsearch' ? 'orig' : '';
        return {
          call: 'function',
          ctx: { map: code, kind: ctx.callback, detail, result, at: `audit.callbacks.${ctx.callback}` },
        };
      }
    },
  },
);
