/**
 * A described object as C: one file for each, with every constructor, resolver, callback and body of the world. Stands for the
 * programs of the recordings, which were generated from the same descriptions.
 *
 * What can go wrong: the order of .init_array. Entries of one priority stand in one array variable, because gcc is free to lay
 * out two variables of a section in either order.
 */
import type { Action } from '../scenario/action-schema.js';
import type { World, WorldObject } from '../scenario/world-schema.js';
import { preludeSource } from './prelude-source.js';

type Of<O extends Action['op']> = Extract<Action, { op: O }>;
type List = readonly Action[];

const dlFlags: Readonly<Record<string, string>> = {
  lazy: '1',
  now: '2',
  noload: '4',
  deepbind: '8',
  global: '0x100',
  local: '0',
  nodelete: '0x1000',
};

const quoted = (text: string) => JSON.stringify(text);

/** Collects what an object's functions need, then prints the file. */
class ObjectFile {
  private readonly gates = new Set<string>();
  private readonly handles = new Set<string>();
  private readonly keys = new Set<string>();
  private readonly marks = new Set<string>();
  private readonly externs = new Set<string>();
  /** Functions named by actions, by C name: their event and actions. */
  private readonly handlers = new Map<string, string>();
  private readonly needs = new Set<string>();
  private readonly name: string;
  private readonly object: WorldObject;
  constructor(name: string, object: WorldObject) {
    this.name = name;
    this.object = object;
  }

  print(): string {
    const body = this.functions();
    const define = (flag: string) => `#define ${flag} ${this.needs.has(flag) ? 1 : 0}`;
    return [
      `#define OBJ ${quoted(this.name)}`,
      ...['NEED_LIBC_AREA', 'NEED_SIZE', 'NEED_STATIC', 'NEED_TLS', 'NEED_ABI', 'NEED_HANDLED', 'NEED_HANDLED_INFO'].map(define),
      `#define NEED_AUDIT ${this.object.audit === undefined ? 0 : 1}`,
      `#define DEFINE_HANDLED ${this.object.handled === 'define' ? 1 : 0}`,
      `#define IS_EXE ${this.name === 'exe' ? 1 : 0}`,
      ...(this.needs.has('SPAWNS') && this.needs.has('PEXIT') ? ['#define WHOAMI 1'] : []),
      preludeSource,
      ...[...this.gates].map((gate) => `static struct gate g_${gate};`),
      ...[...this.handles].map((handle) => `static void *h_${handle};`),
      ...[...this.keys].map((key) => `static struct key k_${key};`),
      ...[...this.marks].map((mark) => `static __thread int m_${mark} __attribute__ ((tls_model ("initial-exec")));`),
      ...Object.keys(this.object.bodies ?? {}).map((body) => `static void b_${body} (void);`),
      ...Object.entries(this.object.ifuncs ?? {}).map(
        ([sym, ifunc]) =>
          `static void *res_${sym} (void);\nvoid ${sym} (void) __attribute__ ((ifunc ("res_${sym}")${ifunc.hidden === true ? ', visibility ("hidden")' : ''}));`,
      ),
      ...Object.keys(this.object.funcs ?? {}).map((sym) => `void ${sym} (void);`),
      ...[...this.externs].map((sym) => `extern void ${sym} (void);`),
      ...[...this.handlers.keys()].map((fn) => `static void ${fn};`),
      body,
      ...[...this.handlers].map(([fn, code]) => `static void ${fn} {\n${code}}\n`),
      '',
    ].join('\n');
  }

