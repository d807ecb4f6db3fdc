/** Room in static TLS: who takes it, who gets none, and what comes back. Every world here was equal on real machines of its release. */
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

const opened = (events: readonly string[]) =>
  events.filter((e) => e.includes('open.ret')).map((e) => e.replace(/.*open\.ret /, ''));
const full = 'cannot allocate memory in static TLS block';

describe('an object that is reached by fixed distances', () => {
  const world = (bytes: number) => `
exe: { main: "dlopen d now h; dlopen e now i" }
objects: { d: { static_tls: ${bytes} }, e: { static_tls: 100 } }`;

  test('1,660 bytes still fit and leave too little for another 100; 2,000 do not fit', () => {
    expect(opened(run(world(1660)))).toEqual(['h ok', `i e.so: ${full}`]);
    expect(opened(run(world(2000)))).toEqual([`h d.so: ${full}`, 'i ok']);
  });

  test('its room comes back when it is closed, unless a later block lies on it', () => {
    const events = run(`
exe: { main: "dlopen d now h; dlclose h; dlopen e now i; dlclose i; dlopen d now j; dlopen f now k; dlclose j; dlopen g now l" }
objects: { d: { static_tls: 1500 }, e: { static_tls: 1600 }, f: { static_tls: 64 }, g: { static_tls: 1000 } }`);
    expect(opened(events)).toEqual(['h ok', 'i ok', 'j ok', 'k ok', `l g.so: ${full}`]);
  });

  test('with an audit module the program’s own libraries come after start too, and it cannot start without room', () => {
    const audited = (bytes: number) => `
exe: { needed: [d] }
objects: { d: { static_tls: ${bytes} }, m: { audit: { callbacks: { la_version: [] } } } }
audit: [m]`;
    expect(run(audited(1500)).at(-1)).toBe('process end exit 0');
    expect(run(audited(1800))).toContain(`process stderr exe: error while loading shared libraries: d.so: ${full}\n`);
    expect(run(audited(1800).replace('audit: [m]', '')).at(-1)).toBe('process end exit 0');
  });
});

describe('libc in namespaces of its own', () => {
  const world = (tunables: string) => `
exe: { main: "${Array.from({ length: 15 }, (_, i) => `dlmopen a new now h${i}`).join('; ')}" }
objects: { a: {} }
tunables: { ${tunables} }`;
  const fitting = (libc: string, tunables = '') =>
    opened(run(world(tunables), libc)).filter((answer) => answer.endsWith(' ok')).length;

  test('each takes its block: eleven fit by default, twelve of 2.41', () => {
    expect(fitting('debian-2.31')).toBe(11);
    expect(fitting('debian-2.36')).toBe(11);
    expect(fitting('debian-2.41')).toBe(12);
  });

  test('glibc.rtld.nns and glibc.rtld.optional_static_tls say how much room there is; plain 2.31 has no such tunables', () => {
    expect([1, 2, 3, 5].map((nns) => fitting('debian-2.36', `glibc.rtld.nns: "${nns}"`))).toEqual([5, 7, 9, 13]);
    expect([1, 2, 3, 5].map((nns) => fitting('debian-2.31', `glibc.rtld.nns: "${nns}"`))).toEqual([4, 7, 9, 14]);
    expect(fitting('2.31', 'glibc.rtld.nns: "1"')).toBe(11);
    expect(fitting('debian-2.36', 'glibc.rtld.optional_static_tls: "0"')).toBe(8);
  });

  test('the error names libc, and the program goes on', () => {
    const events = run(world(''));
    expect(opened(events)[11]).toBe(`h11 libc.so.6: ${full}`);
    expect(events.at(-1)).toBe('process end exit 0');
  });
});

test('the block of an audit module that also has initial-exec variables stays where it was first used', () => {
  const world = (more: string) => `
exe: {}
objects: { m: { ctors: ["unregister libc; register tls${more}"], dtors: [register tls], audit: { callbacks: { la_version: [] } } } }
audit: [m]`;
  const last = (more: string) =>
    run(world(more))
      .filter((e) => e.startsWith('m rseq register tls'))
      .at(-1);
  expect(last('; register abi')).toMatch(/ EBUSY$/);
  expect(last('')).toMatch(/ EINVAL$/);
});

test('a later audit module’s bindings at load time are told to the earlier ones', () => {
  const events = run(`
exe: {}
bind_now: true
objects:
  c: { funcs: { w_c_f: [] } }
  m: { audit: { callbacks: { la_version: [], la_objopen: [], la_symbind: [] } } }
  n: { needed: [c], ctors: [call w_c_f], audit: { callbacks: { la_version: [] } } }
audit: [m, n]`);
  expect(events).toContain('m la_symbind n.so@2 w_c_f dlsym');
});

describe('thread-local variables of what a static program opens', () => {
  const world = (then: string, more = '') => `
exe: { kind: static, main: "unregister libc; dlopen a now h${then}", bodies: { b: "unregister libc; dlsym h w_a_f" } }
objects: { a: { ${more}ctors: [register tls], funcs: { w_a_f: "register tls" } } }`;
  const calls = (events: readonly string[]) =>
    events.filter((e) => e.startsWith('a rseq')).map((e) => e.split(' ').at(-1));

  test('are at NULL in the main thread, whatever the release', () => {
    for (const libc of ['debian-2.31', 'debian-2.36', 'debian-2.43'])
      expect(calls(run(world(''), libc))).toEqual(['EFAULT']);
  });

  test('fault in a later thread, unless it finds a block in static TLS, as it does since 2.34', () => {
    const later = '; spawn t b; join t';
    const end = (libc: string, more?: string) => run(world(later, more), libc).at(-1);
    expect(end('debian-2.36')).toBe('process end signal SIGSEGV');
    expect(end('debian-2.31', 'static_tls: 64, ')).toBe('process end signal SIGSEGV');
    const events = run(world(later, 'static_tls: 64, '), 'debian-2.36');
    expect(calls(events)).toEqual(['EFAULT', '0']);
  });
});

test('a claimant that reads an area at NULL faults', () => {
  const events = run(`
exe: { kind: static, main: "dlopen a now h" }
objects: { a: { ctors: ["claimant C-11 register tls"] } }`);
  expect(events.at(-1)).toBe('process end signal SIGSEGV');
});
