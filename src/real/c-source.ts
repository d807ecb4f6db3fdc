/**
 * A described object as C: one file for each, with every constructor, resolver, callback and body of the world. Stands for the
 * programs of the recordings, which were generated from the same descriptions.
 *
 * What can go wrong: the order of .init_array. Entries of one priority stand in one array variable, because gcc is free to lay
 * out two variables of a section in either order.
 */
import type { World, WorldObject } from '../scenario/world-schema.js';
import { ActionCode, quoted } from './c-actions.js';
import { preludeSource } from './prelude-source.js';
import { trimmedPrelude } from './trim-prelude.js';

/** Collects what an object's functions need, then prints the file. */
class ObjectFile extends ActionCode {
  /** The file. */
  print(): string {
    const body = this.functions();
    const claimants = this.claimantFunctions();
    const define = (flag: string) => `#define ${flag} ${this.needs.has(flag) ? 1 : 0}`;
    const head = [
      `#define OBJ ${quoted(this.name)}`,
      ...[
        'NEED_LIBC_AREA',
        'NEED_SIZE',
        'NEED_STATIC',
        'NEED_TLS',
        'NEED_ABI',
        'NEED_HANDLED',
        'NEED_HANDLED_INFO',
      ].map(define),
      `#define NEED_AUDIT ${this.object.audit === undefined ? 0 : 1}`,
      `#define DEFINE_HANDLED ${this.object.handled === 'define' ? 1 : 0}`,
      `#define IS_EXE ${this.name === 'exe' ? 1 : 0}`,
      ...(this.needs.has('SPAWNS') && this.needs.has('PEXIT') ? ['#define WHOAMI 1'] : []),
      ...this.sectionOrder(),
    ].join('\n');
    const rest = [
      ...[...this.gates].map((gate) => `static struct gate g_${gate};`),
      ...[...this.handles].map((handle) => `static void *h_${handle};`),
      ...[...this.keys].map((key) => `static struct key k_${key};`),
      ...[...this.marks].map((mark) => `static __thread int m_${mark} __attribute__ ((tls_model ("initial-exec")));`),
      ...Object.keys(this.object.bodies ?? {}).map((body) => `static inline void b_${body} (void);`),
      ...Object.entries(this.object.ifuncs ?? {}).map(
        ([sym, ifunc]) =>
          `static void *res_${sym} (void);\nvoid ${sym} (void) __attribute__ ((ifunc ("res_${sym}")${ifunc.hidden === true ? ', visibility ("hidden")' : ''}));`,
      ),
      ...Object.keys(this.object.funcs ?? {}).map((sym) => `void ${sym} (void)${this.binding(sym)};`),
      ...this.paddedTls(),
      ...[...this.externs].map((sym) => `extern void ${sym} (void);`),
      ...claimants,
      ...[...this.handlers.keys()].map((fn) => `static inline void ${fn};`),
      body,
      ...[...this.handlers].map(([fn, code]) => `static inline void ${fn} {\n${code}}\n`),
      '',
    ].join('\n');
    return [head, trimmedPrelude(preludeSource, rest), rest].join('\n');
  }

  /** Pointers to the file's own names come first, as in the recordings, whichever variable the compiler writes first. */
  private sectionOrder(): string[] {
    const pointers = (this.object.refs ?? []).filter(({ how }) => how === 'data');
    return pointers.length < 2 ? [] : ['__asm__ (".section .data.rel.local, \\"aw\\"\\n\\t.text");'];
  }

  /** Attributes of a function that is not plainly exported. */
  private binding(sym: string): string {
    const { weak = [], hidden = [], protected: own = [] } = this.object;
    const words = [
      ...(weak.includes(sym) ? ['weak'] : []),
      ...(hidden.includes(sym) ? ['visibility ("hidden")'] : []),
      ...(own.includes(sym) ? ['visibility ("protected")'] : []),
    ];
    return words.length === 0 ? '' : ` __attribute__ ((${words.join(', ')}))`;
  }

  /** Thread-local storage that must lie at a fixed distance from the thread pointer; it is touched, so that it stays. */
  private paddedTls(): string[] {
    const bytes = this.object.static_tls ?? 0;
    if (bytes === 0) return [];
    return [
      `static __thread char padded_[${bytes}] __attribute__ ((tls_model ("initial-exec")));`,
      'void __attribute__ ((used, visibility ("hidden"))) pad_ (void) { *(volatile char *) padded_ = 0; }',
    ];
  }

  private functions(): string {
    const o = this.object;
    const out: string[] = [];
    const bodies = Object.entries(o.bodies ?? {}).map(
      ([n, list]) => `static inline void b_${n} (void) {\n${this.actions(list)}}\n`,
    );
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
    if (calls.length > 0)
      data.push(`static void __attribute__ ((used, noinline)) ref_calls_ (void) {\n${calls.join('\n')}\n}`);
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
      out.push(
        `static void ${kind}_${i} (void) {\n  ev ("${kind}", ${quoted(`${i}${prio}`)}, 0);\n${this.actions(entry.do ?? [])}}\n`,
      );
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
    const out = entries.map(
      (list, i) => `static void preinit_${i} (void) {\n  ev ("preinit", "${i}", 0);\n${this.actions(list)}}\n`,
    );
    // The recordings' entries were one variable each, which gcc lays out backwards.
    const names = entries
      .map((_, i) => `preinit_${i}`)
      .reverse()
      .join(', ');
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
    put(
      'la_objclose',
      'unsigned la_objclose (ul *cookie)',
      'ev ("la_objclose", name_of (*cookie), 0); closed_ (*cookie);',
      'return 0;',
    );
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
}

/** C source of one object of a world. */
export function cSource(name: string, object: WorldObject): string {
  return new ObjectFile(name, object).print();
}

/** Symbols of the world that an object refers to, its own included. */
export function namedSymbols(object: WorldObject): readonly string[] {
  const called = [...JSON.stringify(object).matchAll(/"op":"call","sym":"(\w+)"/g)].map(([, sym]) => sym ?? '');
  return [...new Set([...called, ...(object.refs ?? []).map(({ sym }) => sym)])];
}

/** Symbols of the world that an object refers to and does not define. */
export function undefinedSymbols(object: WorldObject): readonly string[] {
  const own = { ...object.funcs, ...object.ifuncs };
  return namedSymbols(object).filter((sym) => !Object.hasOwn(own, sym));
}

/** C sources of every file of a world that exists on disk, by object name. */
export function worldSources(world: World): Readonly<Record<string, string>> {
  const files: [string, WorldObject][] = [['exe', world.exe], ...Object.entries(world.objects)];
  return Object.fromEntries(files.filter(([, o]) => o.absent !== true).map(([name, o]) => [name, cSource(name, o)]));
}
