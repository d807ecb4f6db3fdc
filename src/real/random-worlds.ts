/**
 * Random worlds in the style of the recorded ones: nine kinds, each with its own mixture of graphs, functions and actions, drawn
 * from a seed. Stands for the generator of the recordings, whose worlds show these proportions.
 *
 * What can go wrong: worlds that are too tame. A kind without cycles, shared dependencies or handlers registered late would never
 * meet the orders that differ.
 */
import type { Action } from '../scenario/action-schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';
import { Dice } from './dice.js';

/** Kinds of random worlds. */
export const worldKinds = ['audit', 'order', 'rseq', 'dl', 'thread', 'mix', 'ifunc', 'static', 'exit', 'wild'] as const;
export type WorldKind = (typeof worldKinds)[number];

type Pool = readonly (readonly [string, number])[];

interface Style {
  readonly objects: readonly [number, number];
  /** Chance that a later object is needed by an earlier one, and that a back edge exists. */
  readonly dense: number;
  readonly cyclic: number;
  readonly ifuncs: number;
  readonly initFini: number;
  readonly prio: number;
  readonly flags: Readonly<Record<string, number>>;
  readonly audit: number;
  readonly preload: number;
  readonly rseqTunable: number;
  readonly sortTunable: number;
  readonly bindNow: number;
  readonly nopie: number;
  /** Chance that a constructor, a destructor, a function does something. */
  readonly busy: number;
  readonly ctor: Pool;
  readonly handler: Pool;
  readonly main: Pool;
  readonly mainLength: readonly [number, number];
}

const rseqs: Pool = [
  ['rseq', 4],
  ['claim', 4],
  ['rseq_info', 3],
  ['mark', 2],
  ['call', 1],
];
const exits: Pool = [
  ['atexit', 5],
  ['on_exit', 3],
  ['tls_dtor', 4],
  ['mark', 3],
  ['call', 1],
  ['tsd', 2],
  ['at_quick_exit', 1],
];
const marks: Pool = [
  ['mark', 4],
  ['call', 2],
];

const base: Style = {
  objects: [2, 6],
  dense: 0.4,
  cyclic: 0.25,
  ifuncs: 0,
  initFini: 0.15,
  prio: 0,
  flags: {},
  audit: 0,
  preload: 0,
  rseqTunable: 0,
  sortTunable: 0,
  bindNow: 0,
  nopie: 0,
  busy: 0.35,
  ctor: marks,
  handler: [['mark', 1]],
  main: [['mark', 1]],
  mainLength: [1, 5],
};

