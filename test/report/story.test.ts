// Stories: the culprit of each kind of finding, why it could act, and a last line that shows the same story again.
import { describe, expect, test } from '@jest/globals';
import { parsePath, printPath } from '../../src/explore/index.js';
import {
  judge,
  type Story,
  type StoryLine,
  storyForJudgement,
  storyOf,
  storyText,
  tellingVerdict,
} from '../../src/report/index.js';
import { bareConstructor, build, linux, scenario, seedBuilds, twoThreads } from '../process/scenarios.js';

function told(text: string, libc: string, file?: string): Story {
  const read = scenario(text);
  const judgement = judge(read, build(libc), linux);
  const story = storyForJudgement(read, build(libc), linux, judgement, file === undefined ? {} : { file });
  if (story === null) throw new Error('there is nothing to tell');
  return story;
}

function culprit(story: Story): StoryLine {
  const [line, ...others] = story.lines.filter((each) => each.culprit);
  if (line === undefined || others.length > 0) throw new Error('not one culprit');
  return line;
}

describe('the story of a takeover', () => {
  const story = told(bareConstructor.replace('main is owned by a', 'P-01 broken'), 'patch-v12', 'seed/first.yaml');

  test('reads from heading to replay line', () => {
    expect(storyText(story)).toBe(
      `
BROKEN  forbidden: P-01 broken    a-constructor-claims-first
        A constructor that asks nobody takes the main thread before libc.
        under patch-v12 (L-08), Linux 6.18: 4 steps, the shortest way; always

    step  thread  ns    what                                                          changed
       1  main          ld.so writes __rseq_handled, the one in ld-linux-x86-64.so.2  __rseq_handled: 0 -> 1
       2  main    base  constructor of a
 >     3  main    base  a calls rseq(register static) = 0                             owner of main: nobody -> a
       4  main          libc calls rseq(register libc) = EINVAL                       libc marks its cpu_id -2 (failed)
          main          P-01 is broken here
          main    base  main
          main    base  exe reads __rseq_size, its area is nosym
          main    base  main returns 0

why     glibc calls the code of a (elf/dl-init.c:call_init)
        patch-v12: ld.so announces ownership in __rseq_handled before constructors run; libc registers in
        __libc_start_main and in each thread. (Desnoyers, libc-alpha 2019-08-07, v12; glibc-dev 6c37c2c7a2
        csu/libc-start.c, elf/rtld.c, nptl/pthread_create.c)
        P-01 no-silent-takeover: whenever libc in the base namespace means to own rseq, nobody else holds the slot of
        the main thread when __libc_start_main is entered (Desnoyers, seed thread 2019-09-13; linux-api 2019-05-31 and
        2019-06-04)
then    the process ends: exit 0
replay  npx rtldlab replay seed/first.yaml --libc patch-v12 --path main.main.main.main
`.trim(),
    );
  });

  test('is data that survives JSON', () => {
    expect(JSON.parse(JSON.stringify(story))).toEqual(story);
    expect(story.schema).toBe('rtldlab.story/1');
  });
});

describe('the culprit', () => {
  test('of a lost balance is the release, and the reason is the key destructors of glibc', () => {
    const text = `
      exe: {main: "spawn w body; join w", bodies: {body: mark b}}
      claimants: {exe: {who: C-13, at: thread}}
      forbidden: P-09 broken
      allowed: exe ran claim_busy_ok busy
    `;
    const story = told(text, 'patch-v12');
    expect(culprit(story)).toMatchObject({
      thread: 'w',
      what: 'exe calls rseq(unregister abi) = 0',
      changed: ['owner of w: libc -> nobody'],
    });
    expect(story.why[0]?.source).toBe('nptl/nptl_deallocate_tsd.c:__nptl_deallocate_tsd');
    expect(story.after).toEqual([
      'libc calls rseq(unregister libc) = EINVAL',
      'killed by SIGABRT',
      'the process ends: signal SIGABRT',
    ]);
  });

  test('of an abort is what died, in the namespace and at the place where libc gave up', () => {
    const text = `
      exe: {main: mark m}
      audit: [aud]
      objects: {aud: {audit: {callbacks: {la_version: []}}}}
      claimants: {aud: C-05}
      forbidden: ends with signal SIGABRT
      allowed: aud ran ctor
    `;
    const story = told(text, '2.32-dev');
    expect(culprit(story).what).toBe('killed by SIGABRT');
    expect(story.why[0]?.source).toBe('csu/libc_early_init.c:__libc_early_init');
    expect(story.lines.find(({ what }) => what === 'constructor of aud')?.ns).toBe('1');
  });

  test('of a resolver in a static program is called by apply_irel', () => {
    const text = `
      exe: {kind: static, main: mark m}
      claimants: {exe: {who: C-15, area: static, at: resolver}}
      forbidden: main is owned by exe
      allowed: exe ran resolver
    `;
    const story = told(text, 'debian-2.36');
    expect(culprit(story)).toMatchObject({
      what: 'exe calls rseq(register static) = 0',
      changed: ['owner of main: nobody -> exe'],
    });
    expect(story.why[0]?.source).toBe('csu/libc-start.c:apply_irel');
  });
});

