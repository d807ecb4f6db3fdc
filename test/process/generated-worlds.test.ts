/** Rules that generated scenarios showed on a real machine: each world is the smallest that shows its rule, and was equal there. */
import { describe, expect, test } from '@jest/globals';
import { linkedFile } from '../../src/loader/link-file.js';
import { buildNamed, programFor } from '../../src/process/builds.js';
import { runProgram } from '../../src/process/run.js';
import { parseScenario } from '../../src/scenario/index.js';

function worldOf(text: string) {
  const parsed = parseScenario(text, { file: 'test.yaml' });
  if ('diagnostics' in parsed) throw new Error('the test’s own scenario does not parse');
  return parsed.scenario.world;
}

/** Run a world written as a scenario; each event as `obj kind detail result`. */
function run(text: string, libc = 'debian-2.36'): string[] {
  const build = buildNamed(libc);
  if (build === undefined) throw new Error(`there is no libc ${libc}`);
  const { events } = runProgram(programFor(build, worldOf(text), undefined));
  return events.map(({ obj, kind, detail, result }) =>
    [obj, kind, detail, result].filter((part) => part !== undefined).join(' '),
  );
}

describe('thread-specific keys', () => {
  test('a key that is deleted already cannot be deleted again', () => {
    const events = run('exe: { main: "tsd k; key_delete k; key_delete k" }');
    expect(events.filter((e) => e.includes('key_delete'))).toEqual(['exe key_delete k 0', 'exe key_delete k 22']);
  });

  test('a deleted key is whoever has its index now', () => {
    const events = run('exe: { main: "tsd k; key_delete k; tsd l; tsd k; key_delete k; tsd l" }');
    expect(events.filter((e) => e.includes('tsd_set'))).toEqual([
      'exe tsd_set k 0',
      'exe tsd_set l 0',
      'exe tsd_set k 0',
      'exe tsd_set l 22',
    ]);
  });
});

describe('the end of a child of vfork', () => {
  const world = (before: string, child: string) => `
exe: { main: ["${before}", { op: vfork, child: "${child}" }, mark after] }`;

  test('by a signal is not its parent’s', () => {
    const events = run(world('mark before', 'mark in'));
    expect(events).toContain('exe vfork.ret exit 0');
    const killed = run(world('seccomp KILL', 'register static'));
    expect(killed).toContain('process killed SIGSYS');
    expect(killed).toContain('exe vfork.ret signal 31');
    expect(killed.at(-1)).toBe('process end exit 0');
  });
});

test('nobody sees the SIGSYS of a filter come', () => {
  const events = run('exe: { main: "seccomp KILL; register static; mark after" }');
  expect(events.filter((e) => e.includes('SIGSYS'))).toEqual(['process end signal SIGSYS']);
});

describe('thread-local storage before its initial values', () => {
  test('a library of the program finds its variable at NULL while it is relocated', () => {
    const events = run(
      `
exe: { needed: [a] }
objects:
  a: { ifuncs: { w_a_i: { resolver: register tls, impl: [], hidden: true } }, refs: [{ sym: w_a_i, how: data }], ctors: [register tls] }
bind_now: true`,
      'debian-2.31',
    );
    expect(events.filter((e) => e.startsWith('a rseq')).map((e) => e.split(' ').at(-1))).toEqual(['EFAULT', '0']);
  });

  test('the static block of an opened library reads zero: a claimant that asks cpu_id takes it for registered', () => {
    const events = run(`
exe: { main: "dlopen a now h" }
objects: { a: { ifuncs: { w_a_i: { resolver: claimant C-10 register abi, impl: [] } }, refs: [{ sym: w_a_i, how: data }] } }`);
    expect(events).toContain('a claimant C-10 register shares');
  });

  test('an object that is not relocated yet takes the control block for its note', () => {
    const events = run(`
exe: { needed: [a, b] }
objects:
  a: { ifuncs: { w_a_i: { resolver: claimant C-07 register tls, impl: [] } } }
  b: { refs: [{ sym: w_a_i, how: data }] }`);
    expect(events).toContain('a claimant C-07 register again');
  });
});

