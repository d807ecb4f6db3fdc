/**
 * The actions of a described object as C statements, and what they need: gates, handles, keys, parts of the prelude. The calls
 * are those of the recordings; the events around a call are said by the prelude's functions.
 *
 * What can go wrong: two statements that share a name. Gates, handles and keys are local to the object, as in the recordings.
 */
import { lastOps } from '../loader/link-file.js';
import { claimantNamed } from '../rseq/claimants.js';
import type { Action } from '../scenario/action-schema.js';
import type { WorldObject } from '../scenario/world-schema.js';
import { claimantName, claimantNeeds, claimantSource } from './claimant-source.js';

type Of<O extends Action['op']> = Extract<Action, { op: O }>;
type List = readonly Action[];
type AreaName = Of<'claimant'>['area'];

const dlFlags: Readonly<Record<string, string>> = {
  lazy: '1',
  now: '2',
  noload: '4',
  deepbind: '8',
  global: '0x100',
  local: '0',
  nodelete: '0x1000',
};

/** Numbers of the errnos that a filter answers; 0 for one that ends the process. */
const errnos = { EPERM: 1, EACCES: 13, ENOSYS: 38, KILL: 0 } as const;

/** A string literal of C. */
export const quoted = (text: string): string => JSON.stringify(text);

/** Turns actions into statements and collects what they need. */
export class ActionCode {
  protected readonly gates = new Set<string>();
  protected readonly handles = new Set<string>();
  protected readonly keys = new Set<string>();
  protected readonly marks = new Set<string>();
  protected readonly externs = new Set<string>();
  /** Functions named by actions, by C name: their event and actions. */
  protected readonly handlers = new Map<string, string>();
  protected readonly needs = new Set<string>();
  /** Claimants with a rule, by their C names. */
  private readonly claimants = new Map<string, { who: string; area: AreaName; steps: Set<string> }>();
  /** Bodies that are signal handlers, by the number of their signal. */
  private readonly signals: string[] = [];
  protected readonly name: string;
  protected readonly object: WorldObject;
  constructor(name: string, object: WorldObject) {
    this.name = name;
    this.object = object;
  }

  /** Statements of a list, one a line, as far as it is gone: an optimising compiler would drop what follows too. */
  protected actions(list: List): string {
    const last = list.findIndex(({ op }) => lastOps.has(op));
    const gone = last < 0 ? list : list.slice(0, last + 1);
    return gone.map((action) => `  ${this.action(action)}\n`).join('');
  }

  private need(...flags: string[]): void {
    for (const flag of flags) this.needs.add(flag);
  }

  private area(area: string): string {
    this.need({ static: 'NEED_STATIC', tls: 'NEED_TLS', abi: 'NEED_ABI' }[area] ?? 'NEED_LIBC_AREA');
    return `AREA_${area}`;
  }

