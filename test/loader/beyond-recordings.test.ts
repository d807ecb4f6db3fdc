/** Parts of the loader that no recording shows: each world is the smallest that shows its rule, read from the source. */
import { describe, expect, test } from '@jest/globals';
import { buildNamed, programFor } from '../../src/process/builds.js';
import { runProgram } from '../../src/process/run.js';
import { parseScenario } from '../../src/scenario/index.js';

/** Run a world written as a scenario; each event as `obj kind detail result`. */
function run(text: string, libc = 'debian-2.36'): string[] {
  const parsed = parseScenario(text, { file: 'test.yaml' });
  const build = buildNamed(libc);
  if ('diagnostics' in parsed || build === undefined) throw new Error('the test’s own scenario does not parse');
  const { events } = runProgram(programFor(build, parsed.scenario.world, undefined));
  return events.map(({ obj, kind, detail, result }) =>
    [obj, kind, detail, result].filter((part) => part !== undefined).join(' '),
  );
}

const constructors = (events: readonly string[]) => events.filter((e) => / ctor /.test(e)).map((e) => e.split(' ')[0]);
const called = (events: readonly string[]) => events.filter((e) => / func /.test(e));

describe('filters', () => {
  test('a filtee is constructed before its filter and searched before it; a missing DT_AUXILIARY is ignored', () => {
    const events = run(`
exe: { needed: [a], main: "call w_x_f" }
objects:
  a: { ctors: [{}], auxiliary: [gone, f], funcs: { w_x_f: [] } }
  f: { ctors: [{}], funcs: { w_x_f: [] } }`);
    expect(constructors(events)).toEqual(['f', 'a']);
    expect(called(events)).toEqual(['f func w_x_f']);
  });

  test('a missing DT_FILTER ends the program before it starts', () => {
    const events = run(`
exe: { needed: [a] }
objects: { a: { filter: [gone] }, gone: { absent: true } }`);
    expect(events.at(-1)).toBe('process end exit 127');
  });
});

describe('a callback that an audit module lacks', () => {
  const world = (own: string, needed: string) => `
exe: { main: [] }
objects:
  m: { audit: { callbacks: { ${needed} } } }
  n: { needed: [m], audit: { callbacks: { ${own} } } }
audit: [n]`;
  const told = (events: readonly string[]) => events.filter((e) => / la_/.test(e));

  test('is that of what it needs, which does not know the cookies of the module', () => {
    const events = told(run(world('la_version: [], la_objopen: []', 'la_version: [], la_objsearch: []')));
    expect(events).toContain('n la_version 2');
    expect(events).toContain('m la_objsearch ? libc.so.6 orig');
    expect(events).toContain('n la_objopen libc.so.6@0');
  });

  test('may be la_version itself; without one the module is refused', () => {
    const own = 'la_activity: []';
    expect(told(run(world(own, 'la_version: [], la_objopen: []')))).toContain('m la_version 2');
    const refused = run(world(own, 'la_objopen: []'));
    expect(told(refused).filter((e) => !e.startsWith('process'))).toEqual([]);
    expect(refused.find((e) => e.includes('undefined symbol: la_version'))).toBeDefined();
  });
});

describe('which definition', () => {
  const world = (extra: string) => `
exe: { needed: [a, b], main: "call w_a_go" }
objects:
  a: { needed: [b], funcs: { w_a_go: "call w_x_f" }${extra} }
  b: { funcs: { w_x_f: [] } }
preload: [p]`;
  const preload = (own: string) => `${world('').replace('preload:', `  p: { funcs: { w_x_f: [] }${own} }\npreload:`)}`;

  test('a preloaded definition comes before the closure', () => {
    expect(called(run(preload('')))).toEqual(['a func w_a_go', 'p func w_x_f']);
  });

  test('a weak one counts as much as a strong one, unless LD_DYNAMIC_WEAK is set', () => {
    const text = preload(', weak: [w_x_f]');
    expect(called(run(text))).toEqual(['a func w_a_go', 'p func w_x_f']);
    expect(called(run(`${text}\ndynamic_weak: true`))).toEqual(['a func w_a_go', 'b func w_x_f']);
    expect(called(run(`${text}\ndynamic_weak: true\nld_so_preload: [p]\nsecure: true`))).toEqual([
      'a func w_a_go',
      'p func w_x_f',
    ]);
  });

  test('a hidden one is not seen, one of another version does not satisfy', () => {
    expect(called(run(preload(', hidden: [w_x_f]')))).toEqual(['a func w_a_go', 'b func w_x_f']);
    const wants = preload(', versions: { w_x_f: V2 }').replace(
      '"call w_x_f" }',
      '"call w_x_f" }, wants: { w_x_f: V1 }',
    );
    expect(called(run(wants))).toEqual(['a func w_a_go', 'b func w_x_f']);
  });

  test('DT_SYMBOLIC and protected visibility bind an object to itself', () => {
    const own = (field: string) => `
exe: { needed: [p, a], main: "call w_a_go" }
objects:
  p: { funcs: { w_x_f: [] } }
  a: { funcs: { w_a_go: "call w_x_f", w_x_f: [] }${field} }`;
    expect(called(run(own('')))).toEqual(['a func w_a_go', 'p func w_x_f']);
    expect(called(run(own(', flags: [symbolic]')))).toEqual(['a func w_a_go', 'a func w_x_f']);
    expect(called(run(own(', protected: [w_x_f]')))).toEqual(['a func w_a_go', 'a func w_x_f']);
  });
});