describe('what the compiler leaves of a claimant', () => {
  const file = (source: string) => {
    const object = worldOf(`exe: {}\nobjects: { a: { ${source} } }`).objects.a;
    if (object === undefined) throw new Error('the world has no object a');
    return linkedFile('a', object);
  };

  test('letting go of the decision names no thread-local area', () => {
    expect(file('ctors: [claimant C-08 fini tls]').threadLocal).toBe('none');
    expect(file('ctors: [claimant C-08 register tls]').threadLocal).toBe('general-dynamic');
  });

  test('an exported area is there even if only code that nobody calls names it', () => {
    expect(file('bodies: { b: register abi }').threadLocal).toBe('initial-exec');
    expect(file('bodies: { b: register tls }').threadLocal).toBe('none');
  });

  test('its block has the size that the link editor writes', () => {
    expect(file('static_tls: 100, ctors: [register tls]').block).toEqual({ size: 132, align: 32 });
    expect(file('ctors: [claim_note static]').block).toEqual({ size: 4, align: 4 });
  });
});

describe('a block of thread-local storage that ld.so allocated before libc was there', () => {
  const world = (when: string) => `
exe: { bodies: { b2: [] }, main: "spawn t2 b2; join t2" }
objects:
  m:
    bodies: { b1: "rseq register tls" }
    ${when}
audit: [m]`;
  const claim = 'spawn t1 b1; join t1';
  const early = world(`ctors: [{ do: "${claim}" }]\n    audit: { callbacks: { la_version: [] } }`);
  const late = world(`audit: { callbacks: { la_version: [], la_preinit: "${claim}" } }`);

  test('is freed by the next thread’s libc, which aborts', () => {
    expect(run(early).slice(-4)).toEqual([
      'exe spawn t2',
      'process stderr free(): invalid pointer\n',
      'process signal SI_TKILL SIGABRT',
      'process end signal SIGABRT',
    ]);
    expect(run(early, 'debian-2.43')).toContain('process stderr free(): invalid size\n');
    expect(run(late).at(-1)).toBe('process end exit 0');
  });
});

describe('a static block that libc was given beside an auditor', () => {
  const world = (auditor: string) => `
exe: { needed: [a], main: [] }
objects:
  a:
    flags: [initfirst]
    bodies: { e1: [], e2: [] }
    ctors: [{ do: "tls_dtor e1; dlopen d now h; tls_dtor e2; dlopen d now g" }]
  d: {}
  m: { audit: { callbacks: { la_version: [] } } }
${auditor}`;
  const ran = (text: string, libc?: string) =>
    run(text, libc).filter((e) => e.startsWith('a tls_dtor ') && !e.includes('.reg'));

  test('gets its initial values again when an object that is initialised before libc opens another, until 2.41', () => {
    expect(ran(world('audit: [m]'))).toEqual(['a tls_dtor e2']);
    expect(ran(world(''))).toEqual(['a tls_dtor e2', 'a tls_dtor e1']);
    expect(ran(world('audit: [m]'), 'debian-2.41')).toEqual(['a tls_dtor e2', 'a tls_dtor e1']);
  });
});

describe('libc and the files that it was split into, before 2.34', () => {
  const text = `
exe: { main: "dlmopen c new lazy h; dlclose h" }
objects:
  c: { needed: [e, d] }
  e: { ctors: [{ do: "dlopen b now g" }] }
  d: { needed: [b], dtors: [{}] }
  b: { needed: [d], dtors: [{}] }`;

  test('libdl stays with the libc that refers to its clean-up, and that shows in the order of a cycle', () => {
    expect(run(text, 'debian-2.31').filter((e) => e.includes(' dtor '))).toEqual(['b dtor 0', 'd dtor 0']);
  });
});

describe('what libpthread needs, before 2.34', () => {
  const text = `
exe: { main: [] }
objects:
  m: { audit: { callbacks: { la_version: [], la_objopen: [], la_objsearch: [] } } }
  n: { funcs: { w_n: "tsd k" }, audit: { callbacks: { la_version: [] } } }
audit: [m, n]`;

  test('is ld.so beside libc: it asks for it before libc does', () => {
    const asked = run(text, 'debian-2.31').filter((e) => e.includes('la_objsearch') && e.includes('ld-linux'));
    expect(asked).toEqual(['m la_objsearch libpthread.so.0@2 ld-linux-x86-64.so.2 orig']);
  });
});

describe('a thread that forks and goes on in the child', () => {
  test('waits there at its gate for ever, with nobody to let it go', () => {
    const fork = '[{ op: fork, then: return, child: [{ op: mark, text: x }] }]';
    const events = run(`exe: { bodies: { run: ${fork} }, main: "spawn t run; join t" }`);
    expect(events.slice(-2)).toEqual(['exe thread.end t', 'process end timeout']);
  });
});