const styles: Readonly<Record<WorldKind, Style>> = {
  audit: {
    ...base,
    ifuncs: 0.35,
    initFini: 0,
    audit: 1,
    preload: 0.25,
    rseqTunable: 0.3,
    sortTunable: 0.15,
    busy: 0.6,
    ctor: [...rseqs, ['threads', 2]],
    handler: rseqs,
    main: [...rseqs, ['open', 6], ['threads', 4], ['dlmopen', 2]],
  },
  order: { ...base, objects: [3, 10], cyclic: 0.35, initFini: 0.22, prio: 0.2, flags: { initfirst: 0.08 }, sortTunable: 0.5, preload: 0.1, busy: 0.02, mainLength: [0, 0] },
  rseq: {
    ...base,
    objects: [2, 6],
    ifuncs: 0.35,
    initFini: 0.25,
    flags: { initfirst: 0.18 },
    audit: 0.2,
    preload: 0.25,
    rseqTunable: 0.6,
    busy: 0.6,
    ctor: [...rseqs, ['tls_dtor', 1], ['tsd', 1.5], ['threads', 1], ['fork', 0.5], ['atfork', 0.7]],
    handler: [...rseqs, ['tls_dtor', 0.6], ['tsd', 0.5]],
    main: [...rseqs, ['open', 5], ['threads', 6], ['fork', 1.5], ['tsd', 0.7], ['tls_dtor', 0.6], ['dlmopen', 1]],
  },
  dl: {
    ...base,
    objects: [3, 7],
    initFini: 0.12,
    flags: { initfirst: 0.06, nodelete: 0.09 },
    sortTunable: 0.35,
    ctor: [...exits, ['dlopen', 6], ['rseq_info', 0.4], ['claim', 0.3]],
    handler: [['mark', 1]],
    main: [['open', 10], ['dlmopen', 1], ['atexit', 1], ['on_exit', 0.4], ['call', 0.8], ['tls_dtor', 0.6], ['dlclose', 2]],
    mainLength: [3, 8],
  },
  thread: {
    ...base,
    objects: [2, 4],
    rseqTunable: 0.2,
    initFini: 0,
    cyclic: 0.1,
    ctor: [...exits, ['threads', 3], ['fork', 0.6], ['atfork', 1]],
    handler: [...exits],
    main: [['threads', 8], ['open', 1.5], ['fork', 1], ['tls_dtor', 0.7], ['tsd', 0.6], ['atexit', 0.7], ['on_exit', 0.3], ['mark', 0.7]],
    mainLength: [3, 7],
  },
  mix: {
    ...base,
    objects: [2, 7],
    ifuncs: 0.35,
    initFini: 0.2,
    prio: 0.25,
    flags: { initfirst: 0.07, nodelete: 0.1, now: 0.08 },
    audit: 0.22,
    preload: 0.14,
    rseqTunable: 0.3,
    sortTunable: 0.22,
    bindNow: 0.06,
    nopie: 0.17,
    busy: 0.55,
    ctor: [...rseqs, ...exits, ['dlopen', 4], ['threads', 3], ['fork', 0.6], ['atfork', 1.5], ['exit', 0.4]],
    handler: [...rseqs, ...exits],
    main: [...rseqs, ...exits, ['open', 8], ['threads', 5], ['fork', 1.5], ['dlmopen', 1.5], ['end', 0.6], ['pthread_exit', 0.2]],
    mainLength: [2, 6],
  },
  ifunc: { ...base, ifuncs: 0.75, cyclic: 0.3, flags: { now: 0.08 }, preload: 0.22, bindNow: 0.12, nopie: 0.22, main: [['open', 3], ['call', 3], ['mark', 1]], initFini: 0 },
  static: {
    ...base,
    objects: [0, 0],
    initFini: 0.5,
    rseqTunable: 0.15,
    ifuncs: 0.3,
    busy: 0.5,
    ctor: [...rseqs, ...exits],
    handler: [...rseqs, ...exits],
    main: [...rseqs, ...exits, ['threads', 6], ['end', 1], ['fork', 1]],
    mainLength: [2, 6],
  },
  exit: {
    ...base,
    objects: [2, 5],
    initFini: 0,
    ctor: [...exits, ['dlopen', 3], ['threads', 2.5], ['fork', 1], ['atfork', 2], ['exit', 1.5]],
    handler: [...exits],
    main: [...exits, ['open', 6], ['threads', 4], ['fork', 1], ['end', 2], ['pthread_exit', 0.5]],
    mainLength: [2, 6],
  },
  wild: {
    ...base,
    objects: [2, 7],
    ifuncs: 0.3,
    initFini: 0.25,
    prio: 0.3,
    flags: { initfirst: 0.08, nodelete: 0.1, now: 0.08, interpose: 0.1 },
    audit: 0.3,
    preload: 0.25,
    rseqTunable: 0.3,
    sortTunable: 0.3,
    bindNow: 0.1,
    nopie: 0.12,
    busy: 0.6,
    ctor: [...rseqs, ...exits, ['dlopen', 4], ['dlmopen', 1], ['threads', 2], ['fork', 0.6], ['atfork', 1.5], ['exit', 0.3], ['v12', 3], ['dlsym', 2]],
    handler: [...rseqs, ...exits, ['v12', 2], ['dlopen', 1], ['dlsym', 1]],
    main: [...rseqs, ...exits, ['open', 8], ['threads', 5], ['fork', 1.5], ['dlmopen', 3], ['end', 0.6], ['v12', 3], ['dlsym', 2], ['dlclose', 2], ['key_delete', 0.5]],
    mainLength: [3, 9],
  },
};