describe('who is asked to load', () => {
  test('/etc/ld.so.preload comes after LD_PRELOAD, and AT_SECURE leaves only the file', () => {
    const text = `
exe: {}
objects: { p: { ctors: [{}] }, q: { ctors: [{}] } }
preload: [p]
ld_so_preload: [q]`;
    expect(constructors(run(text))).toEqual(['q', 'p']);
    expect(constructors(run(`${text}\nsecure: true`))).toEqual(['q']);
  });

  test('DT_AUDIT and DT_DEPAUDIT of the executable load modules since 2.32, after those of the environment', () => {
    const text = `
exe: { dt_audit: [m], dt_depaudit: [n] }
objects:
  e: { ctors: [{}], audit: { callbacks: { la_version: [] } } }
  m: { ctors: [{}], audit: { callbacks: { la_version: [] } } }
  n: { ctors: [{}], audit: { callbacks: { la_version: [] } } }
audit: [e]`;
    expect(constructors(run(text))).toEqual(['e', 'm', 'n']);
    expect(constructors(run(text, 'debian-2.31'))).toEqual(['e']);
  });

  test('AT_SECURE ignores tunables: libc registers though it was told not to', () => {
    const text = `
exe: {}
objects: {}
tunables: { glibc.pthread.rseq: '0' }`;
    expect(run(text).filter((e) => e.startsWith('libc rseq'))).toEqual([]);
    expect(run(`${text}\nsecure: true`).filter((e) => e.startsWith('libc rseq'))).toHaveLength(1);
  });
});

describe('other tasks', () => {
  test('a vfork child starts unregistered in its parent’s memory, and leaves the parent’s registration alone', () => {
    const events = run(`
exe:
  main: [ { op: vfork, child: "register static; info" }, "register static", "info" ]
objects: {}`);
    const calls = events.filter((e) => /exe rseq/.test(e));
    expect(calls).toEqual([
      'exe rseq register static len=32 sig=0x53053053 0',
      'exe rseq_info registered 20',
      'exe rseq register static len=32 sig=0x53053053 EINVAL',
      'exe rseq_info registered 20',
    ]);
  });

  test('_exit of a vfork child ends the child only', () => {
    const events = run('exe: { main: [{ op: vfork, child: "_exit 3; mark never" }, "mark after"] }\nobjects: {}');
    expect(events).toContain('exe vfork.ret exit 3');
    expect(events).toContain('exe mark after');
    expect(events).not.toContain('exe mark never');
  });

  test('a filter installed after start lets the first thread run on and ends the process at the next thread', () => {
    const events = run(`
exe: { main: "seccomp EPERM; register static; spawn t b", bodies: { b: "mark x" } }
objects: {}`);
    expect(events).toContain('exe rseq register static len=32 sig=0x53053053 EPERM');
    expect(events).toContain('process stderr Fatal glibc error: rseq registration failed\n');
    expect(events.at(-1)).toBe('process end signal SIGABRT');
  });

  test('exit from a second thread runs that thread’s thread-local destructors and everybody’s handlers', () => {
    const events = run(`
exe: { main: "atexit e; tls_dtor m; spawn t b", bodies: { b: "tls_dtor d; exit 5", d: [], m: [], e: [] } }
objects: {}`);
    expect(events.filter((e) => /^exe (tls_dtor|atexit) /.test(e))).toEqual(['exe tls_dtor d', 'exe atexit e']);
    expect(events.at(-1)).toBe('process end exit 5');
  });
});

