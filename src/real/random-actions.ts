/**
 * Drawing what the functions of a random world do: actions, the handlers and thread bodies they name, the handles they open.
 *
 * What can go wrong: a handler that registers itself. It would run for ever, so a body can only name bodies drawn before it.
 */
import type { Action } from '../scenario/action-schema.js';
import type { Dice } from './dice.js';
import { marks, type Pool, type Style, type WorldKind } from './random-styles.js';

/** A shared object while it is being drawn; fields as in the world. */
export interface Draft {
  name: string;
  needed: string[];
  bodies: Record<string, Action[]>;
  funcs: string[];
  ifuncs: string[];
  hidden: Set<string>;
  handles: string[];
  /** Handles that some action closes; wild worlds close them again. */
  closed: Set<string>;
  libc: boolean;
}

/** Objects of a world while they are drawn, and the actions of their functions. */
export class ActionDraws {
  protected readonly drafts = new Map<string, Draft>();
  protected counter = 0;
  protected readonly dice: Dice;
  protected readonly style: Style;
  protected readonly kind: WorldKind;
  constructor(dice: Dice, style: Style, kind: WorldKind) {
    this.dice = dice;
    this.style = style;
    this.kind = kind;
  }

  protected get(name: string): Draft {
    const draft = this.drafts.get(name);
    if (draft === undefined) throw new Error(`invariant: no draft of ${name}`);
    return draft;
  }

  /** Objects that an object depends on, itself not counted. */
  protected reach(name: string): Draft[] {
    const seen = new Set<string>();
    const walk = (n: string) => {
      for (const next of this.get(n).needed) {
        if (seen.has(next)) continue;
        seen.add(next);
        walk(next);
      }
    };
    walk(name);
    seen.delete(name);
    return [...seen].map((n) => this.get(n));
  }

  protected actions(draft: Draft, pool: Pool, count: number, handler = false): Action[] {
    if (pool.length === 0) return [];
    return Array.from({ length: count }, () => this.action(draft, this.dice.weighted(pool), handler)).flat();
  }

  private fresh(letter: string): string {
    return `${letter}${++this.counter}`;
  }

  private body(draft: Draft, letter: 'e' | 'b'): string {
    const name = this.fresh(letter);
    const { dice, style } = this;
    const simple = style.handler.filter(([op]) => ['rseq', 'claim', 'rseq_info', 'mark'].includes(op));
    const pool =
      letter === 'e'
        ? this.kind === 'wild'
          ? style.handler
          : simple
        : style.main.filter(
            ([op]) => !['open', 'dlmopen', 'threads', 'fork', 'end', 'pthread_exit', 'dlclose'].includes(op),
          );
    const list =
      letter === 'e'
        ? dice.chance(0.6)
          ? this.actions(draft, pool.length > 0 ? pool : marks, 1, true)
          : []
        : this.actions(draft, pool.length > 0 ? pool : marks, dice.between(1, 3), true);
    if (letter === 'b' && draft.name === 'exe') {
      if (dice.chance(0.2)) list.push(...this.open(draft, this.kind !== 'wild'));
      if (dice.chance(0.12)) list.push({ op: 'pthread_exit' });
    }
    draft.bodies[name] = letter === 'b' && draft.name !== 'exe' ? list.map((action) => this.withoutTls(action)) : list;
    return name;
  }

  /** A library's thread touches no dynamic thread-local storage: below an audit module that corrupts the heap. */
  private withoutTls(action: Action): Action {
    if (action.op === 'rseq' || action.op === 'claim')
      return { ...action, area: action.area === 'tls' ? 'static' : action.area };
    return action;
  }