  private handler(fn: string, kind: string, detail: string, body: string | null): string {
    const code = `  ev ("${kind}", ${quoted(detail)}, 0);\n${body === null ? '' : `  b_${body} ();\n`}`;
    this.handlers.set(fn, code);
    return fn.replace(/ \(.*/, '');
  }

  private handle(name: string): string {
    this.handles.add(name);
    return `h_${name}`;
  }

  private gate(name: string): string {
    this.gates.add(name);
    return `&g_${name}`;
  }

  private action(action: Action): string {
    switch (action.op) {
      case 'mark':
        return `ev ("mark", ${quoted(action.text)}, 0);`;
      case 'call':
        if (!Object.hasOwn({ ...this.object.funcs, ...this.object.ifuncs }, action.sym)) this.externs.add(action.sym);
        return `${action.sym} ();`;
      case 'dlopen':
      case 'dlmopen':
        return this.open(action);
      case 'dlclose':
        return `close_ (${this.handle(action.handle)}, ${quoted(action.handle)});`;
      case 'dlsym_call':
        return this.dlsym(action);
      case 'spawn':
        this.need('SPAWNS');
        return `spawn_ (${this.gate(action.as)}, ${quoted(action.as)}, b_${action.body});`;
      case 'start':
        this.need('SPAWNS');
        return `start_ (${this.gate(action.as)}, ${quoted(action.as)}, b_${action.body});`;
      case 'join':
      case 'detach':
        return `${action.op}_ (${this.gate(action.thread)}, ${quoted(action.thread)});`;
      case 'pthread_exit':
        this.need('PEXIT');
        return 'pexit_ ();';
      case 'tsd':
      case 'key_delete':
        return this.key(action);
      case 'spin':
        return 'for (int i = 0; i < 4; i++) sys6 (24, 0, 0, 0, 0, 0, 0);';
      case 'exit':
      case '_exit':
      case 'quick_exit':
        return `evn ("${action.op}", 0, ${action.code}); ${action.op} (${action.code});`;
      case 'fork':
        return this.fork(action);
      case 'vfork':
        return this.vfork(action);
      case 'signal':
        return this.signal(action);
      case 'seccomp':
        return `seccomp_ ("${action.action}", ${errnos[action.action]});`;
      default:
        return this.registration(action);
    }
  }

  private open(action: Of<'dlopen'> | Of<'dlmopen'>): string {
    const file = action.file === null ? '0' : quoted(`${action.file}.so`);
    const flags = action.flags.map((flag) => dlFlags[flag] ?? '0').join(' | ') || '0';
    const words = [action.file === null ? 'NULL' : `${action.file}.so`, action.flags.join('+')];
    if (action.op === 'dlmopen') words.push(`ns=${action.ns}`);
    const handle = this.handle(action.as);
    const ns =
      action.op === 'dlopen'
        ? ''
        : action.ns === 'new'
          ? '-1, '
          : action.ns === 'base'
            ? '0, '
            : `ns_of (${this.handle(action.ns)}), `;
    return `ev ("${action.op}", ${quoted(words.join(' '))}, 0); ${handle} = ${action.op} (${ns}${file}, ${flags}); opened ("${action.op}.ret", ${quoted(action.as)}, ${handle});`;
  }

  private dlsym(action: Of<'dlsym_call'>): string {
    const special = action.handle === 'default' ? '(void *) 0' : action.handle === 'next' ? '(void *) -1' : null;
    const handle = special ?? this.handle(action.handle);
    return `sym_call (${handle}, ${special === null ? 0 : 1}, ${quoted(action.sym)});`;
  }

  private key(action: Of<'tsd'> | Of<'key_delete'>): string {
    this.keys.add(action.key);
    const { key } = action;
    if (action.op === 'key_delete') return `key_delete_ (&k_${key}, ${quoted(key)});`;
    const dtor = action.dtor ?? null;
    const fn = this.handler(`td_${key}_${dtor ?? ''} (void *p U)`, 'tsd_dtor', key, dtor);
    return `tsd_ (&k_${key}, ${quoted(key)}, ${fn});`;
  }

  private fork(action: Of<'fork'>): string {
    const child = this.actions(action.child);
    const end = action.then === 'return' ? '' : `    ${action.then} (0);\n`;
    return `{\n  ev ("fork", 0, 0);\n  int p = fork ();\n  if (p == 0) {\n  ev ("fork.child", 0, 0);\n${child}${end}  } else {
    int st = 0;
    ev ("fork.wait", 0, p > 0 ? "ok" : "failed");
    while (sys6 (61, p, (long) &st, 0, 0, 0, 0) == -4);
    if (st & 127) evn ("fork.ret", "signal", st & 127); else evn ("fork.ret", "exit", st >> 8 & 255);
  }\n  }`;
  }

  private vfork(action: Of<'vfork'>): string {
    const child = this.actions(action.child);
    return `{\n  ev ("vfork", 0, 0);\n  int p = vfork ();\n  if (p == 0) {\n  ev ("vfork.child", 0, 0);\n${child}    _exit (0);\n  } else {
    int st = 0;
    while (sys6 (61, p, (long) &st, 0, 0, 0, 0) == -4);
    if (st & 127) evn ("vfork.ret", "signal", st & 127); else evn ("vfork.ret", "exit", st >> 8 & 255);\n  }\n  }`;
  }

  private signal({ thread, body }: Of<'signal'>): string {
    const known = this.signals.indexOf(body);
    const n = known < 0 ? this.signals.push(body) - 1 : known;
    this.handlers.set(`sig_${body} (int s U)`, `  b_${body} ();\n`);
    return `signal_ (${this.gate(thread)}, ${n}, sig_${body});`;
  }

  private registration(action: Action): string {
    switch (action.op) {
      case 'tls_dtor': {
        const fn = this.handler(`tl_${action.body} (void *p U)`, 'tls_dtor', action.body, action.body);
        return `evn ("tls_dtor.reg", ${quoted(action.body)}, __cxa_thread_atexit_impl (${fn}, 0, &__dso_handle));`;
      }
      case 'atexit':
      case 'at_quick_exit': {
        const fn = this.handler(`${action.op}_${action.body} (void)`, action.op, action.body, action.body);
        return `evn ("${action.op}.reg", ${quoted(action.body)}, ${action.op} (${fn}));`;
      }
      case 'on_exit': {
        const fn = this.handler(`on_${action.body} (int s U, void *p U)`, 'on_exit', action.body, action.body);
        return `evn ("on_exit.reg", ${quoted(action.body)}, on_exit (${fn}, 0));`;
      }
      case 'atfork': {
        const { name } = action;
        const fns = (['prepare', 'parent', 'child'] as const).map((which) =>
          this.handler(`af_${name}_${which} (void)`, `atfork.${which}`, name, action[which]),
        );
        return `evn ("atfork.reg", ${quoted(name)}, pthread_atfork (${fns.join(', ')}));`;
      }
      default:
        return this.claims(action);
    }
  }

  private claims(action: Action): string {
    switch (action.op) {
      case 'rseq':
        return `rseq_ (${action.cmd === 'unregister' ? 1 : 0}, ${this.area(action.area)}, ${action.sig ?? 'SIG'}, "${action.area}");`;
      case 'claim':
        this.need('NEED_SIZE');
        return `if (claim_ ()) rseq_ (0, ${this.area(action.area)}, SIG, "${action.area}");`;
      case 'claim_abi':
        return `if (claim_abi_ ()) rseq_ (0, ${this.area('abi')}, SIG, "abi");`;
      case 'claim_handled':
        this.need('NEED_HANDLED');
        return `if (claim_handled_ ()) rseq_ (0, ${this.area(action.area)}, SIG, "${action.area}");`;
      case 'release_handled': {
        this.need('NEED_HANDLED');
        const area = action.area ?? null;
        return `${area === null ? '' : `rseq_ (1, ${this.area(area)}, SIG, "${area}"); `}release_handled_ ();`;
      }
      case 'handled_info':
        this.need('NEED_HANDLED', 'NEED_HANDLED_INFO');
        return 'handled_info_ ();';
      case 'rseq_info':
        this.need('NEED_SIZE', 'NEED_LIBC_AREA');
        return 'rseq_info_ ();';
      case 'claim_busy_ok':
        return this.tried(action.op, action.area, action.undo === 'abort');
      case 'claim_note':
        return this.tried(action.op, action.area, false);
      case 'claimant':
        return this.claimant(action);
      default:
        throw new Error(`invariant: no C for action "${action.op}"`);
    }
  }

  /** A step of a claimant with a rule; all its steps that offer one area share their variables. */
  private claimant({ who, step, area }: Of<'claimant'>): string {
    this.area(area);
    const id = claimantName(who, area);
    const known = this.claimants.get(id) ?? { who, area, steps: new Set<string>() };
    this.claimants.set(id, known);
    known.steps.add(step);
    return `${step}_${id} ();`;
  }

  /** The functions of the claimants that the actions name, and what they need. */
  protected claimantFunctions(): string[] {
    return [...this.claimants.values()].map(({ who, area, steps }) => {
      const rule = claimantNamed(who)?.rule;
      if (rule === undefined) throw new Error(`invariant: claimant ${who} has no rule`);
      this.need(...claimantNeeds(rule, steps));
      return claimantSource({ who, area }, rule, steps);
    });
  }

  private tried(op: 'claim_busy_ok' | 'claim_note', area: AreaName, aborts: boolean): string {
    const key = `${op === 'claim_busy_ok' ? 'busy' : 'note'}_${area}`;
    this.marks.add(key);
    this.keys.add(key);
    const where = this.area(area);
    const fn = `td_${key} (void *p U)`;
    const undo = aborts
      ? this.claimant({ op: 'claimant', who: 'C-13', step: 'unregister', area })
      : `rseq_ (1, ${where}, SIG, "${area}");`;
    this.handlers.set(fn, `  ev ("tsd_dtor", "${key}", 0);\n  ${undo}\n`);
    return `if (try_claim_ ("${op}", &m_${key}, ${where}, "${area}", ${op === 'claim_busy_ok' ? 1 : 0})) tsd_ (&k_${key}, "${key}", td_${key});`;
  }
}
