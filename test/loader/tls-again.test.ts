/**
 * Thread-local blocks that lie where those of closed libraries lay: the kernel knows an area by its address, so that a library that registered
 * and was closed is told EBUSY in its next life, and another library for an area that it never saw. Each world was run on 2.31, 2.36, 2.41
 * and 2.43.
 */
import { describe, expect, test } from '@jest/globals';
import { buildNamed, programFor } from '../../src/process/builds.js';
import { runProgram } from '../../src/process/run.js';
import { parseScenario } from '../../src/scenario/index.js';

const recorded = ['debian-2.31', 'debian-2.36', 'debian-2.41', 'debian-2.43'];

/** The events of a world in which libc registers nobody. */
function eventsOf(libc: string, world: string) {
  const parsed = parseScenario(`tunables: { glibc.pthread.rseq: "0" }\n${world}`, { file: 'test.yaml' });
  const build = buildNamed(libc);
  if ('diagnostics' in parsed || build === undefined) throw new Error('the test’s own scenario does not parse');
  return runProgram(programFor(build, parsed.scenario.world, undefined)).events;
}

/** What libraries are told about rseq, in order: `a register abi 0`; and the signal that ends it. */
function answers(libc: string, main: string, objects: string): string[] {
  return eventsOf(libc, `exe: { main: "${main}" }\nobjects: { ${objects} }`).flatMap(
    ({ obj, kind, detail, result }) => {
      if (kind === 'signal') return [String(result)];
      return kind === 'rseq' && obj !== 'libc' ? [`${obj} ${detail?.split(' len')[0]} ${result}`] : [];
    },
  );
}

const reopened = 'dlopen a now h; dlclose h; dlopen a now h2';
const both = 'dlopen a now h; dlopen b now g; dlclose h; dlclose g';

describe.each(recorded)('under %s', (libc) => {
  test.each(['abi', 'tls'])('a library that is opened again is registered already: %s', (area) => {
    expect(answers(libc, reopened, `a: { ctors: [register ${area}] }`)).toEqual([
      `a register ${area} 0`,
      `a register ${area} EBUSY`,
    ]);
  });

  test('unless it unregistered when it was closed', () => {
    const ends = answers(libc, reopened, 'a: { ctors: [register abi], dtors: [unregister abi] }');
    expect(ends.slice(0, 3)).toEqual(['a register abi 0', 'a unregister abi 0', 'a register abi 0']);
  });

  test('another library with a block of the same size finds its area registered, static or allocated', () => {
    for (const area of ['abi', 'tls']) {
      const objects = `a: { ctors: [register ${area}] }, b: { ctors: [register ${area}] }`;
      expect(answers(libc, 'dlopen a now h; dlclose h; dlopen b now g', objects).at(-1)).toBe(
        `b register ${area} EBUSY`,
      );
    }
  });

  test('in a longer static block it is another of its areas that lies there', () => {
    const objects = 'a: { ctors: [register abi] }, b: { ctors: [register abi, register tls] }';
    expect(answers(libc, 'dlopen a now h; dlclose h; dlopen b now g', objects)).toEqual([
      'a register abi 0',
      'b register abi EINVAL',
      'b register tls EBUSY',
    ]);
  });
});

describe('two allocated blocks of libraries that were closed', () => {
  const objects = 'a: { ctors: [register tls] }, b: { ctors: [register tls] }';
  const told = (libc: string, again: string) => answers(libc, `${both}; ${again}`, objects).slice(2);

  test.each(recorded.slice(1))(
    'the number says whose is handed out, and only numbers in use are looked at: %s',
    (libc) => {
      expect(told(libc, 'dlopen a now h2; dlopen b now g2')).toEqual(['a register tls EBUSY', 'b register tls EINVAL']);
      expect(told(libc, 'dlopen b now g2; dlopen a now h2')).toEqual(['b register tls EBUSY', 'a register tls EINVAL']);
    },
  );

  test('before 2.34 both are freed at once, and malloc hands out the last', () => {
    expect(told('debian-2.31', 'dlopen a now h2')).toEqual(['a register tls EINVAL']);
  });
});

