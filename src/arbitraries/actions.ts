/**
 * What the functions of a generated object do: each number of a recipe chooses among the actions that the world's features bring
 * and the place allows. A drawn action may be a small episode: a library opened, used and closed again, a thread started and joined.
 *
 * What can go wrong: a function that runs itself. Functions call those of later libraries only, and handlers call nothing.
 */
import { offering } from '../rseq/claimants.js';
import type { Action, ActionList } from '../scenario/action-schema.js';
import { type Area, type Cast, nth, placed, type Way } from './cast.js';
import { bare, type KindName, kinds, type Where } from './kinds.js';
import type { ActionDraw, FunctionDraw, ObjectDraw } from './recipe.js';

interface Handle {
  readonly as: string;
  readonly file: string;
}

const openModes: readonly (readonly ('now' | 'lazy' | 'global' | 'nodelete')[])[] = [
  ['now'],
  ['now', 'global'],
  ['now', 'nodelete'],
  ['lazy'],
];

/** Writes the functions of one object; what an earlier one opened or started, a later one can use. */
export class FunctionWriter {
  readonly #handles: Handle[] = [];
  /** What a body does before anything that is drawn for it. */
  readonly #first = new Map<string, Action[]>();
  /** Bodies that some action names. */
  readonly named = new Set<string>();
  readonly #keys: string[] = [];
  #threads = 0;
  #marks = 0;

  constructor(
    private readonly cast: Cast,
    private readonly self: string,
    /** Names that an object of this world may have as thread bodies. */
    private readonly bodies: readonly string[],
  ) {}

  /** The actions of one function. */
  write(drawn: FunctionDraw, where: Where): Action[] {
    const out: Action[] = [];
    let at = 0;
    while (at < drawn.length) {
      const one = drawn[at] as ActionDraw;
      const kind = this.#kindOf(one[0], where);
      const inside = spans.has(kind) ? drawn.slice(at + 1, at + 1 + (kind === 'both' ? 1 : one[3])) : [];
      out.push(...this.#action(kind, one, { inside, where }));
      at += 1 + inside.length;
    }
    return out;
  }

  #kindOf(drawn: number, where: Where): KindName {
    const libc = !(this.cast.isLibc && this.self === 'exe');
    const pool = kinds.flatMap(({ name, feature, weight, where: places }) => {
      const much = feature === undefined ? 1 : this.cast.swarm[feature];
      return much > 0 && places.includes(where) && (libc || bare.has(name)) ? [[name, weight * much] as const] : [];
    });
    let at = (drawn * pool.reduce((sum, [, weight]) => sum + weight, 0)) / 1000;
    for (const [name, weight] of pool) {
      at -= weight;
      if (at < 0) return name;
    }
    return 'mark';
  }

