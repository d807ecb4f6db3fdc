/**
 * Small programs put to this machine: threads side by side, a child in its parent's memory, a filter, a claimant with a rule,
 * functions that others do not see. Without a compiler or a build for the installed libc the reason is printed, and only that it
 * was given is asserted.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { knownKernel } from '../../src/kernel/releases.js';
import { buildNamed } from '../../src/process/builds.js';
import { askMachine, closeWorkshop, type RealAnswerer, realAnswerer } from '../../src/real/index.js';
import { parseScenario } from '../../src/scenario/index.js';

let answerer: RealAnswerer = { skipped: 'not asked yet' };

beforeAll(async () => {
  answerer = await realAnswerer();
});

afterAll(() => {
  if ('shop' in answerer) closeWorkshop(answerer.shop);
});

const programs = [
  [
    'threads side by side',
    '{main: start a one; start b two; join a; join b, bodies: {one: mark a1; mark a2, two: mark b}}',
  ],
  ['a child in its parent’s memory', '{main: [{op: vfork, child: [info]}, info]}'],
  ['a filter that a later thread inherits', '{main: "seccomp ENOSYS; register static; info"}'],
  [
    'a claimant that counts its threads’ uses',
    '{main: claimant C-01 register tls; claimant C-01 register tls; claimant C-01 unregister tls}',
  ],
  ['a function that only its own file sees', '{main: call w_f, funcs: {w_f: mark f}, hidden: [w_f]}'],
] as const;

test.each(programs)('%s: the machine does what is predicted', async (_name, exe) => {
  const build = 'machine' in answerer ? buildNamed(answerer.machine.build ?? '') : undefined;
  if ('skipped' in answerer || build === undefined) {
    const reason = 'skipped' in answerer ? answerer.skipped : 'no build describes the installed libc';
    process.stdout.write(`The machine is not asked: ${reason}\n`);
    expect(reason).not.toBe('');
    return;
  }
  const parsed = parseScenario(`exe: ${exe}`);
  if (!('scenario' in parsed)) throw new Error(JSON.stringify(parsed.diagnostics));
  const told = await askMachine(answerer.shop, parsed.scenario.world, { build, kernel: knownKernel('6.18') });
  expect(told).toMatchObject({ outcome: 'equal' });
});