describe('locks', () => {
  const world = (body: string) => `
exe: { needed: [], main: "dlopen d now h" }
objects:
  d: { needed: [p], refs: [{ sym: w_p_i, how: data }] }
  p:
    ifuncs: { w_p_i: { resolver: "start t b; join t", impl: [] } }
    bodies: { b: "${body}" }`;

  test('a thread made by a resolver that dlopen runs may not touch thread-local memory first: it needs the lock that is held', () => {
    expect(run(world('register tls')).at(-1)).toBe('process end timeout');
    expect(run(world('register static')).at(-1)).toBe('process end exit 0');
  });

  test('a constructor run by dlopen holds only the big lock: its thread may use thread-local memory, but not dlsym', () => {
    const ctor = (body: string) => `
exe: { main: "dlopen d now h" }
objects: { d: { ctors: [{ do: "start t b; join t" }], bodies: { b: "${body}" }, funcs: { w_d_f: [] } } }`;
    expect(run(ctor('register tls')).at(-1)).toBe('process end exit 0');
    expect(run(ctor('dlsym default w_d_f')).at(-1)).toBe('process end timeout');
    expect(run(ctor('register tls'), 'debian-2.31').at(-1)).toBe('process end timeout');
  });
});

describe('messages', () => {
  test('an undefined symbol of the executable is reported under the name the program was started by', () => {
    const events = run(`
exe: { needed: [b], main: "call w_b_i" }
objects: { b: { ifuncs: { w_b_i: { resolver: [], impl: [], hidden: true } } } }`);
    expect(events).toContain('process stderr exe: symbol lookup error: exe: undefined symbol: w_b_i\n');
  });
});

describe('found by running random programs on the recorded machine', () => {
  test('an audit module that cannot be relocated is refused with the error alone, not the object it is about', () => {
    const events = run(`
exe: {}
objects:
  d: { refs: [{ sym: w_f_i, how: data }] }
  f: { ifuncs: { w_f_i: { resolver: [], impl: [], hidden: true } } }
  m: { needed: [d], audit: { callbacks: { la_version: [] } } }
audit: [m]`);
    expect(events).toContain(
      "process stderr ERROR: ld.so: object 'm.so' cannot be loaded as audit interface: undefined symbol: w_f_i; ignored.\n",
    );
  });

  test('a lazy call of what an audit module brought is reported to no auditor', () => {
    const events = run(`
exe: {}
objects:
  c: { funcs: { w_c_f: [] } }
  m: { audit: { callbacks: { la_version: [], la_objopen: [], la_symbind: [] } } }
  n: { needed: [c], ctors: [{ do: "call w_c_f" }], audit: { callbacks: { la_version: [] } } }
audit: [m, n]`);
    expect(called(events)).toEqual(['c func w_c_f']);
    expect(events.filter((e) => e.includes('la_symbind'))).toEqual([]);
  });

  test('RTLD_GLOBAL in an inner namespace follows a null pointer: before constructors since 2.31, after them before', () => {
    const text = `
exe: { main: "dlmopen c new now h" }
objects:
  c: { ctors: [{ do: "dlopen a lazy global g" }] }
  a: { ctors: [{}] }`;
    const endOf = (libc: string) => {
      const events = run(text, libc);
      return events.slice(events.indexOf('c dlopen a.so lazy+global') + 1);
    };
    const crash = ['process signal SEGV_MAPERR SIGSEGV', 'process end signal SIGSEGV'];
    expect(endOf('debian-2.36')).toEqual(crash);
    expect(endOf('patch-v12')).toEqual(['a ctor 0', ...crash]);
  });

  test('a handler of an unloaded library runs in its next instance, which is mapped at the same place', () => {
    const text = (again: string) => `
exe: { main: "dlopen f now h; dlclose h${again}" }
objects: { f: { dtors: [{ do: "on_exit e" }], bodies: { e: [] } } }`;
    expect(run(text('')).at(-1)).toBe('process end signal SIGSEGV');
    const events = run(text('; dlopen f now h'));
    expect(events).toContain('f on_exit e');
    expect(events.at(-1)).toBe('process end exit 0');
  });

  test('a thread-local name that binds to a dlopened object keeps that object as long as its user', () => {
    const events = run(`
exe: { main: "dlopen p now global h; dlopen q now i; dlclose h; mark between; dlclose i" }
objects:
  p: { funcs: { w_p_f: "claim_abi" }, dtors: [{}] }
  q: { ctors: [{ do: "handled" }], dtors: [{}] }`);
    const order = events.filter((e) => / dtor | mark /.test(e));
    expect(order).toEqual(['exe mark between', 'q dtor 0', 'p dtor 0']);
  });
});