  /** dlopen, a call of what it has, dlclose; in libraries and bodies only the plain form. */
  private open(draft: Draft, plain = false): Action[] {
    const { dice } = this;
    const names = [...this.drafts.keys()].filter((n) => !['exe', 'm', 'n'].includes(n));
    if (names.length === 0) return [];
    const file = dice.pick(names);
    const as = this.fresh('h');
    draft.handles.push(as);
    const flags: ('now' | 'lazy' | 'global' | 'noload' | 'nodelete')[] = [dice.chance(0.65) ? 'now' : 'lazy'];
    if (dice.chance(0.3)) flags.push(dice.pick(['global', 'noload', 'nodelete']));
    const out: Action[] = [
      { op: 'dlopen', file, flags: dice.chance(0.03) && this.kind === 'wild' ? ['now', 'deepbind'] : flags, as },
    ];
    if (plain) {
      const closes = dice.chance(0.35) ? [{ op: 'dlclose' as const, handle: as }] : [];
      return [{ op: 'dlopen', file, flags: ['now'], as }, ...closes];
    }
    const { funcs, ifuncs: all, hidden } = this.get(file);
    const ifuncs = all.filter((sym) => !hidden.has(sym));
    if (dice.chance(0.6) && funcs.length + ifuncs.length > 0)
      out.push({ op: 'dlsym_call', handle: as, sym: dice.pick([...funcs, ...ifuncs]) });
    if (dice.chance(0.65)) {
      out.push({ op: 'dlclose', handle: as });
      draft.closed.add(as);
    }
    return out;
  }

  private close(draft: Draft): Action[] {
    const handles = draft.handles.filter((handle) => this.kind === 'wild' || !draft.closed.has(handle));
    if (handles.length === 0) return [];
    const handle = this.dice.pick(handles);
    draft.closed.add(handle);
    return [{ op: 'dlclose', handle }];
  }

  private dlmopen(draft: Draft): Action[] {
    const { dice } = this;
    const [first, ...rest] = this.open(draft);
    if (first === undefined || first.op !== 'dlopen') return [];
    const old = draft.handles.slice(0, -1);
    const ns = this.kind === 'wild' && old.length > 0 && dice.chance(0.3) ? dice.pick([...old, 'base']) : 'new';
    return [{ op: 'dlmopen', file: first.file, ns, flags: [dice.chance(0.6) ? 'now' : 'lazy'], as: first.as }, ...rest];
  }

  private threads(draft: Draft): Action[] {
    const { dice } = this;
    const as = this.fresh('t');
    const out: Action[] = [{ op: 'spawn', as, body: this.body(draft, 'b') }];
    const how = dice.between(0, 9);
    if (how < 6) out.push({ op: 'join', thread: as });
    else if (how < 9) out.push({ op: 'detach', thread: as });
    else out.push({ op: 'mark', text: 'parked' });
    return out;
  }

  private area(): 'static' | 'tls' | 'libc' {
    return this.dice.pick(['static', 'static', 'static', 'tls', 'tls', 'libc', 'libc']);
  }

