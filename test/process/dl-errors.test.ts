/** Who catches an error of ld.so, by release. Every world here was equal on real machines of its release. */
import { describe, expect, test } from '@jest/globals';
import { buildNamed, programFor } from '../../src/process/builds.js';
import { runProgram } from '../../src/process/run.js';
import { parseScenario } from '../../src/scenario/index.js';

/** Run a world written as a scenario; each event as `obj kind detail result`. */
function run(text: string, libc: string): string[] {
  const parsed = parseScenario(text, { file: 'test.yaml' });
  const build = buildNamed(libc);
  if ('diagnostics' in parsed || build === undefined) throw new Error('the test’s own scenario does not parse');
  const { events } = runProgram(programFor(build, parsed.scenario.world, undefined));
  return events.map(({ obj, kind, detail, result }) =>
    [obj, kind, detail, result].filter((part) => part !== undefined).join(' '),
  );
}

const missing = 'gone.so: cannot open shared object file: No such file or directory';

describe('an error of a call out of another namespace', () => {
  const inner = (ctor: string) => `
exe: { main: "dlmopen a new now h" }
objects: { a: { ctors: ["${ctor}"] }, gone: { absent: true } }`;

  test('ends the program before 2.34, as if it were starting', () => {
    const events = run(inner('dlopen gone now g'), 'debian-2.31');
    expect(events).toContain(`process stderr exe: error while loading shared libraries: ${missing}\n`);
    expect(events.at(-1)).toBe('process end exit 127');
  });

  test('is an answer like any other since then', () => {
    const events = run(inner('dlopen gone now g'), 'debian-2.36');
    expect(events).toContain(`a dlopen.ret g ${missing}`);
    expect(events.at(-1)).toBe('process end exit 0');
  });

  test('makes the open fail whose constructor made the call, before 2.31 took its handler away', () => {
    const events = run(inner('dlopen gone now g; mark after'), '2.30');
    expect(events).toContain(`exe dlmopen.ret h ${missing}`);
    expect(events).not.toContain('a mark after');
    expect(events.at(-1)).toBe('process end exit 0');
  });

  test('is caught in the base namespace in every release', () => {
    for (const libc of ['2.30', 'debian-2.31', 'debian-2.36']) {
      const events = run(inner('dlopen gone now g').replace('dlmopen a new', 'dlopen a'), libc);
      expect(events).toContain(`a dlopen.ret g ${missing}`);
    }
  });

  test('a symbol that is not found is such an error too', () => {
    const world = `
exe: { main: "dlmopen a new now h; dlsym h w_a_f" }
objects: { a: { funcs: { w_a_f: "dlsym default w_z_f" } }, z: { funcs: { w_z_f: [] } } }`;
    expect(run(world, 'debian-2.31')).toContain(
      'process stderr exe: symbol lookup error: a.so: undefined symbol: w_z_f\n',
    );
    expect(run(world, 'debian-2.36')).toContain('a dlsym.ret w_z_f null');
  });

  test('one that the other libc raises itself reads a null from 2.34 to 2.36', () => {
    const world = inner('dlmopen a new global now g');
    const told = 'a dlmopen.ret g invalid mode: Invalid argument';
    expect(run(world, 'debian-2.31')).toContain(told);
    expect(run(world, 'debian-2.36').at(-1)).toBe('process end signal SIGSEGV');
    expect(run(world, 'debian-2.41')).toContain(told);
  });
});

test('RTLD_GLOBAL from a preinit function makes the walk over the init list run past its end', () => {
  const world = (flags: string) => `
exe: { preinit: ["dlopen a now ${flags} h"] }
objects: { a: {} }`;
  expect(run(world('global'), 'debian-2.36').at(-1)).toBe('process end signal SIGSEGV');
  expect(run(world('local'), 'debian-2.36').at(-1)).toBe('process end exit 0');
});