/** A shared object while it is being drawn; fields as in the world. */
interface Draft {
  name: string;
  needed: string[];
  bodies: Record<string, Action[]>;
  funcs: string[];
  ifuncs: string[];
  hidden: Set<string>;
  handles: string[];
  libc: boolean;
}

class WorldDraft {
  private readonly drafts = new Map<string, Draft>();
  private counter = 0;
  private readonly dice: Dice;
  private readonly style: Style;
  private readonly kind: WorldKind;
  constructor(dice: Dice, style: Style, kind: WorldKind) {
    this.dice = dice;
    this.style = style;
    this.kind = kind;
  }

  draw(): World {
    const { dice, style } = this;
    const count = dice.between(...style.objects);
    const names = [...'abcdefghij'].slice(0, count);
    const auditors = dice.chance(style.audit) ? ['m', 'n'].slice(0, dice.chance(0.25) ? 2 : 1) : [];
    for (const name of ['exe', ...names, ...auditors]) this.draft(name, names);
    this.connect(names, auditors);
    const preload = dice.chance(style.preload) ? dice.some(names, dice.between(1, 3)) : [];
    const tunables = {
      ...(dice.chance(style.rseqTunable) ? { 'glibc.pthread.rseq': dice.chance(0.6) ? '0' : '1' } : {}),
      ...(dice.chance(style.sortTunable) ? { 'glibc.rtld.dynamic_sort': dice.chance(0.5) ? '1' : '2' } : {}),
    };
    const objects = Object.fromEntries([...names, ...auditors].map((name) => [name, this.object(name)]));
    return {
      exe: this.object('exe'),
      objects,
      ...(preload.length > 0 ? { preload } : {}),
      ...(auditors.length > 0 ? { audit: auditors } : {}),
      ...(Object.keys(tunables).length > 0 ? { tunables } : {}),
      ...(dice.chance(style.bindNow) ? { bind_now: true } : {}),
    };
  }

  private draft(name: string, names: readonly string[]): void {
    const { dice, style } = this;
    const funcs = name === 'exe' ? [] : [0, 1].slice(0, dice.pick([0, 1, 1, 2])).map((i) => `w_${name}_f${i}`);
    const ifuncs = dice.chance(style.ifuncs) ? [0, 1].slice(0, dice.chance(0.25) ? 2 : 1).map((i) => `w_${name}_i${i}`) : [];
    if (this.kind === 'wild' && name !== 'exe' && dice.chance(0.2)) funcs.push('w_shared');
    const libc = !(this.kind === 'wild' && name !== 'exe' && names.includes(name) && dice.chance(0.08));
    this.drafts.set(name, { name, needed: [], bodies: {}, funcs, ifuncs, hidden: new Set(ifuncs.filter(() => dice.chance(0.25))), handles: [], libc });
  }

  /** Dependencies: mostly forward in the alphabet, sometimes backward. */
  private connect(names: readonly string[], auditors: readonly string[]): void {
    const { dice, style } = this;
    const cyclic = dice.chance(style.cyclic);
    names.forEach((name, i) => {
      const later = names.slice(i + 1).filter(() => dice.chance(style.dense));
      const earlier = cyclic ? names.slice(0, i).filter(() => dice.chance(0.3)) : [];
      const needed = dice.shuffle([...later, ...earlier]).slice(0, 5);
      if (dice.chance(0.03) && needed[0] !== undefined) needed.push(needed[0]);
      this.get(name).needed = needed;
    });
    for (const name of auditors) if (dice.chance(0.45) && names.length > 0) this.get(name).needed = [dice.pick(names)];
    if (names.length > 0) this.get('exe').needed = dice.some(names, dice.pick([1, 1, 1, 2, 2, 3, 4]));
  }

  private get(name: string): Draft {
    const draft = this.drafts.get(name);
    if (draft === undefined) throw new Error(`invariant: no draft of ${name}`);
    return draft;
  }

