// What a person sees after a typical mistake: code, place, the line with a caret, what was expected, the near name.
import { describe, expect, test } from '@jest/globals';
import { type Code, nearestName, printable, renderDiagnostic } from '../../src/scenario/diagnostics.js';
import { parseScenario } from '../../src/scenario/parse.js';

const known = { knownSemantics: ['patch-v12', 'glibc-2.36'], knownClaimants: ['C-03', 'C-15'] };

/** The rendered faults of a text, without its common indentation. */
function faultsOf(text: string): string {
  const outcome = parseScenario(text, { file: 's.yaml', ...known });
  return 'scenario' in outcome ? 'no fault' : outcome.diagnostics.map(renderDiagnostic).join('\n');
}

const lines = (...all: string[]) => all.join('\n');

/** Mistake, text, what is shown. */
const MISTAKES: readonly (readonly [mistake: string, text: string, shown: string])[] = [
  [
    'a misspelt field of the document',
    lines('exe: {}', 'preloads: [a]', 'objects: {a: {}}'),
    lines(
      's.yaml:2:1: error S010: unknown field "preloads"',
      '  2 | preloads: [a]',
      '    | ^^^^^^^^',
      '  expected one of scenario, id, claim, source, kernel, libc, world, exe, objects, preload, audit, tunables and 15 more; did you mean preload?',
    ),
  ],
  [
    'a misspelt field of an object',
    lines('exe: {needed: [a]}', 'objects:', '  a:', '    ctor: [claim static]'),
    lines(
      's.yaml:4:5: error S010: unknown field "ctor"',
      '  4 |     ctor: [claim static]',
      '    |     ^^^^',
      '  expected one of kind, soname, needed, handled, libc, absent, flags, preinit, init, fini, ctors, dtors and 17 more; did you mean ctors?',
    ),
  ],
  [
    'a misspelt action in a short text',
    lines('exe:', '  main: "info; dlopn a now h"', 'objects: {a: {}}'),
    lines(
      's.yaml:2:16: error S020: unknown action "dlopn"',
      '  2 |   main: "info; dlopn a now h"',
      '    |                ^^^^^',
      '  expected one of mark, call, dlopen, dlmopen, dlclose, dlsym_call, spawn, start, join, detach, pthread_exit, tsd and 29 more; did you mean dlopen?',
    ),
  ],
  [
    'a misspelt action in its long form',
    lines('exe:', '  main:', '    - {op: dlclos, handle: h}'),
    lines(
      's.yaml:3:12: error S020: unknown action "dlclos"',
      '  3 |     - {op: dlclos, handle: h}',
      '    |            ^^^^^^',
      '  expected one of mark, call, dlopen, dlmopen, dlclose, dlsym_call, spawn, start, join, detach, pthread_exit, tsd and 25 more; did you mean dlclose?',
    ),
  ],
  [
    'a short action with too few words',
    'exe: {main: dlopen a}',
    lines(
      's.yaml:1:13: error S021: dlopen has too few words',
      '  1 | exe: {main: dlopen a}',
      '    |             ^^^^^^^^',
      '  expected dlopen file [flags ...] as',
    ),
  ],
  [
    'a misspelt flag',
    lines('exe: {main: dlopen a lasy h}', 'objects: {a: {}}'),
    lines(
      's.yaml:1:22: error S013: "lasy" is not possible here',
      '  1 | exe: {main: dlopen a lasy h}',
      '    |                      ^^^^',
      '  expected one of now, lazy, global, local, nodelete, noload, deepbind; did you mean lazy?',
    ),
  ],
  [
    'an object that does not exist',
    lines('exe: {needed: [libadu]}', 'objects: {libaud: {}}'),
    lines(
      's.yaml:1:16: error S030: unknown object "libadu"',
      '  1 | exe: {needed: [libadu]}',
      '    |                ^^^^^^',
      '  expected libaud (an object not on disk is {absent: true}); did you mean libaud?',
    ),
  ],
  [
    'a thread body that does not exist',
    lines('exe:', '  main: spawn t wrok; join t', '  bodies: {work: info}'),
    lines(
      's.yaml:2:17: error S031: unknown body "wrok"',
      '  2 |   main: spawn t wrok; join t',
      '    |                 ^^^^',
      '  expected work; did you mean work?',
    ),
  ],
  [
    'a handle and a thread that nothing made, found in one pass',
    lines('exe:', '  main: [dlclose h1, "info; join worker"]'),
    lines(
      's.yaml:2:18: error S032: unknown handle "h1"',
      '  2 |   main: [dlclose h1, "info; join worker"]',
      '    |                  ^^',
      '  expected nothing: there is none here',
      's.yaml:2:34: error S033: unknown thread "worker"',
      '  2 |   main: [dlclose h1, "info; join worker"]',
      '    |                                  ^^^^^^',
      '  expected nothing: there is none here',
    ),
  ],
  [
    'a call of a symbol that no object defines',
    lines('exe: {needed: [a], main: call w_use}', 'objects: {a: {funcs: {w_a_use: info}}}'),
    lines(
      's.yaml:1:31: error S034: unknown symbol "w_use"',
      '  1 | exe: {needed: [a], main: call w_use}',
      '    |                               ^^^^^',
      '  expected w_a_use',
    ),
  ],
  [
    'a wrong type',
    lines('exe: {needed: a}', 'objects: {a: {}}'),
    lines(
      's.yaml:1:15: error S012: text cannot stand here',
      '  1 | exe: {needed: a}',
      '    |               ^',
      '  expected a list',
    ),
  ],
  [
    'a number out of range',
    'exe: {exit_code: 256}',
    lines(
      's.yaml:1:18: error S014: 256 is not possible here',
      '  1 | exe: {exit_code: 256}',
      '    |                  ^^^',
      '  expected at most 255',
    ),
  ],
  [
    'a file name where an object name belongs',
    lines('exe: {}', 'objects:', '  liba.so: {}'),
    lines(
      's.yaml:3:3: error S014: "liba.so" is not possible here',
      '  3 |   liba.so: {}',
      '    |   ^^^^^^^',
      '  expected a name: letters, digits and _, not starting with a digit (object a is the file a.so)',
    ),
  ],
  [
    'a main function in a library',
    lines('exe: {}', 'objects: {a: {main: info}}'),
    lines(
      's.yaml:2:15: error S015: only the executable has main',
      '  2 | objects: {a: {main: info}}',
      '    |               ^^^^',
      '  expected this field in exe',
    ),
  ],
  [
    'no program at all',
    'scenario: x',
    lines(
      's.yaml:1:1: error S005: the scenario has no program',
      '  1 | scenario: x',
      '    | ^^^^^^^^^^^',
      '  expected exe and objects at the top level, or world',
    ),
  ],
  [
    'a missing field of a long action',
    lines('exe:', '  main:', '    - op: rseq', '      cmd: register'),
    lines(
      's.yaml:3:7: error S011: the field area is missing',
      '  3 |     - op: rseq',
      '    |       ^^^^^^^^',
      '  expected one of static, tls, libc, abi',
    ),
  ],
  [
    'a forbidden without an allowed',
    lines('exe: {}', 'forbidden: main is owned by exe'),
    lines(
      's.yaml:2:1: error S060: forbidden stands without allowed',
      '  2 | forbidden: main is owned by exe',
      '    | ^^^^^^^^^',
      '  expected allowed: a predicate that shows that the interesting part is reached',
    ),
  ],
  [
    'a predicate about strangers',
    lines('exe: {}', 'required: >-', '  exe ran man and not b ran ctor'),
    lines(
      's.yaml:3:11: error S041: unknown kind of event "man"',
      '  3 |   exe ran man and not b ran ctor',
      '    |           ^^^',
      '  expected one of preinit, init, ctor, dtor, fini, resolver, impl, func, main, main.ret, mark, dlopen and 74 more; did you mean main?',
      's.yaml:3:23: error S030: unknown object "b"',
      '  3 |   exe ran man and not b ran ctor',
      '    |                       ^',
      '  expected one of exe, libc, process',
    ),
  ],
  [
    'a predicate with a gap',
    lines('exe: {}', 'required: main is by exe'),
    lines(
      's.yaml:2:19: error S040: "by" cannot be read here',
      '  2 | required: main is by exe',
      '    |                   ^^',
      '  expected "owned"',
    ),
  ],
  [
    'an order with a hole',
    lines('exe: {needed: [a]}', 'objects: {a: {}}', "order: 'a>{}a'"),
    lines(
      's.yaml:3:13: error S042: "a" cannot be read in an order',
      "  3 | order: 'a>{}a'",
      '    |             ^',
      '  expected X> (constructor), <X (destructor) or {} (main)',
    ),
  ],
  [
    'unknown semantics, claimants and verdict words',
    lines(
      'exe: {}',
      'claimants: {exe: C-14}',
      'allowed: exe ran main',
      'expect:',
      '  glibc-2.63: {allowed: alwys, order: never}',
    ),
    lines(
      's.yaml:2:18: error S063: unknown claimant "C-14"',
      '  2 | claimants: {exe: C-14}',
      '    |                  ^^^^',
      '  expected one of C-03, C-15; did you mean C-15?',
      's.yaml:5:25: error S013: "alwys" is not possible here',
      '  5 |   glibc-2.63: {allowed: alwys, order: never}',
      '    |                         ^^^^^',
      '  expected one of never, sometimes, always; did you mean always?',
    ),
  ],
  [
    'a verdict for what the scenario does not ask',
    lines('exe: {}', 'allowed: exe ran main', 'expect:', '  glibc-2.63: {order: never}'),
    lines(
      's.yaml:4:3: error S062: unknown semantics "glibc-2.63"',
      '  4 |   glibc-2.63: {order: never}',
      '    |   ^^^^^^^^^^',
      '  expected one of patch-v12, glibc-2.36; did you mean glibc-2.36?',
      's.yaml:4:16: error S061: the scenario has no order to judge',
      '  4 |   glibc-2.63: {order: never}',
      '    |                ^^^^^',
      '  expected order: ...',
    ),
  ],
  [
    'a family of a place that is not there, and of a value that does not fit',
    lines(
      'exe: {}',
      'vary:',
      '  - orders: exe.needd',
      '  - onoff: exe.kind',
      '  - oneof: bind_now',
      '    values: {x: 3}',
    ),
    lines(
      's.yaml:3:13: error S050: the world has no place exe.needd',
      '  3 |   - orders: exe.needd',
      '    |             ^^^^^^^^^',
      '  expected a path as exe.needed or objects.a.ctors.0.do',
      's.yaml:4:12: error S012: true cannot stand here',
      '  4 |   - onoff: exe.kind',
      '    |            ^^^^^^^^',
      '  expected one of pie, nopie, static, static-pie',
      's.yaml:6:17: error S012: a number cannot stand here',
      '  6 |     values: {x: 3}',
      '    |                 ^',
      '  expected true or false',
    ),
  ],
  [
    'a key that stands twice',
    lines('exe: {}', 'exe: {main: info}'),
    lines(
      's.yaml:2:1: error S002: the key "exe" stands twice in one mapping',
      '  2 | exe: {main: info}',
      '    | ^^^',
      '  expected each key once',
    ),
  ],
  [
    'a bracket that is not closed',
    lines('exe: {needed: [a}'),
    lines(
      's.yaml:1:17: error S001: flow sequence in block collection must be sufficiently indented and end with a ]',
      '  1 | exe: {needed: [a}',
      '    |                 ^',
      '  expected YAML 1.2 or JSON',
      's.yaml:1:17: error S001: flow map in block collection must be sufficiently indented and end with a }',
      '  1 | exe: {needed: [a}',
      '    |                 ^',
      '  expected YAML 1.2 or JSON',
    ),
  ],
  [
    'a program beside world',
    lines('world: {exe: {}}', 'preload: [a]'),
    lines(
      's.yaml:2:1: error S005: preload stands beside world',
      '  2 | preload: [a]',
      '    | ^^^^^^^',
      '  expected it inside world',
    ),
  ],
];

