// From scenarios to verdicts: what is known of each semantics comes out, bounds are never called proofs, and the two searches agree.
import { describe, expect, test } from '@jest/globals';
import { parsePath, searchNaively } from '../../src/explore/index.js';
import { modelOfScenario, replayScenario } from '../../src/process/judge.js';
import { exitCodeOf } from '../../src/process/verdict.js';
import {
  bareConstructor,
  build,
  judged,
  linux,
  outcomes,
  scenario,
  seedBuilds,
  twoThreads,
  verdict,
} from './scenarios.js';

/** What an auditor needs: one callback. */
const auditor = 'audit: {callbacks: {la_version: []}}';

describe('who owns the main thread', () => {
  test('under v12 a constructor that asks nobody does, under the others libc was first', () => {
    expect(outcomes(bareConstructor)).toEqual({
      'patch-v12': 'always',
      'register-early': 'never',
      unconditional: 'never',
      '2.32-dev': 'never',
      'debian-2.36': 'never',
    });
  });

  test('a constructor that reads the flag of v12 stays away', () => {
    const text = bareConstructor
      .replace('C-15', 'C-03')
      .replace('allowed: a ran ctor', 'allowed: a ran claim_handled defer');
    expect(verdict(judged(text, 'patch-v12'), 'forbidden').printed).toMatch(/^never, complete/);
    expect(verdict(judged(text, 'patch-v12'), 'allowed').outcome).toBe('always');
  });

  test('an auditor that reads the flag finds 0 and owns main all the same', () => {
    const text = `
      exe: {main: info}
      audit: [aud]
      objects: {aud: {${auditor}}}
      claimants: {aud: C-03}
      forbidden: main is owned by aud
      allowed: aud ran claim_handled free
    `;
    const judgement = judged(text, 'patch-v12');
    expect([verdict(judgement, 'forbidden').outcome, verdict(judgement, 'allowed').outcome]).toEqual([
      'always',
      'always',
    ]);
  });

  test.each([
    ['ctor', "a's rseq gets EINVAL"],
    ['init', "a's rseq gets EINVAL"],
    // It runs while the data of its own object is relocated, and an area in thread-local storage needs a call through the PLT.
    ['resolver', 'ends with signal SIGSEGV'],
    ['main', "a's rseq gets EINVAL"],
    ['thread', "a's rseq gets EINVAL"],
  ])('under 2.36 no dynamic program lets anybody: %s', (at, instead) => {
    const text = `
      exe: {needed: [a], main: spawn w body; join w, bodies: {body: mark hi}}
      objects: {a: {}}
      claimants: {a: {who: C-15, at: ${at}}}
      forbidden: [main is owned by a, w is owned by a]
      allowed: ${instead}
    `;
    const judgement = judged(text.replace('main: spawn w body; join w', 'main: "spawn w body; join w"'), 'debian-2.36');
    expect(verdict(judgement, 'forbidden').printed).toMatch(/^never, complete \(\d+ states\)$/);
    expect(judgement.outcome).toBe('asExpected');
  });

  test('the resolver of a static program is first under every semantics, and 2.32-dev aborts', () => {
    const text = `
      exe: {kind: static, main: info}
      claimants: {exe: {who: C-15, area: static, at: resolver}}
      forbidden: main is owned by exe
      allowed: exe ran resolver
    `;
    expect(Object.values(outcomes(text))).toEqual(seedBuilds.map(() => 'always'));
    expect(judged(text, '2.32-dev').ends).toEqual({ 'signal SIGABRT': 1 });
    expect(judged(text, 'debian-2.36').ends).toEqual({ 'exit 0': 1 });
  });

  test('under 2.32-dev the claim of an auditor makes libc abort, which only documented uses may not cause', () => {
    const text = `
      exe: {main: info}
      audit: [aud]
      objects: {aud: {${auditor}}}
      claimants: {aud: C-05}
      forbidden: [P-24 broken, ends with signal SIGABRT]
      allowed: aud ran ctor
    `;
    expect(outcomes(text)).toMatchObject({ 'patch-v12': 'never', '2.32-dev': 'always', 'debian-2.36': 'never' });
    expect(judged(text, '2.32-dev').ends).toEqual({ 'signal SIGABRT': 1 });
  });
});