  /** Objects that an object depends on, itself not counted. */
  private reach(name: string): Draft[] {
    const seen = new Set<string>();
    const walk = (n: string) => {
      for (const next of this.get(n).needed) if (!seen.has(next)) [seen.add(next), walk(next)];
    };
    walk(name);
    seen.delete(name);
    return [...seen].map((n) => this.get(n));
  }

  private object(name: string): WorldObject {
    const { dice, style } = this;
    const draft = this.get(name);
    const isExe = name === 'exe';
    const isAuditor = name === 'm' || name === 'n';
    const array = (chances: readonly number[], busy: number) =>
      Array.from({ length: dice.pick(chances) }, () => ({
        ...(dice.chance(style.prio) ? { prio: dice.pick([101, 150, 500, 1000, 65535]) } : {}),
        ...(dice.chance(busy) ? { do: this.actions(draft, style.ctor, dice.between(1, 3)) } : {}),
      }));
    const ctors = array(isExe ? [0, 0, 0, 1] : [0, 1, 1, 1, 2], style.busy);
    const dtors = array([0, 1, 1, 2], style.busy * 0.4).map((entry) => this.quiet(entry));
    const funcs = Object.fromEntries(
      draft.funcs.map((sym) => [sym, dice.chance(0.55) ? this.actions(draft, style.handler, 1) : dice.chance(0.3) ? this.actions(draft, marks, 1) : []]),
    );
    const ifuncs = Object.fromEntries(draft.ifuncs.map((sym) => [sym, this.ifunc(draft, sym)]));
    const flags = Object.entries(style.flags).flatMap(([flag, chance]) => (dice.chance(isExe ? chance / 4 : chance) ? [flag] : []));
    if (isExe && this.kind === 'wild' && dice.chance(0.25)) flags.push('rdynamic');
    const refs = this.refs(draft);
    const main = isExe ? this.main(draft) : [];
    const preinit = isExe && dice.chance(0.25) ? [style === styles.order ? [] : this.actions(draft, style.ctor === marks ? [] : rseqs, dice.between(0, 1))] : [];
    const init = dice.chance(style.initFini) ? (dice.chance(style.busy * 0.6) ? this.actions(draft, style.ctor, dice.between(1, 2)) : []) : undefined;
    const fini = dice.chance(style.initFini) ? [] : undefined;
    const audit = isAuditor ? this.audit(draft) : undefined;
    const kinds = { static: dice.chance(0.3) ? 'static' : 'static-pie' } as const;
    const kind = this.kind === 'static' ? kinds.static : dice.chance(style.nopie) ? 'nopie' : 'pie';
    return {
      ...(isExe ? { kind } : {}),
      ...(draft.needed.length > 0 ? { needed: draft.needed } : {}),
      ...(draft.libc ? {} : { libc: false }),
      ...(Object.keys(draft.bodies).length > 0 ? { bodies: draft.bodies } : {}),
      ...(draft.funcs.length > 0 ? { funcs } : {}),
      ...(ctors.length > 0 ? { ctors } : {}),
      ...(dtors.length > 0 ? { dtors } : {}),
      ...(init === undefined ? {} : { init }),
      ...(fini === undefined ? {} : { fini }),
      ...(draft.ifuncs.length > 0 ? { ifuncs } : {}),
      ...(refs.length > 0 ? { refs } : {}),
      ...(flags.length > 0 ? { flags: flags as NonNullable<WorldObject['flags']> } : {}),
      ...(preinit.length > 0 ? { preinit } : {}),
      ...(audit === undefined ? {} : { audit }),
      ...(isExe ? { main } : {}),
      ...(isExe && dice.chance(0.12) ? { exit_code: dice.between(1, 99) } : {}),
    };
  }

  /** A destructor neither exits nor forks nor creates threads, as in the recordings. */
  private quiet(entry: { prio?: number; do?: Action[] }): { prio?: number; do?: Action[] } {
    if (entry.do === undefined) return entry;
    const loud = new Set(['exit', 'fork', 'spawn', 'join', 'detach', 'atfork', 'dlopen', 'dlclose']);
    const quiet = entry.do.filter(({ op }) => this.kind === 'wild' || !loud.has(op));
    return quiet.length > 0 ? { ...entry, do: quiet } : entry.prio === undefined ? {} : { prio: entry.prio };
  }