describe('diagnostics', () => {
  test.each(MISTAKES)('%s', (_, text, shown) => {
    expect(faultsOf(text)).toBe(shown);
  });

  test('faults of several parts are told in one pass, by place', () => {
    const text = lines('exe: {needed: [x], colour: red}', 'objects: {a: {flags: [nodelet]}}', 'order: a>b>');
    const outcome = parseScenario(text);
    const codes: readonly Code[] = 'scenario' in outcome ? [] : outcome.diagnostics.map((one) => one.code);
    expect(codes).toEqual(['S010', 'S013', 'S030']);
  });

  test('a preloaded name that is nearly an object is a warning, and the scenario stands', () => {
    const outcome = parseScenario(lines('exe: {}', 'objects: {tracer: {}}', 'preload: [tracr]'));
    expect('scenario' in outcome && outcome.warnings.map(renderDiagnostic)).toEqual([
      lines(
        'scenario.yaml:3:11: warning S030: unknown object "tracr": not on disk',
        '  3 | preload: [tracr]',
        '    |           ^^^^^',
        '  expected tracer; did you mean tracer?',
      ),
    ]);
  });

  test('a long line is quoted around the caret', () => {
    const text = `{"exe": {"main": "${'spin; '.repeat(60)}spim"}}`;
    const [, quoted = '', carets = ''] = faultsOf(text).split('\n');
    expect(quoted.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('spim');
    expect(quoted.length).toBeLessThan(130);
  });

  test('a text cannot steer the terminal it is quoted on', () => {
    const shown = faultsOf('exe: {}\n"\\e[2J": 1\n"\u202eabc": 2');
    expect([...shown].filter((one) => one === '\u001b' || one === '\u202e')).toEqual([]);
    expect(shown).toContain('\ufffd');
    expect(printable('a\u001b[2Jb')).toBe('a\ufffd[2Jb');
  });

  test('a near name is one edit away, or a third of its letters', () => {
    expect(nearestName('dlopne', ['dlclose', 'dlopen'])).toBe('dlopen');
    expect(nearestName('x', ['a'])).toBeUndefined();
    expect(nearestName('spawn', ['start'])).toBeUndefined();
  });
});