describe('what stays of a closed object', () => {
  test('a stale handle names the object whose link map was put where the freed one was', () => {
    const text = `
exe: { main: "dlopen a now h1; dlclose h1; dlopen c now h2; dlclose h1; dlclose h2" }
objects:
  a: {}
  c: { dtors: [{}] }`;
    expect(run(text).filter((e) => /dlclose.ret|dtor/.test(e))).toEqual([
      'exe dlclose.ret h1 0',
      'c dtor 0',
      'exe dlclose.ret h1 0',
      'exe dlclose.ret h2 -1',
    ]);
  });

  test('an emptied namespace cannot be opened into', () => {
    const text = `
exe: { main: "dlmopen c new now h1; dlclose h1; dlmopen c h1 now h2" }
objects:
  c: {}`;
    expect(run(text)).toContain('exe dlmopen.ret h2 c.so: invalid target namespace in dlmopen(): Invalid argument');
  });

  test('what a destructor of the last user opens loses its libc, and dies in its own __cxa_finalize', () => {
    const text = `
exe: { main: "dlmopen b new now h1; dlclose h1" }
objects:
  a: { fini: [] }
  b: { dtors: [{ do: "dlopen a now h2; dlclose h2" }] }`;
    expect(run(text).slice(-2)).toEqual(['process signal SEGV_MAPERR SIGSEGV', 'process end signal SIGSEGV']);
  });
});

describe('an executable at a fixed address', () => {
  test('has no __dso_handle: what its destructor registers waits until every object is finalised', () => {
    const text = (kind: string) => `
exe: { kind: ${kind}, needed: [a], bodies: { e: [] }, dtors: [{ do: [{ op: atexit, body: e }] }] }
objects:
  a: { dtors: [{}] }`;
    const order = (kind: string) => run(text(kind)).filter((e) => /atexit e|a dtor/.test(e));
    expect(order('pie')).toEqual(['exe atexit e', 'a dtor 0']);
    expect(order('nopie')).toEqual(['a dtor 0', 'exe atexit e']);
  });
});

describe('resolvers, which run before much of anything', () => {
  const world = (resolver: string, ref = 'a') => `
exe: { needed: [a], refs: [${ref === 'exe' ? '{ sym: w_i, how: data }' : ''}], main: "mark end" }
objects:
  a:
    refs: [${ref === 'a' ? '{ sym: w_i, how: data }' : ''}]
    ifuncs: { w_i: { resolver: "${resolver}", impl: [] } }
    funcs: { w_g: [] }
    bodies: { b: [] }
  z: { absent: true }`;
  const end = (text: string, libc?: string) => run(text, libc).at(-1);
  const crash = 'process end signal SIGSEGV';

  test('while the own data of an object is relocated its PLT leads nowhere: every call of libc or through it faults', () => {
    for (const call of ['call w_g', 'atexit b', 'tsd k', 'register tls'])
      expect([call, end(world(call))]).toEqual([call, crash]);
    for (const call of ['mark m', 'register static'])
      expect([call, end(world(call))]).toEqual([call, 'process end exit 0']);
  });

  test('a call of setspecific, exit, quick_exit or _exit out of such an object faults too; a key that was never made asks nobody', () => {
    const world = (resolver: string) => `
exe: { main: "dlopen c now h" }
objects:
  c: { bodies: { b: [{ op: tsd, key: k, dtor: null }] }, ifuncs: { w_c_i0: { resolver: ${resolver}, impl: [] } }, refs: [{ sym: w_c_i0, how: data }] }`;
    const noted = run(world('[{ op: claim_note, area: static }]'), 'debian-2.31');
    expect(noted.at(-1)).toBe('process end signal SIGSEGV');
    expect(noted).toContain('c claim_note ok');
    expect(noted).not.toContain('c key_create note_static');
    for (const op of ['exit', 'quick_exit', '_exit'])
      expect(run(world(`[{ op: ${op}, code: 3 }]`)).at(-1)).toBe('process end signal SIGSEGV');
    expect(run(world('[{ op: key_delete, key: k }]')).at(-1)).toBe('process end exit 0');
  });

  test('a relocated object may call, but a thread needs the stack size that early initialisation sets', () => {
    expect(end(world('call w_g', 'exe'))).toBe('process end exit 0');
    expect(end(world('spawn t b', 'exe'))).toBe(crash);
  });

  test('dlopen that maps nothing finds the namespace inconsistent, up to 2.40', () => {
    const known = world('dlopen null now h', 'exe');
    expect(
      run(known)
        .filter((e) => e.includes('Assertion'))
        .join(),
    ).toContain('dl_open_worker_begin: Assertion');
    expect(end(known)).toBe('process end exit 127');
    expect(end(known, 'debian-2.41')).toBe('process end exit 0');
    expect(end(world('dlopen z now h', 'exe'))).toBe(crash);
  });
});

