// Holds `rtldlab order` against this machine's own ld.so: every dynamically linked program of the folders that answers --version
// is run under LD_DEBUG=files, and its initialisers and finalisers are compared with the prediction.
//
//   npm run order-campaign -- [--only N] [--limit MS] [FOLDER...]
//
// Programs run in an empty folder, with nothing to read, a poor environment and a time limit; where the machine permits it, shut
// off from other processes and the network. The last lines are the counts; the exit code is 1 when any order differs.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startedProgram } from '../src/cli/elf-program.js';
import { orderedProgram } from '../src/cli/order-program.js';
import { readElfFile } from '../src/elf/file.js';
import { debuggedRun, fenceHere, type LoggedOpening } from '../src/real/ld-debug.js';
import { checkOrder } from '../src/real/order-check.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string', default: '100000' }, limit: { type: 'string', default: '5000' } },
});
const folders = positionals.length > 0 ? positionals : ['/usr/bin', '/usr/sbin'];
const say = (line: string) => process.stdout.write(`${line}\n`);

/** Whether a path is a program that ld.so starts. */
function isDynamic(path: string): boolean {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
  const answer = readElfFile(path);
  return 'value' in answer && answer.value.interpreter !== undefined;
}

const candidates = folders.flatMap((folder) =>
  readdirSync(folder)
    .sort()
    .map((name) => join(folder, name)),
);
const programs = candidates.filter(isDynamic).slice(0, Number(values.only));
const fence = await fenceHere();
say(`${programs.length} dynamically linked programs in ${folders.join(' ')}`);
say(
  fence.length > 0 ? 'shut off from other processes and the network' : 'not shut off: this machine does not permit it',
);

/** No variable of this shell reaches a program. */
const quiet = { libraryPath: '', preload: '' };

const count = {
  answered: 0,
  agree: 0,
  fini: 0,
  leftWithoutExit: 0,
  opened: 0,
  untold: 0,
  unheard: 0,
  others: 0,
  othersAgree: 0,
};
const differing: string[] = [];

for (const path of programs) {
  const { status, log } = await debuggedRun(path, ['--version'], fence, Number(values.limit));
  const answers = status === 0;
  if (log === undefined) {
    if (answers) {
      count.unheard++;
      differing.push(path);
      say(`UNHEARD  ${path}: it answers, and ld.so said nothing`);
    }
    continue;
  }
  const started = startedProgram(path, quiet);
  const predict = (openings: readonly LoggedOpening[]) => {
    const again = startedProgram(path, quiet, openings);
    return 'value' in again ? orderedProgram(again.value) : { init: [], fini: [] };
  };
  const check = 'value' in started ? checkOrder(predict, log) : undefined;
  const agrees = check !== undefined && check.init === 'agrees' && check.fini !== 'differs';
  if (!agrees) {
    say(`DIFFERS  ${path}: ${check === undefined ? 'cannot be read' : `init ${check.init}, fini ${check.fini}`}`);
    if ('complaint' in started) say(`  ${started.complaint.message}`);
    if (check !== undefined && check.opened.length > 0) say(`  opened: ${check.opened.join(' ')}`);
  }
  if (!answers) {
    count.others++;
    if (agrees) count.othersAgree++;
    continue;
  }
  count.answered++;
  if (agrees) count.agree++;
  else differing.push(path);
  if (check?.fini === 'agrees') count.fini++;
  if (check?.fini === 'none') count.leftWithoutExit++;
  if ((check?.opened.length ?? 0) > 0) {
    count.opened++;
    if (check?.untold === 'agrees') count.untold++;
    say(`opened   ${path}: ${check?.opened.join(' ')}`);
  }
}

say(`${count.agree} of ${count.answered} programs that answer --version agree with ld.so`);
say(
  `  finalisers compared in ${count.fini}; ${count.leftWithoutExit} left without running exit, or became another program`,
);
say(`  ${count.opened} opened more while they ran, as told above; their end was predicted with what they opened`);
say(`  (of these ${count.untold} end in the order that is predicted without it, the opened objects left out)`);
say(`  ${count.unheard} answered without a word from ld.so`);
say(`beside them, ${count.othersAgree} of ${count.others} that started and did not answer agree as far as they went`);
if (differing.length > 0) {
  say(`differing: ${differing.join(' ')}`);
  process.exitCode = 1;
}