  private functions(): string {
    const o = this.object;
    const out: string[] = [];
    const bodies = Object.entries(o.bodies ?? {}).map(([n, list]) => `static void b_${n} (void) {\n${this.actions(list)}}\n`);
    out.push(...bodies);
    for (const [sym, list] of Object.entries(o.funcs ?? {}))
      out.push(`void ${sym} (void) {\n  ev ("func", ${quoted(sym)}, 0);\n${this.actions(list)}}\n`);
    for (const [sym, ifunc] of Object.entries(o.ifuncs ?? {})) {
      out.push(`static void impl_${sym} (void) {\n  ev ("impl", ${quoted(sym)}, 0);\n${this.actions(ifunc.impl)}}\n`);
      out.push(
        `static void *res_${sym} (void) {\n  ev ("resolver", ${quoted(sym)}, 0);\n${this.actions(ifunc.resolver)}  return (void *) impl_${sym};\n}\n`,
      );
    }
    out.push(this.references(), this.array('ctor', o.ctors), this.array('dtor', o.dtors), this.preinit());
    const ends = [
      ['init', o.init],
      ['fini', o.fini],
    ] as const;
    for (const [kind, list] of ends)
      if (list !== undefined)
        out.push(
          `__attribute__ ((visibility ("hidden"))) void ${kind}_fn_ (void) {\n  ev ("${kind}", 0, 0);\n${this.actions(list)}}\n`,
        );
    out.push(this.audit());
    if (o.main !== undefined || this.name === 'exe') {
      const code = o.exit_code ?? 0;
      out.push(
        `int main (void) {\n  ev ("main", 0, 0);\n${this.actions(o.main ?? [])}  evn ("main.ret", 0, ${code});\n  return ${code};\n}\n`,
      );
    }
    return out.join('\n');
  }

  private references(): string {
    const refs = this.object.refs ?? [];
    const own = { ...this.object.funcs, ...this.object.ifuncs };
    for (const { sym } of refs) if (!Object.hasOwn(own, sym)) this.externs.add(sym);
    const data = refs
      .filter(({ how }) => how === 'data')
      .map(({ sym }, i) => `static void *ref_${i} __attribute__ ((used)) = (void *) ${sym};`);
    const calls = refs.filter(({ how }) => how === 'call').map(({ sym }) => `  ${sym} ();`);
    if (calls.length > 0) data.push(`static void __attribute__ ((used, noinline)) ref_calls_ (void) {\n${calls.join('\n')}\n}`);
    return `${data.join('\n')}\n`;
  }

  private array(kind: 'ctor' | 'dtor', entries: WorldObject['ctors']): string {
    const sections = new Map<string, string[]>();
    const out: string[] = [];
    (entries ?? []).forEach((entry, i) => {
      const prio = entry.prio === undefined ? '' : ` prio=${entry.prio}`;
      const section = `.${kind === 'ctor' ? 'init' : 'fini'}_array${
        entry.prio === undefined || entry.prio === 65535 ? '' : `.${String(entry.prio).padStart(5, '0')}`
      }`;
      out.push(`static void ${kind}_${i} (void) {\n  ev ("${kind}", ${quoted(`${i}${prio}`)}, 0);\n${this.actions(entry.do ?? [])}}\n`);
      sections.set(section, [...(sections.get(section) ?? []), `${kind}_${i}`]);
    });
    let n = 0;
    for (const [section, list] of sections)
      out.push(
        `static void (*${kind}s_${n++}[]) (void) __attribute__ ((section ("${section}"), used, aligned (8))) = { ${list.join(', ')} };\n`,
      );
    return out.join('');
  }

  private preinit(): string {
    const entries = this.object.preinit ?? [];
    if (entries.length === 0) return '';
    const out = entries.map((list, i) => `static void preinit_${i} (void) {\n  ev ("preinit", "${i}", 0);\n${this.actions(list)}}\n`);
    // The recordings' entries were one variable each, which gcc lays out backwards.
    const names = entries.map((_, i) => `preinit_${i}`).reverse().join(', ');
    return `${out.join('')}static void (*preinits_[]) (void) __attribute__ ((section (".preinit_array"), used, aligned (8))) = { ${names} };\n`;
  }