describe('verdicts', () => {
  test('a witness is the shortest way and can be replayed', () => {
    const judgement = judged(bareConstructor, 'patch-v12');
    const { witness } = verdict(judgement, 'forbidden');
    expect(witness).toEqual({ steps: 3, path: 'main.main.main' });
    const parsed = parsePath(witness?.path ?? '');
    const model = modelOfScenario(scenario(bareConstructor), build('patch-v12'), linux);
    expect(parsed.ok && replayScenario(model, parsed.path).ok).toBe(true);
  });

  test('two threads side by side run in more than one schedule', () => {
    const judgement = judged(twoThreads, 'debian-2.36');
    expect(judgement.finals).toBe(2);
    expect(verdict(judgement, 'allowed').printed).toBe('sometimes, 1 of 2 final worlds');
    expect(verdict(judgement, 'required')).toMatchObject({ outcome: 'always', printed: 'always', against: null });
  });

  test('a required predicate that fails somewhere has a way to where it fails', () => {
    const text = twoThreads.replace(
      'required: ends with exit 0',
      'required: libc of one is registered before libc of two is registered',
    );
    const { outcome, agrees, against } = verdict(judged(text, 'debian-2.36'), 'required');
    expect([outcome, agrees, against === null]).toEqual(['sometimes', 'no', false]);
  });

  test('a predicate that is true until something happens is judged of whole runs', () => {
    const text = bareConstructor.replace('main is owned by a', 'main is owned by nobody');
    expect(outcomes(text, ['2.31', 'patch-v12'])).toEqual({ '2.31': 'never', 'patch-v12': 'never' });
    const idle = text.replace(/claimants:.*\n/, '').replace('objects: {a: {}}', 'objects: {a: {ctors: [mark hi]}}');
    expect(outcomes(idle, ['2.31', 'patch-v12'])).toEqual({ '2.31': 'always', 'patch-v12': 'never' });
  });

  test('a world in which nobody can go ends with a timeout', () => {
    const text = `
      exe: {main: "spawn w body; pthread_exit", bodies: {body: mark hi}}
      forbidden: ends with timeout
      allowed: exe ran thread.begin
    `;
    const judgement = judged(text, 'debian-2.36');
    expect(judgement.ends).toEqual({ timeout: 1 });
    expect(verdict(judgement, 'forbidden').outcome).toBe('always');
  });

  test('orders are those of whole runs, and of several one must happen', () => {
    const text = `
      exe: {needed: [a, b], main: info}
      objects: {a: {ctors: [mark x], dtors: [mark x]}, b: {ctors: [mark x, mark y], dtors: [mark x]}}
      vary: [{orders: exe.needed}]
      order: ["b>a>{}<a<b", "a>b>{}<b<a"]
    `;
    const { outcome, parts } = verdict(judged(text, 'debian-2.36'), 'order');
    expect([outcome, ...parts.map((part) => [part.outcome, part.finals])]).toEqual([
      'always',
      ['sometimes', 1],
      ['sometimes', 1],
    ]);
    const one = text.replace(', "a>b>{}<b<a"', '');
    expect(verdict(judged(one, 'debian-2.36'), 'order')).toMatchObject({ outcome: 'sometimes', agrees: 'no' });
  });
});

describe('families', () => {
  const text = `
    exe: {needed: [a], main: info}
    objects: {a: {ctors: [claim static]}}
    tunables: {}
    vary: [{onoff: tunables.glibc.pthread.rseq, value: "0"}]
    forbidden: main is owned by a
    allowed: main is owned by libc
  `;

  test('the actor vary chooses a member, and the first step of a witness says which', () => {
    const judgement = judged(text, 'debian-2.36');
    expect(judgement.members).toBe(2);
    expect(verdict(judgement, 'forbidden')).toMatchObject({ outcome: 'sometimes', finals: 1, of: 2 });
    expect(verdict(judgement, 'forbidden').witness?.path).toMatch(/^vary:1\.main/);
    expect(verdict(judgement, 'allowed').witness?.path).toMatch(/^vary:0\.main/);
  });

  test('without families nobody chooses', () => {
    expect(judged(bareConstructor, 'debian-2.36').members).toBe(1);
    expect(verdict(judged(bareConstructor, 'debian-2.36'), 'allowed').witness?.path).not.toMatch(/vary/);
  });
});

