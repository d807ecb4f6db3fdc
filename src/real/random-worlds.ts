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
import { ActionDraws, type Draft } from './random-actions.js';
import { marks, rseqs, styles, type WorldKind } from './random-styles.js';

class WorldDraft extends ActionDraws {
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
    const ifuncs = dice.chance(style.ifuncs)
      ? [0, 1].slice(0, dice.chance(0.25) ? 2 : 1).map((i) => `w_${name}_i${i}`)
      : [];
    if (this.kind === 'wild' && name !== 'exe' && dice.chance(0.2)) funcs.push('w_shared');
    const libc = !(this.kind === 'wild' && name !== 'exe' && names.includes(name) && dice.chance(0.08));
    this.drafts.set(name, {
      name,
      needed: [],
      bodies: {},
      funcs,
      ifuncs,
      hidden: new Set(ifuncs.filter(() => dice.chance(0.25))),
      handles: [],
      closed: new Set(),
      libc,
    });
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
      draft.funcs.map((sym) => [
        sym,
        dice.chance(0.55)
          ? this.actions(draft, style.handler, 1)
          : dice.chance(0.3)
            ? this.actions(draft, marks, 1)
            : [],
      ]),
    );
    const ifuncs = Object.fromEntries(draft.ifuncs.map((sym) => [sym, this.ifunc(draft, sym)]));
    const flags = Object.entries(style.flags).flatMap(([flag, chance]) =>
      dice.chance(isExe ? chance / 4 : chance) ? [flag] : [],
    );
    if (isExe && this.kind === 'wild' && dice.chance(0.25)) flags.push('rdynamic');
    const refs = this.refs(draft);
    const main = isExe ? this.main(draft) : [];
    const preinit =
      isExe && dice.chance(0.25)
        ? [style === styles.order ? [] : this.actions(draft, style.ctor === marks ? [] : rseqs, dice.between(0, 1))]
        : [];
    const init = dice.chance(style.initFini)
      ? dice.chance(style.busy * 0.6)
        ? this.actions(draft, style.ctor, dice.between(1, 2))
        : []
      : undefined;
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
    const impl =
      this.kind === 'ifunc'
        ? dice.chance(0.4)
          ? this.actions(draft, [['mark', 1]], 1)
          : []
        : this.actions(
            draft,
            [
              ['rseq', 4],
              ['claim', 2],
              ['mark', 1],
            ],
            dice.between(0, 1),
          );
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
      .flatMap(({ ifuncs, hidden }) =>
        ifuncs.filter((sym) => !hidden.has(sym) || (this.kind === 'wild' && dice.chance(0.1))),
      )
      .filter(() => dice.chance(0.25))
      .map((sym) => ({ sym, how: dice.chance(0.5) ? ('data' as const) : ('call' as const) }));
    return dice.shuffle([...own, ...others]);
  }

  private audit(draft: Draft): NonNullable<WorldObject['audit']> {
    const { dice } = this;
    const names = [
      'la_version',
      'la_activity',
      'la_objopen',
      'la_preinit',
      'la_objclose',
      ...(dice.chance(0.3) ? ['la_objsearch'] : []),
      ...(dice.chance(0.25) ? ['la_symbind'] : []),
    ];
    return {
      callbacks: Object.fromEntries(
        names.map((name) => [
          name,
          name !== 'la_symbind' && dice.chance(0.1)
            ? this.actions(
                draft,
                [
                  ['rseq', 3],
                  ['claim', 1],
                  ['rseq_info', 1],
                ],
                1,
              )
            : [],
        ]),
      ),
    };
  }

  private main(draft: Draft): Action[] {
    const { dice, style } = this;
    const [low, high] = style.mainLength;
    const list = this.actions(draft, style.main, dice.between(low, high));
    const ended = list.findIndex(({ op }) => ['exit', '_exit', 'quick_exit', 'pthread_exit'].includes(op));
    const cut = ended < 0 ? list : list.slice(0, ended + 1);
    return ['rseq', 'mix', 'audit', 'static', 'wild'].includes(this.kind) && ended < 0
      ? [...cut, { op: 'rseq_info' }]
      : cut;
  }
}

/** Number of the world with this seed among the worlds of a kind; the same seed gives the same world. */
export function randomWorld(kind: WorldKind, seed: number): World {
  return new WorldDraft(new Dice(seed), styles[kind], kind).draw();
}