  #action(kind: KindName, drawn: ActionDraw, around: Around): Action[] {
    const [, which, how] = drawn;
    switch (kind) {
      case 'read':
        return [{ op: which % 2 === 0 ? 'rseq_info' : 'handled_info' }];
      case 'register':
        return [{ op: 'rseq', cmd: 'register', area: this.#area(how) }];
      case 'unregister':
        return [{ op: 'rseq', cmd: 'unregister', area: this.#area(how) }];
      case 'ask':
        return [asking(nth(this.cast.ways, which), this.#area(how))];
      case 'release':
        return [{ op: 'release_handled', area: how % 2 === 0 ? null : this.#area(how >> 1) }];
      case 'step':
        return this.#step(which, how);
      case 'section':
        return [{ op: 'section' }];
      case 'filter':
        return [{ op: 'seccomp', action: nth(['EPERM', 'EACCES', 'ENOSYS', 'KILL'] as const, how) }];
      case 'call':
      case 'find':
        return this.#call(kind, which, around.where);
      case 'key':
      case 'forget':
        return [this.#key(kind, which, how)];
      case 'atEnd':
        return [{ op: nth(['tls_dtor', 'tls_dtor', 'atexit'] as const, how), body: this.#body('late') }];
      case 'fork':
      case 'vfork':
        return [this.#child(kind, how, around)];
      case 'thread':
        return this.#thread(drawn, around);
      case 'life':
        return this.#life(this.#newHandle(which), which >> 2, how);
      case 'both':
        return this.#both(how, around);
      default:
        return this.#library(kind, drawn, around);
    }
  }

  #mark(): Action {
    return { op: 'mark', text: `${this.self}${++this.#marks}` };
  }

  #key(kind: 'key' | 'forget', which: number, how: number): Action {
    if (kind === 'forget') {
      const key = this.#keys.at(which % Math.max(1, this.#keys.length));
      return key === undefined ? this.#mark() : { op: 'key_delete', key };
    }
    const key = nth(['k', 'l'], which);
    this.#keys.push(key);
    return { op: 'tsd', key, dtor: how % 6 === 5 ? null : this.#body('late') };
  }

  #body(name: string): string {
    this.named.add(name);
    return name;
  }

  #area(drawn: number): Area {
    return this.cast.isLibc && this.self === 'exe' ? 'static' : nth(this.cast.areas, drawn);
  }

  #step(which: number, how: number): Action[] {
    const party = nth(this.cast.parties, which);
    const { init = [], act, leave = [], undo } = party.actions;
    const steps = nth<ActionList>([act, act, act, init, leave, undo], how);
    return steps.length === 0 ? [this.#mark()] : offering(steps, party.area).map((action): Action => action);
  }

  /** A function of a library that is there from the start; from a function, of a later one only. */
  #call(kind: 'call' | 'find', which: number, where: Where): Action[] {
    const there = placed(this.cast, 'needed', 'preload').filter((name) => where !== 'func' || name > this.self);
    const own = kind === 'find' && where !== 'func' && this.self !== 'exe' ? [this.self] : [];
    const names = [...there.filter((name) => kind === 'call' || name !== this.self), ...own];
    if (names.length === 0) return [this.#mark()];
    const sym = `w_${nth(names, which)}`;
    return kind === 'call' ? [{ op: 'call', sym }] : [{ op: 'dlsym_call', handle: 'default', sym }];
  }

  #child(op: 'fork' | 'vfork', how: number, { inside }: Around): Action {
    const child = this.write(inside, 'child');
    // biome-ignore lint/suspicious/noThenProperty: the field's name in the recorded worlds; no promise is near
    return op === 'fork' ? { op, child, then: nth(['_exit', 'exit'] as const, how) } : { op, child }; // oxlint-disable-line unicorn/no-thenable
  }

  /** A thread's body: what an action that started it wants done, then what is drawn. */
  body(name: string, drawn: FunctionDraw): Action[] {
    const own = this.write(drawn, 'body');
    return [...(this.#first.get(name) ?? []), ...own];
  }

  /** The life of a library that was there for being opened, and that nothing written so far opens. */
  lifeOf(file: string, { mode, life }: ObjectDraw): Action[] {
    if (this.#handles.some((handle) => handle.file === file)) return [];
    const handle = this.#handleOf(file);
    return life === 0 ? [opening(handle, mode)] : this.#life(handle, mode, life);
  }

  /** A library's life: opened, used here or in a thread, closed by whoever used it or afterwards, and the program goes on. */
  #life(handle: Handle | undefined, mode: number, how: number): Action[] {
    if (handle === undefined) return [this.#mark()];
    const { as, file } = handle;
    const open = opening(handle, mode);
    const use: Action = { op: 'dlsym_call', handle: as, sym: `w_${file}` };
    const close: Action = { op: 'dlclose', handle: as };
    const [closesAfter, closesAtOnce] = nth(
      [
        [true, false],
        [false, true],
        [true, false],
        [false, false],
      ] as const,
      how >> 1,
    );
    const used = [use, ...(closesAtOnce ? [close] : [])];
    const after: Action[] = closesAfter ? [close] : [];
    if (this.cast.swarm.threads === 0 || how % 2 === 0) return [open, ...used, ...after];
    const body = this.#doing(used);
    const goesOn = (how >> 4) % 2 === 1 ? this.#started(this.#body(nth(this.bodies, 1))) : [];
    const beside = (how >> 3) % 4 === 3 ? [use] : [];
    return [open, ...this.#started(body, beside), ...after, ...goesOn];
  }

  /** A thread and its creator do the same thing side by side, or two threads do. */
  #both(how: number, { inside }: Around): Action[] {
    const same = this.write(inside, 'beside');
    const body = this.#doing(same);
    const [one, other] = [`t${++this.#threads}`, `t${this.#threads + 1}`];
    const start = (as: string): Action => ({ op: 'start', as, body });
    const join = (thread: string): Action => ({ op: 'join', thread });
    if (how % 2 === 0) return [start(one), ...same, join(one)];
    this.#threads++;
    return [start(one), start(other), join(one), join(other)];
  }

  /** A body that begins with these actions; rather one that begins with no others. */
  #doing(actions: readonly Action[]): string {
    const body = this.#body(this.bodies.find((name) => !this.#first.has(name)) ?? nth(this.bodies, 0));
    this.#first.set(body, [...(this.#first.get(body) ?? []), ...actions]);
    return body;
  }

  /** A thread that is joined at once, or after something that its creator does beside it. */
  #started(body: string, beside: readonly Action[] = []): Action[] {
    const as = `t${++this.#threads}`;
    return [{ op: 'start', as, body }, ...beside, { op: 'join', thread: as }];
  }

  #thread([, which, how]: ActionDraw, { inside, where }: Around): Action[] {
    const as = `t${++this.#threads}`;
    const op = nth(['start', 'start', 'spawn', 'spawn'] as const, how);
    const begin: Action = { op, as, body: this.#body(nth(this.bodies, which)) };
    const signalled = this.cast.swarm.signals > 0 && op === 'start' && which % 4 < 3;
    const signal: Action[] = signalled ? [{ op: 'signal', thread: as, body: this.#body('late') }] : [];
    const end: Action = how % 20 === 19 ? { op: 'detach', thread: as } : { op: 'join', thread: as };
    return [begin, ...signal, ...this.write(inside, where), end];
  }

  #library(kind: KindName, drawn: ActionDraw, around: Around): Action[] {
    const [, which, how] = drawn;
    if (kind === 'open' || kind === 'apart') return this.#open(kind, drawn, around);
    const handle = this.#handles.at(-1 - (which % Math.max(1, this.#handles.length)));
    if (handle === undefined || kind === 'mark') return [this.#mark()];
    if (kind === 'close') return [{ op: 'dlclose', handle: handle.as }];
    return [{ op: 'dlsym_call', handle: how % 8 === 7 ? 'default' : handle.as, sym: `w_${handle.file}` }];
  }

  /** A handle of a library, rather of one that is there for being opened; undefined where there is none. */
  #newHandle(which: number): Handle | undefined {
    const names = placed(this.cast, 'opened', 'needed').filter((name) => name !== this.self);
    if (names.length === 0) return undefined;
    const opened = placed(this.cast, 'opened').filter((name) => name !== this.self);
    return this.#handleOf(nth([...opened, ...opened, ...names], which));
  }

  #handleOf(file: string): Handle {
    const handle = { as: `h${this.#handles.length + 1}`, file };
    this.#handles.push(handle);
    return handle;
  }

  /** A library opened; perhaps used at once, and closed after what stands between. */
  #open(kind: 'open' | 'apart', [, which, how]: ActionDraw, { inside, where }: Around): Action[] {
    const handle = this.#newHandle(which);
    if (handle === undefined) return [this.#mark()];
    const { as, file } = handle;
    const open: Action =
      kind === 'open' ? opening(handle, how) : { op: 'dlmopen', file, ns: 'new', flags: ['now'], as };
    const use: Action[] = Math.floor(how / 5) % 2 === 1 ? [{ op: 'dlsym_call', handle: as, sym: `w_${file}` }] : [];
    const close: Action[] = Math.floor(how / 10) % 2 === 1 ? [{ op: 'dlclose', handle: as }] : [];
    return [open, ...use, ...this.write(inside, where), ...close];
  }
}

interface Around {
  /** Actions that the drawn one extends over. */
  readonly inside: FunctionDraw;
  readonly where: Where;
}

const spans: ReadonlySet<KindName> = new Set(['open', 'apart', 'thread', 'both', 'fork', 'vfork']);

function opening({ file, as }: Handle, mode: number): Action {
  return { op: 'dlopen', file, flags: [...nth(openModes, mode)], as };
}

function asking(way: Way, area: Area): Action {
  return way === 'claim_abi' ? { op: way } : { op: way, area };
}