  private ifunc(draft: Draft, sym: string): NonNullable<WorldObject['ifuncs']>[string] {
    const { dice } = this;
    const impl = this.kind === 'ifunc' ? (dice.chance(0.4) ? this.actions(draft, [['mark', 1]], 1) : []) : this.actions(draft, [['rseq', 4], ['claim', 2], ['mark', 1]], dice.between(0, 1));
    const resolver: Action[] = dice.chance(0.4)
      ? [dice.chance(0.65) ? { op: 'rseq', cmd: 'register', area: 'static' } : { op: 'mark', text: 'r' }]
      : [];
    return { resolver, impl, ...(draft.hidden.has(sym) ? { hidden: true } : {}) };
  }

  private refs(draft: Draft): { sym: string; how: 'data' | 'call' }[] {
    const { dice, style } = this;
    if (style.ifuncs === 0) return [];
    const own = draft.ifuncs.filter(() => dice.chance(0.6)).map((sym) => ({ sym, how: 'data' as const }));
    const others = this.reach(draft.name)
      .flatMap(({ ifuncs, hidden }) => ifuncs.filter((sym) => !hidden.has(sym) || (this.kind === 'wild' && dice.chance(0.1))))
      .filter(() => dice.chance(0.25))
      .map((sym) => ({ sym, how: dice.chance(0.5) ? ('data' as const) : ('call' as const) }));
    return dice.shuffle([...own, ...others]);
  }

  private audit(draft: Draft): NonNullable<WorldObject['audit']> {
    const { dice } = this;
    const names = ['la_version', 'la_activity', 'la_objopen', 'la_preinit', 'la_objclose', ...(dice.chance(0.3) ? ['la_objsearch'] : []), ...(dice.chance(0.25) ? ['la_symbind'] : [])];
    return {
      callbacks: Object.fromEntries(names.map((name) => [name, name !== 'la_symbind' && dice.chance(0.1) ? this.actions(draft, [['rseq', 3], ['claim', 1], ['rseq_info', 1]], 1) : []])),
    };
  }