  private action(draft: Draft, op: string, inHandler: boolean): Action[] {
    const { dice } = this;
    const opens = ['open', 'dlopen', 'dlmopen', 'threads', 'fork', 'atfork', 'exit'].includes(op);
    const isAuditor = draft.name === 'm' || draft.name === 'n';
    if (isAuditor && opens && (this.kind !== 'wild' || dice.chance(0.7))) return [{ op: 'rseq_info' }];
    if (!draft.libc && !['mark', 'call', 'rseq', 'rseq_info', 'claim'].includes(op))
      return [{ op: 'mark', text: this.fresh('x') }];
    switch (op) {
      case 'mark':
        return [{ op: 'mark', text: this.fresh('x') }];
      case 'call': {
        const syms = this.reach(draft.name).flatMap(({ funcs, ifuncs, hidden }) => [
          ...funcs,
          ...ifuncs.filter((sym) => !hidden.has(sym) && dice.chance(0.3)),
        ]);
        return syms.length === 0 ? [{ op: 'mark', text: this.fresh('x') }] : [{ op: 'call', sym: dice.pick(syms) }];
      }
      case 'rseq': {
        const cmd = dice.chance(0.35) ? 'register' : 'unregister';
        const area = cmd === 'register' ? dice.pick(['static', 'static', 'tls'] as const) : this.area();
        return [
          {
            op: 'rseq',
            cmd,
            area: draft.libc ? area : 'static',
            ...(cmd === 'register' && dice.chance(0.45) ? { sig: '0x11223344' } : {}),
          },
        ];
      }
      case 'claim':
        return [{ op: 'claim', area: draft.libc ? dice.pick(['static', 'static', 'tls'] as const) : 'static' }];
      case 'rseq_info':
        return [{ op: 'rseq_info' }];
      case 'atexit':
      case 'on_exit':
      case 'at_quick_exit':
      case 'tls_dtor':
        return [
          {
            op,
            body:
              inHandler && dice.chance(0.5) && Object.keys(draft.bodies).length > 0
                ? this.oldHandler(draft)
                : this.body(draft, 'e'),
          },
        ];
      case 'tsd':
        return [
          { op: 'tsd', key: dice.pick(['k1', 'k2', 'k3']), dtor: dice.chance(0.5) ? this.body(draft, 'e') : null },
        ];
      case 'key_delete':
        return [{ op: 'key_delete', key: dice.pick(['k1', 'k2', 'k3']) }];
      case 'atfork': {
        const body = this.body(draft, 'e');
        return [{ op: 'atfork', name: this.fresh('f'), prepare: body, parent: body, child: body }];
      }
      case 'fork':
        return [
          {
            op: 'fork',
            child: this.actions(
              draft,
              this.style.main.filter(([o]) => ['rseq', 'claim', 'rseq_info', 'mark', 'call'].includes(o)),
              1,
            ),
            // biome-ignore lint/suspicious/noThenProperty: the field's name in the recorded worlds; no promise is near
            then: dice.pick(this.kind === 'wild' ? ['_exit', 'exit', 'return'] : ['_exit', 'exit']), // oxlint-disable-line unicorn/no-thenable
          },
        ];
      case 'exit':
        return [{ op: 'exit', code: dice.between(0, 9) }];
      case 'dlopen':
      case 'open': {
        return this.open(draft, op === 'dlopen');
      }
      case 'dlmopen':
        // From a library it would open its own opener again and again, until the namespaces are used up.
        return draft.name === 'exe' ? this.dlmopen(draft) : this.open(draft, true);
      case 'dlclose':
        return this.close(draft);
      case 'threads':
        return this.threads(draft);
      case 'pthread_exit':
        return [{ op: 'pthread_exit' }];
      case 'end':
        return [{ op: dice.pick(['exit', '_exit', 'quick_exit']), code: dice.between(0, 9) }];
      case 'dlsym':
        return [
          {
            op: 'dlsym_call',
            handle: dice.pick(['default', 'next']),
            sym: dice.pick(['w_shared', 'w_a_f0', 'w_b_f0', 'w_c_f0']),
          },
        ];
      case 'v12':
        return this.v12();
      default:
        throw new Error(`invariant: no action is drawn for "${op}"`);
    }
  }

  private oldHandler(draft: Draft): string {
    const names = Object.keys(draft.bodies).filter(
      (name) => name.startsWith('e') && (draft.bodies[name] ?? []).length === 0,
    );
    return names.length > 0 ? this.dice.pick(names) : this.body(draft, 'e');
  }

  private v12(): Action[] {
    const area = this.dice.pick(['static', 'tls'] as const);
    return [
      this.dice.pick<Action>([
        { op: 'claim_abi' },
        { op: 'claim_handled', area },
        { op: 'release_handled', area: this.dice.chance(0.7) ? area : null },
        { op: 'handled_info' },
        { op: 'claim_busy_ok', area: 'static' },
        { op: 'claim_busy_ok', area: 'abi' },
        { op: 'claim_note', area: 'static' },
        { op: 'claim_note', area: 'tls' },
        { op: 'rseq', cmd: 'register', area: 'abi' },
      ]),
    ];
  }
}
