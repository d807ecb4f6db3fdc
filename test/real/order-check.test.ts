/**
 * Predicted orders against this machine's own ld.so: twenty programs that every Linux has. The long form, every program of the
 * machine, is `npm run order-campaign`.
 */
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { startedProgram } from '../../src/cli/elf-program.js';
import { orderedProgram } from '../../src/cli/order-program.js';
import { debuggedRun, fenceHere, type LoggedOpening, readLoaderLog } from '../../src/real/ld-debug.js';
import { checkOrder } from '../../src/real/order-check.js';

const names = 'ls cat cp grep sed tar gzip sort bash find xargs diff date env head tail wc make perl ps'.split(' ');
const quiet = { libraryPath: '', preload: '' };

/** Why this machine is not asked; undefined when it is. */
function whyNotAsked(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return `this is ${process.platform} on ${process.arch}`;
  if (!existsSync('/lib64/ld-linux-x86-64.so.2')) return "there is no glibc's ld.so";
  const first = startedProgram('/bin/ls', quiet);
  return 'complaint' in first ? first.complaint.message : undefined;
}

/** How a program's run differs from its prediction; undefined where it does not. */
async function differenceOf(path: string, fence: readonly string[]): Promise<string | undefined> {
  const predict = (openings: readonly LoggedOpening[]) => {
    const started = startedProgram(path, quiet, openings);
    if ('complaint' in started) throw new Error(started.complaint.message);
    return orderedProgram(started.value);
  };
  const { status, log } = await debuggedRun(path, ['--version'], fence, 20_000);
  if (log === undefined || status !== 0) return undefined;
  const { init, fini } = checkOrder(predict, log);
  return init === 'agrees' && fini !== 'differs' ? undefined : `${path}: init ${init}, fini ${fini}`;
}

describe('the order of real programs', () => {
  test('is what ld.so says, or the machine is not asked and the reason is said', async () => {
    const why = whyNotAsked();
    if (why !== undefined) {
      process.stdout.write(`ld.so is not asked: ${why}\n`);
      expect(why).not.toBe('');
      return;
    }
    const fence = await fenceHere();
    const paths = names.map((name) => `/usr/bin/${name}`).filter((path) => existsSync(path));
    const differences: string[] = [];
    for (const path of paths) differences.push(...[await differenceOf(path, fence)].flatMap((each) => each ?? []));
    expect(differences).toEqual([]);
  }, 120_000);
});

describe('a log of ld.so', () => {
  const line = (text: string) => `      77:\t${text}`;
  const log = readLoaderLog(
    [
      line('calling init: /lib/a.so'),
      line('transferring control: /bin/p'),
      line('file=b.so [0];  dynamically loaded by /bin/p [0]'),
      line('calling init: /lib/b.so'),
      line('calling fini:  [0]'),
      line('calling fini: /lib/b.so [0]'),
      line('calling fini: /lib/a.so [0]'),
    ].join('\n'),
    '/bin/p',
  );

  test('says what was there at the start, what was opened, and how it ended', () => {
    expect(log).toEqual({
      init: ['/lib/a.so'],
      openings: [{ name: 'b.so', by: '/bin/p' }],
      openedAtStart: false,
      closed: [],
      fini: ['(main)', '/lib/b.so', '/lib/a.so'],
      becameAnother: false,
    });
  });

  test('differs from a wrong prediction, and agrees with a right one that was told what was opened', () => {
    if (log === undefined) throw new Error('the log was not read');
    const right = (openings: readonly LoggedOpening[]) => ({
      init: ['/lib/a.so'],
      fini: openings.length === 0 ? ['(main)', '/lib/a.so'] : ['(main)', '/lib/b.so', '/lib/a.so'],
    });
    expect(checkOrder(right, log)).toMatchObject({ init: 'agrees', fini: 'agrees', opened: ['/lib/b.so'] });
    expect(checkOrder(() => ({ init: [], fini: ['/lib/a.so', '(main)'] }), log)).toMatchObject({
      init: 'differs',
      fini: 'differs',
    });
  });
});