  private actions(draft: Draft, pool: Pool, count: number, handler = false): Action[] {
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
    const pool = letter === 'e' ? (this.kind === 'wild' ? style.handler : simple) : style.main.filter(([op]) => !['open', 'dlmopen', 'threads', 'fork', 'end', 'pthread_exit', 'dlclose'].includes(op));
    const list = letter === 'e' ? (dice.chance(0.6) ? this.actions(draft, pool.length > 0 ? pool : marks, 1, true) : []) : this.actions(draft, pool.length > 0 ? pool : marks, dice.between(1, 3), true);
    if (letter === 'b' && draft.name === 'exe') {
      if (dice.chance(0.2)) list.push(...this.open(draft, this.kind !== 'wild'));
      if (dice.chance(0.12)) list.push({ op: 'pthread_exit' });
    }
    draft.bodies[name] = list;
    return name;
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
    const out: Action[] = [{ op: 'dlopen', file, flags: dice.chance(0.03) && this.kind === 'wild' ? ['now', 'deepbind'] : flags, as }];
    if (plain) {
      const closes = dice.chance(0.35) ? [{ op: 'dlclose' as const, handle: as }] : [];
      return [{ op: 'dlopen', file, flags: ['now'], as }, ...closes];
    }
    const { funcs, ifuncs: all, hidden } = this.get(file);
    const ifuncs = all.filter((sym) => !hidden.has(sym));
    if (dice.chance(0.6) && funcs.length + ifuncs.length > 0) out.push({ op: 'dlsym_call', handle: as, sym: dice.pick([...funcs, ...ifuncs]) });
    if (dice.chance(0.65)) out.push({ op: 'dlclose', handle: as });
    return out;
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
    if (!draft.libc && !['mark', 'call', 'rseq', 'rseq_info', 'claim'].includes(op)) return [{ op: 'mark', text: this.fresh('x') }];
    switch (op) {
      case 'mark':
        return [{ op: 'mark', text: this.fresh('x') }];
      case 'call': {
        const syms = this.reach(draft.name).flatMap(({ funcs, ifuncs, hidden }) => [...funcs, ...ifuncs.filter((sym) => !hidden.has(sym) && dice.chance(0.3))]);
        return syms.length === 0 ? [{ op: 'mark', text: this.fresh('x') }] : [{ op: 'call', sym: dice.pick(syms) }];
      }
      case 'rseq': {
        const cmd = dice.chance(0.35) ? 'register' : 'unregister';
        const area = cmd === 'register' ? dice.pick(['static', 'static', 'tls'] as const) : this.area();
        return [{ op: 'rseq', cmd, area: draft.libc ? area : 'static', ...(cmd === 'register' && dice.chance(0.45) ? { sig: '0x11223344' } : {}) }];
      }
      case 'claim':
        return [{ op: 'claim', area: draft.libc ? dice.pick(['static', 'static', 'tls'] as const) : 'static' }];
      case 'rseq_info':
        return [{ op: 'rseq_info' }];
      case 'atexit':
      case 'on_exit':
      case 'at_quick_exit':
      case 'tls_dtor':
        return [{ op, body: inHandler && dice.chance(0.5) && Object.keys(draft.bodies).length > 0 ? this.oldHandler(draft) : this.body(draft, 'e') }];
      case 'tsd':
        return [{ op: 'tsd', key: dice.pick(['k1', 'k2', 'k3']), dtor: dice.chance(0.5) ? this.body(draft, 'e') : null }];
      case 'key_delete':
        return [{ op: 'key_delete', key: dice.pick(['k1', 'k2', 'k3']) }];
      case 'atfork': {
        const body = this.body(draft, 'e');
        return [{ op: 'atfork', name: this.fresh('f'), prepare: body, parent: body, child: body }];
      }
      case 'fork':
        return [{ op: 'fork', child: this.actions(draft, this.style.main.filter(([o]) => ['rseq', 'claim', 'rseq_info', 'mark', 'call'].includes(o)), 1), then: dice.pick(this.kind === 'wild' ? ['_exit', 'exit', 'return'] : ['_exit', 'exit']) }];
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
        return draft.handles.length > 0 ? [{ op: 'dlclose', handle: dice.pick(draft.handles) }] : [];
      case 'threads':
        return this.threads(draft);
      case 'pthread_exit':
        return [{ op: 'pthread_exit' }];
      case 'end':
        return [{ op: dice.pick(['exit', '_exit', 'quick_exit']), code: dice.between(0, 9) }];
      case 'dlsym':
        return [{ op: 'dlsym_call', handle: dice.pick(['default', 'next']), sym: dice.pick(['w_shared', 'w_a_f0', 'w_b_f0', 'w_c_f0']) }];
      case 'v12':
        return this.v12();
      default:
        throw new Error(`invariant: no action is drawn for "${op}"`);
    }
  }

  private oldHandler(draft: Draft): string {
    const names = Object.keys(draft.bodies).filter((name) => name.startsWith('e') && (draft.bodies[name] ?? []).length === 0);
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

  private main(draft: Draft): Action[] {
    const { dice, style } = this;
    const [low, high] = style.mainLength;
    const list = this.actions(draft, style.main, dice.between(low, high));
    const ended = list.findIndex(({ op }) => ['exit', '_exit', 'quick_exit', 'pthread_exit'].includes(op));
    const cut = ended < 0 ? list : list.slice(0, ended + 1);
    return ['rseq', 'mix', 'audit', 'static', 'wild'].includes(this.kind) && ended < 0 ? [...cut, { op: 'rseq_info' }] : cut;
  }
}

/** Number of the world with this seed among the worlds of a kind; the same seed gives the same world. */
export function randomWorld(kind: WorldKind, seed: number): World {
  return new WorldDraft(new Dice(seed), styles[kind], kind).draw();
}