test('a block is freed for a library that was open before the other was closed, since 2.39 and where that was ported back', () => {
  const main = 'dlopen a now h; dlopen b now g; dlclose h; dlsym_call g w_b_f0';
  const objects = 'a: { ctors: [register tls] }, b: { funcs: { w_b_f0: [register tls] } }';
  const last = (libc: string) => answers(libc, main, objects).at(-1);
  expect(['debian-2.31', '2.36', 'debian-2.36', 'debian-2.41', 'debian-2.43'].map(last)).toEqual([
    'b register tls EINVAL',
    'b register tls EINVAL',
    'b register tls EBUSY',
    'b register tls EBUSY',
    'b register tls EBUSY',
  ]);
});

test('a resolver finds what the former life left in a static block, before the initial values come', () => {
  const events = eventsOf(
    'debian-2.36',
    `
exe: { main: "${reopened}" }
objects: { a: { ctors: [register abi], ifuncs: { w_a_i0: { resolver: handled, impl: [] } }, refs: [{ sym: w_a_i0, how: data }] } }`,
  );
  const found = events.filter(({ kind }) => kind === 'handled_info').map(({ detail }) => detail);
  expect(found).toEqual(['registered', 'registered']);
});

describe('a resolver of an opened library, before dlopen has entered the library in the table of blocks', () => {
  const resolver = (does: string) =>
    `ifuncs: { w_a_i0: { resolver: ${does}, impl: [], hidden: true } }, refs: [{ sym: w_a_i0, how: data }]`;
  const a = `a: { ${resolver('[register tls, unregister tls]')}, ctors: [register tls] }`;
  const other = (name: string) =>
    `${name}: { ctors: [mark x], funcs: { w_${name}_f0: [register tls, unregister tls] } }`;

  test.each(recorded)('finds its variable at NULL, and its constructor does not: %s', (libc) => {
    expect(answers(libc, 'dlopen a now h', a)).toEqual([
      'a register tls EFAULT',
      'a unregister tls EINVAL',
      'a register tls 0',
    ]);
  });

  test.each(recorded)('faults where the number was another library’s that is gone: %s', (libc) => {
    expect(answers(libc, 'dlopen b now h; dlclose h; dlopen a now g', `${a}, ${other('b')}`)).toEqual(['SIGSEGV']);
    expect(answers(libc, reopened, a).at(-1)).toBe('SIGSEGV');
  });

  test.each(recorded.slice(1))('finds a block where the number is one between others: %s', (libc) => {
    const main = 'dlopen b now h; dlsym_call h w_b_f0; dlopen c now k; dlclose h; dlopen a now g';
    expect(answers(libc, main, `${a}, ${other('b')}, ${other('c')}`).slice(2)).toEqual([
      'a register tls 0',
      'a unregister tls 0',
      'a register tls 0',
    ]);
  });

  test('before 2.34 no number between others is given again', () => {
    const main = 'dlopen b now h; dlopen c now k; dlclose h; dlopen a now g';
    const [first] = answers('debian-2.31', main, `${a}, ${other('b')}, ${other('c')}`);
    expect(first).toBe('a register tls EFAULT');
  });
});

test('what ld.so allocated before libc was there is handed out to nobody', () => {
  const events = eventsOf(
    'debian-2.36',
    `
exe: { needed: [a], main: [] }
objects: { a: { ctors: [register tls] }, m: { needed: [a], audit: { callbacks: { la_objopen: [] } } } }
audit: [m]`,
  );
  const told = events.filter(({ obj, kind }) => obj === 'a' && kind === 'rseq').map(({ result }) => result);
  expect(told).toEqual(['0', 'EINVAL']);
});

test('a thread of a constructor finds the static block of its library without the loader’s lock: it was given with its stack', () => {
  const events = eventsOf(
    'debian-2.31',
    `
exe: { main: dlopen b now h }
objects: { b: { ctors: ["start t1 run; join t1"], bodies: { run: claim_busy_ok tls } } }`,
  );
  expect(events.filter(({ kind }) => kind === 'rseq').map(({ result }) => result)).toEqual(['0', '0']);
  expect(events.at(-1)?.result).toBe('exit 0');
});
