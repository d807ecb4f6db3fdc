/**
 * Waiting for a search, and giving up on it: the line that tells how far it is, and the thread that can be stopped.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { drawnProgress, progressText } from '../../src/cli/progress.js';
import { Session } from '../../src/cli/session.js';

const so = { states: 1_250_000, expanded: 1_200_000, depth: 31, bytes: 80 * 2 ** 20 };

function sessionOn(watched: boolean) {
  const said: string[] = [];
  const terminal = {
    out: () => undefined,
    err: (text: string) => void said.push(text),
    stdin: () => undefined,
    watched,
  };
  return { said, session: new Session(terminal) };
}

describe('progress', () => {
  test('says states, their rate, the frontier, the depth, memory and what is left to the bound', () => {
    expect(progressText('s under 2.31', so, 2.5, 2_000_000)).toBe(
      's under 2.31: 1,250,000 states, 500,000/s, frontier 50,000, depth 31, 80 MB, 2 s to the bound',
    );
  });

  test('is nothing where nobody watches', () => {
    const { said, session } = sessionOn(false);
    const draw = drawnProgress(session, 's', 10);
    for (let i = 0; i < 1000; i++) draw(so);
    expect(said).toEqual([]);
  });

  test('is drawn at most some times a second', () => {
    const { said, session } = sessionOn(true);
    const draw = drawnProgress(session, 's', 10);
    for (let i = 0; i < 1000; i++) draw(so);
    expect(said.length).toBeLessThan(100);
  });
});

test('a judging thread that is told to stop answers with what is known so far, and claims no proof', () => {
  const root = join(__dirname, '..', '..');
  const script = `
    import { readFileSync } from 'node:fs';
    import { judgedByThread } from './dist/cli/interruptible.js';
    import { trialsOf } from './dist/cli/judging.js';
    import { parseScenario } from './dist/scenario/index.js';
    const file = 'scenarios/threads/every-thread-is-registered-whatever-five-do-at-once.yaml';
    const { scenario } = parseScenario(readFileSync(file, 'utf8'), { file });
    const [trial] = trialsOf({ file, scenario }, {}).value;
    const stop = new SharedArrayBuffer(4);
    let told = 0;
    const searching = { bounds: { maxStates: 2000000 }, means: { workers: 2 } };
    const progress = ({ states }) => {
      told = states;
      Atomics.store(new Int32Array(stop), 0, 1);
    };
    const { value } = await judgedByThread(trial, searching, progress, stop);
    const { bound, complete, verdicts, exitCode } = value;
    console.log(JSON.stringify({ what: bound.what, complete, exitCode, told: told > 0, printed: verdicts[0].printed }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const printed = expect.stringMatching(/^never, within \d+ states, interrupted$/);
  expect(JSON.parse(stdout)).toEqual({ what: 'interrupted', complete: false, exitCode: 3, told: true, printed });
});