describe('a bound that is hit', () => {
  test('is no proof: the verdict names it and the exit code is its own', () => {
    const judgement = judged(bareConstructor, 'debian-2.36', { maxStates: 5 });
    expect(judgement).toMatchObject({
      complete: false,
      bound: { what: 'states', limit: 5 },
      outcome: 'notProven',
      exitCode: 3,
    });
    expect(verdict(judgement, 'forbidden')).toMatchObject({ printed: 'never, within 5 states', agrees: 'no-proof' });
  });

  test('does not hide what was reached before it', () => {
    const judgement = judged(bareConstructor, 'patch-v12', { maxDepth: 4 });
    expect(verdict(judgement, 'forbidden')).toMatchObject({
      printed: 'sometimes, in no final world yet, within depth 4',
      agrees: 'no',
    });
    expect([judgement.outcome, judgement.exitCode]).toEqual(['unexpected', 1]);
  });

  test('several judgements together exit with the worst', () => {
    const [good, bound, bad] = [
      judged(bareConstructor, 'debian-2.36'),
      judged(bareConstructor, 'debian-2.36', { maxStates: 5 }),
      judged(bareConstructor, 'patch-v12'),
    ];
    expect([exitCodeOf([good]), exitCodeOf([good, bound]), exitCodeOf([bound, bad, good]), exitCodeOf([])]).toEqual([
      0, 3, 1, 0,
    ]);
  });
});

describe('what a scenario expects', () => {
  const expecting = (expect: string) => `${bareConstructor}expect: ${expect}\n`;

  test('is taken for the build, for its other names, and for its semantics', () => {
    const text = expecting(
      '{glibc-2.36: {forbidden: never}, patch-v12: {forbidden: always}, L-14: {forbidden: always}}',
    );
    const agrees = (libc: string) => verdict(judged(text, libc), 'forbidden').agrees;
    expect(['2.36', 'debian-2.36', 'patch-v12', '2.32-dev'].map(agrees)).toEqual(['yes', 'yes', 'yes', 'no']);
  });

  test('a pinned number of states that changed is unexpected', () => {
    const { states } = judged(bareConstructor, 'debian-2.36');
    const pinned = (n: number) => judged(expecting(`{debian-2.36: {states: ${n}}}`), 'debian-2.36');
    expect(pinned(states)).toMatchObject({ pinned: { states, agrees: 'yes' }, outcome: 'asExpected' });
    expect(pinned(states + 1)).toMatchObject({ pinned: { agrees: 'no' }, outcome: 'unexpected' });
  });
});

describe('what cannot be judged', () => {
  test.each([
    ['claimants: {a: C-99}', 'claimant C-99'],
    ['claimants: {a: {who: C-15, at: preinit}}', 'claimant in the preinit array of a shared object'],
    ['claimants: {a: {who: C-15, at: thread}}', 'claimant in a thread of a program that starts none'],
  ])('%s is named', (line, reason) => {
    const judgement = judged(bareConstructor.replace(/claimants:.*/, line), 'debian-2.36');
    expect(judgement).toMatchObject({ unsupported: [reason], outcome: 'unsupported', verdicts: [] });
  });

  test('a property nobody has defined', () => {
    const text = bareConstructor.replace('main is owned by a', 'P-99 broken');
    expect(judged(text, 'debian-2.36').unsupported).toEqual(['property P-99']);
  });
});

describe('the search', () => {
  const varied = `
    exe: {needed: [a, b], main: "start w body; join w", bodies: {body: claim_note tls}}
    objects: {a: {ctors: [claim_handled static]}, b: {ctors: [rseq register tls]}}
    vary: [{orders: exe.needed}]
    forbidden: [P-01 broken, P-09 broken]
    allowed: [a ran ctor before b ran ctor, w is owned by libc]
    required: not ends with timeout
  `;

  test.each([
    ['a bare constructor', bareConstructor],
    ['two threads', twoThreads],
    ['a family with a thread', varied],
  ])('answers the same naively and from memory, which is run again without a difference: %s', (_, text) => {
    for (const libc of ['patch-v12', 'debian-2.36']) {
      const remembered = judged(text, libc, { recheckEvery: 1 });
      expect(judged(text, libc, { search: searchNaively })).toEqual(remembered);
      expect(judged(text, libc)).toEqual(remembered);
    }
  });

  test('visits a number of states that only changes when a semantics does', () => {
    const states = (text: string, libc: string) => judged(text, libc).states;
    expect(seedBuilds.map((libc) => states(bareConstructor, libc))).toEqual([8, 8, 8, 8, 8]);
    expect(seedBuilds.map((libc) => states(twoThreads, libc))).toEqual([409, 409, 409, 409, 406]);
  });

  test('a judgement is plain data', () => {
    const judgement = judged(varied, 'patch-v12');
    expect(JSON.parse(JSON.stringify(judgement))).toEqual(judgement);
  });
});
