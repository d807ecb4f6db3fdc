/**
 * Writes the state counts of today into `expect` of every scenario on a shelf: `npx tsx test/catalogue/pin-states.ts seed`. For the
 * day on which a change of the model has changed counts on purpose; read the difference before it is committed.
 *
 * What can go wrong: pinning a search that was cut short. Such a count says nothing, so it is refused.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownKernel } from '../../src/kernel/releases.js';
import { buildNamed } from '../../src/process/builds.js';
import { judge } from '../../src/process/judge.js';
import { parseScenario } from '../../src/scenario/index.js';

/** The text with `states: count` in the line of one semantics. */
function pinned(text: string, libc: string, states: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (!line.startsWith(`  ${libc}: {`)) return line;
      return `${line.replace(/(, states: \d+)?\}$/, '')}, states: ${states}}`;
    })
    .join('\n');
}

const folder = join('scenarios', process.argv[2] ?? 'seed');
for (const file of readdirSync(folder)) {
  const path = join(folder, file);
  let text = readFileSync(path, 'utf8');
  const parsed = parseScenario(text, { file });
  if (!('scenario' in parsed)) throw new Error(`${path} is no scenario`);
  const { scenario } = parsed;
  for (const libc of scenario.libc) {
    const build = buildNamed(libc);
    if (build === undefined) throw new Error(`${path}: no build ${libc}`);
    const judgement = judge(scenario, build, knownKernel(scenario.kernel ?? '6.18'));
    if (!judgement.complete) throw new Error(`${path}: not complete under ${libc}`);
    text = pinned(text, libc, judgement.states);
  }
  writeFileSync(path, text);
}