describe('ends', () => {
  test('pthread_exit has nowhere to unwind to before main is called', () => {
    for (const place of ['ctors', 'preinit']) {
      expect(run(`exe: { ${place}: [pthread_exit] }\nobjects: {}`).at(-1)).toBe('process end signal SIGSEGV');
    }
    expect(run('exe: { main: pthread_exit }\nobjects: {}').at(-1)).toBe('process end exit 0');
  });

  test('it is libpthread that opens libgcc_s to unwind, to 2.33, and libc since', () => {
    const world = `
exe: { main: pthread_exit }
objects: { m: { audit: { callbacks: { la_version: [], la_objopen: [], la_objsearch: [] } } } }
audit: [m]`;
    const searched = (libc: string) => run(world, libc).filter((e) => e.includes('libgcc_s'));
    expect(searched('debian-2.31')[0]).toBe('m la_objsearch libpthread.so.0@0 libgcc_s.so.1 orig');
    expect(searched('debian-2.36')[0]).toBe('m la_objsearch libc.so.6@0 libgcc_s.so.1 orig');
  });

  test('the handlers of quick_exit go with their object, which __cxa_finalize does not run', () => {
    const events = run(`
exe: { main: "dlopen d now h; dlclose h; quick_exit 3" }
objects:
  d: { ctors: [{ do: "at_quick_exit e" }], bodies: { e: [] } }`);
    expect(events.at(-1)).toBe('process end exit 3');
    expect(events.filter((e) => e.includes('at_quick_exit e'))).toEqual([]);
  });

  test('the executable counts as opened once: its handle can be closed twice', () => {
    const events = run('exe: { main: "dlopen null lazy h; dlclose h; dlclose h; dlclose h" }\nobjects: {}');
    expect(events.filter((e) => e.includes('dlclose.ret')).map((e) => e.at(-1))).toEqual(['0', '0', '1']);
    expect(events.filter((e) => e.endsWith(' -1'))).toHaveLength(1);
  });

  test('dlopen and dlmopen refuse flags with neither lazy nor now', () => {
    const text = (flags: string) => `
exe: { main: [{ op: dlopen, file: d, flags: [${flags}], as: h }, { op: dlmopen, file: d, ns: new, flags: [${flags}], as: i }] }
objects:
  d: { ctors: [{}] }`;
    const refused = run(text('nodelete'));
    expect(constructors(refused)).toEqual([]);
    expect(refused.filter((e) => e.includes('invalid mode for dlopen(): Invalid argument'))).toHaveLength(2);
    expect(constructors(run(text('nodelete, lazy')))).toEqual(['d', 'd']);
  });

  test('an object that closes itself in its destructor at exit is still counted there', () => {
    const events = run(`
exe: { main: "dlopen d now h; dlclose h" }
objects:
  d: { ctors: [{ do: "dlopen d lazy h" }], dtors: [{ do: "dlclose h" }] }`);
    expect(events.at(-1)).toBe('process end exit 0');
  });
});

describe('static programs', () => {
  const resolvers = (text: string) => run(text).filter((e) => e.includes(' resolver '));

  test('resolvers run for pointers from the last to the first, then for calls against the order of the symbol table', () => {
    const exe = (more: string) =>
      `exe: { kind: static, ifuncs: { w_exe_i0: { resolver: [], impl: [] }, w_exe_i1: { resolver: [], impl: [] }, w_exe_i2: { resolver: [], impl: [] } }, ${more} }\nobjects: {}`;
    const pointers = [2, 0, 1].map((i) => `{ sym: w_exe_i${i}, how: data }`).join(', ');
    const ran = (...of: number[]) => of.map((i) => `exe resolver w_exe_i${i}`);
    expect(resolvers(exe(`refs: [${pointers}]`))).toEqual(ran(1, 0, 2));
    expect(resolvers(exe('main: "call w_exe_i0; call w_exe_i1; call w_exe_i2"'))).toEqual(ran(2, 0, 1));
  });
});
