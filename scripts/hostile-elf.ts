// Reads spoilt copies of this machine's own small ELF files to the end: each must be a result or one clear fault, soon, and in
// little memory.
//
//   npm run hostile-elf -- [--count N] [--seed S] [FILE...]
//
// The last lines are the counts, the slowest file and the peak memory of the process; the exit code is 1 when anything broke.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Dice } from '../src/real/dice.js';
import { anatomyOf, mutatedElf, readAll } from '../test/elf/mutate.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});
const FOLDERS = ['/usr/bin', '/usr/lib/x86_64-linux-gnu'];
const SMALL = 64 * 1024;

const isSmall = (path: string): boolean => {
  const about = statSync(path, { throwIfNoEntry: false });
  return about?.isFile() === true && about.size < SMALL;
};
const paths =
  positionals.length > 0
    ? positionals
    : FOLDERS.flatMap((folder) =>
        readdirSync(folder)
          .sort()
          .map((name) => join(folder, name)),
      );
const originals = paths.filter(isSmall).flatMap((path) => {
  const bytes = readFileSync(path);
  const anatomy = anatomyOf(bytes);
  return anatomy === undefined ? [] : [{ path, bytes, anatomy }];
});

const dice = new Dice(Number(values.seed));
const count = { result: 0, fault: 0, broken: 0 };
let slowest = { milliseconds: 0, of: '' };
for (let i = 0; i < Number(values.count); i++) {
  const { path, bytes, anatomy } = dice.pick(originals);
  const spoilt = mutatedElf(bytes, anatomy, dice);
  const before = performance.now();
  try {
    count[readAll(spoilt)]++;
  } catch (error) {
    count.broken++;
    process.stdout.write(`BROKEN  number ${i} of seed ${values.seed}, from ${path}: ${String(error)}\n`);
  }
  const milliseconds = performance.now() - before;
  if (milliseconds > slowest.milliseconds) slowest = { milliseconds, of: `number ${i}, from ${path}` };
}
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${originals.length} small ELF files, seed ${values.seed}\n`);
process.stdout.write(`${count.result} results, ${count.fault} faults, ${count.broken} broken\n`);
process.stdout.write(
  `slowest ${Math.round(slowest.milliseconds)} ms (${slowest.of}); peak memory ${Math.round(peak)} MiB\n`,
);
if (count.broken > 0 || peak > 256) process.exitCode = 1;