describe('what a story shows', () => {
  test('of several allowed things the one that its path reaches', () => {
    const text = bareConstructor.replace(
      'allowed: a ran ctor',
      "allowed: [a ran ctor, a's rseq gets EINVAL, exe ran main]",
    );
    const story = told(text, 'debian-2.36');
    expect([story.shows?.text, culprit(story).what]).toEqual(['a ran ctor', 'constructor of a']);
  });

  test('of a requirement that is missed the event that spoils it', () => {
    const text = bareConstructor.replace('forbidden: main is owned by a', 'required: not main is owned by a');
    expect(culprit(told(text, 'patch-v12')).what).toBe('a calls rseq(register static) = 0');
  });

  test('of a deadlock that nobody can go', () => {
    const text = `
      exe: {main: "spawn w body; pthread_exit", bodies: {body: mark hi}}
      forbidden: ends with timeout
      allowed: exe ran thread.begin
    `;
    expect(told(text, 'debian-2.36').after).toEqual(['nobody can go: a deadlock']);
  });

  test('when nothing forbidden is reached: that the allowed is', () => {
    const story = told(bareConstructor, 'debian-2.36');
    expect(story.shows).toMatchObject({ word: 'allowed', sense: 'holds' });
    expect(storyText(story)).toMatch(/^REACHED {2}allowed: a ran ctor/);
  });

  test('when a demand is missed: where it fails', () => {
    const text = twoThreads.replace(
      'required: ends with exit 0',
      'required: libc of one is registered before libc of two is registered',
    );
    expect(storyText(told(text, 'debian-2.36'))).toMatch(/^MISSED {2}required: libc of one/);
  });

  test('threads have the names that the scenario gives them', () => {
    const { lines } = told(twoThreads, 'debian-2.36');
    expect(new Set(lines.map(({ thread }) => thread))).toEqual(new Set(['main', 'one', 'two']));
    expect(lines.flatMap(({ changed }) => changed)).toContain('thread one is t2 in the path');
  });

  test('a member of a family is named where it is chosen', () => {
    const text = `${bareConstructor}vary: [{onoff: bind_now}]\n`;
    const story = told(text, 'patch-v12');
    expect(story.lines[0]).toMatchObject({ step: 1, what: 'vary chooses bind_now=off' });
    expect(story.member).toBe('bind_now=off');
  });
});

describe('the replay line', () => {
  test.each(seedBuilds)('of %s tells the same steps again', (libc) => {
    const read = scenario(bareConstructor);
    const story = told(bareConstructor, libc);
    const path = parsePath(story.replay.split(' ').at(-1) ?? '');
    if (!path.ok) throw new Error('unreadable path');
    const again = storyOf(read, build(libc), linux, path.path);
    expect(again.ok && again.story.lines.map(({ what }) => what)).toEqual(story.lines.map(({ what }) => what));
    expect(again.ok && again.story.replay).toBe(story.replay);
  });

  test('quotes what a shell would take apart, and names a kernel that is not the usual one', () => {
    const story = told(bareConstructor, 'patch-v12', "my file's.yaml");
    expect(story.replay).toContain(`'my file'\\''s.yaml' --libc patch-v12`);
    const read = scenario(`${bareConstructor}kernel: 5.4\n`);
    const other = storyOf(read, build('patch-v12'), linux, []);
    expect(other.ok && other.story.replay).toContain('--kernel 6.18 --path .');
  });

  test('a path of another model is answered with the step that does not fit and what could be done', () => {
    const judgement = judge(scenario(bareConstructor), build('patch-v12'), linux);
    expect(tellingVerdict(judgement)?.path).toBe(printPath([...Array(3)].map(() => ({ actor: 'main', choices: [] }))));
    const path = [
      { actor: 'main', choices: [] },
      { actor: 't7', choices: [] },
    ];
    const answer = storyOf(scenario(bareConstructor), build('patch-v12'), linux, path);
    expect(answer).toEqual({ ok: false, error: 'step 2 (t7): there is no actor t7; possible here: main' });
  });
});