  private audit(): string {
    const { audit } = this.object;
    if (audit === undefined) return '';
    const out: string[] = [];
    const cb = audit.callbacks;
    const put = (name: keyof typeof cb, head: string, say: string, tail: string) => {
      const list = cb[name];
      if (list !== undefined) out.push(`${head} {\n  ${say}\n${this.actions(list)}  ${tail}\n}\n`);
    };
    const version = audit.version === undefined ? 'v' : String(audit.version);
    put('la_version', 'unsigned la_version (unsigned v)', 'evn ("la_version", 0, v);', `return ${version};`);
    const binds = cb.la_symbind === undefined ? 0 : 3;
    put(
      'la_objopen',
      'unsigned la_objopen (struct link_map *m, long ns, ul *cookie)',
      'announce (m, ns, cookie); ev ("la_objopen", name_of (*cookie), 0);',
      `return ${binds};`,
    );
    put('la_objclose', 'unsigned la_objclose (ul *cookie)', 'ev ("la_objclose", name_of (*cookie), 0); closed_ (*cookie);', 'return 0;');
    put(
      'la_objsearch',
      'char *la_objsearch (const char *name, ul *cookie, unsigned flag)',
      'if (flag != 1) return (char *) name;\n  ev2 ("la_objsearch", name_of (*cookie), base (name), "orig");',
      'return (char *) name;',
    );
    put(
      'la_activity',
      'void la_activity (ul *cookie, unsigned flag)',
      'ev2 ("la_activity", open_name (*cookie, flag == 1), flag == 0 ? "consistent" : flag == 1 ? "add" : "delete", 0);',
      '',
    );
    put('la_preinit', 'void la_preinit (ul *cookie)', 'ev ("la_preinit", name_of (*cookie), 0);', '');
    put(
      'la_symbind',
      'ul la_symbind64 (ul *sym, unsigned ndx, ul *ref, ul *def, unsigned *flags, const char *name)',
      'if (name[0] != \'w\' || name[1] != \'_\') return sym[1];\n  ev2 ("la_symbind", name_of (*ref), name, *flags & 3 ? "dlsym" : 0);',
      'return sym[1];',
    );
    return out.join('');
  }

  private actions(list: List): string {
    return list.map((action) => `  ${this.action(action)}\n`).join('');
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
      action.op === 'dlopen' ? '' : action.ns === 'new' ? '-1, ' : action.ns === 'base' ? '0, ' : `ns_of (${this.handle(action.ns)}), `;
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
      case 'claim_note':
        return this.tried(action.op, action.area);
      default:
        throw new Error(`invariant: no C for action "${action.op}"`);
    }
  }

  private tried(op: 'claim_busy_ok' | 'claim_note', area: string): string {
    const key = `${op === 'claim_busy_ok' ? 'busy' : 'note'}_${area}`;
    this.marks.add(key);
    this.keys.add(key);
    const where = this.area(area);
    const fn = `td_${key} (void *p U)`;
    this.handlers.set(fn, `  ev ("tsd_dtor", "${key}", 0);\n  rseq_ (1, ${where}, SIG, "${area}");\n`);
    return `if (try_claim_ ("${op}", &m_${key}, ${where}, "${area}", ${op === 'claim_busy_ok' ? 1 : 0})) tsd_ (&k_${key}, "${key}", td_${key});`;
  }
}

/** C source of one object of a world. */
export function cSource(name: string, object: WorldObject): string {
  return new ObjectFile(name, object).print();
}

/** Symbols of the world that an object refers to and does not define. */
export function undefinedSymbols(object: WorldObject): readonly string[] {
  const own = { ...object.funcs, ...object.ifuncs };
  const named = [...JSON.stringify(object).matchAll(/"op":"call","sym":"(\w+)"/g)].map(([, sym]) => sym ?? '');
  const all = new Set([...named, ...(object.refs ?? []).map(({ sym }) => sym)]);
  return [...all].filter((sym) => !Object.hasOwn(own, sym));
}

/** C sources of every file of a world that exists on disk, by object name. */
export function worldSources(world: World): Readonly<Record<string, string>> {
  const files: [string, WorldObject][] = [['exe', world.exe], ...Object.entries(world.objects)];
  return Object.fromEntries(files.filter(([, o]) => o.absent !== true).map(([name, o]) => [name, cSource(name, o)]));
}
