/**
 * How many random worlds a second are built, run on this machine and compared with the prediction: the command itself, from its
 * start to its end. It stands for the pace of the differential campaign.
 *
 * What can go wrong: a rate of worlds that were never run. Only those that were compared count, and without a compiler there is no
 * row.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Rate, rate } from './measure.js';

const COMMAND = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const WORLDS = 300;

interface Summary {
  readonly counts?: Readonly<Record<'equal' | 'different' | 'unstable', number>>;
}

/** Run a campaign; the number of worlds that were compared. */
function compared(out: string): number {
  const words = ['real', '--generate', String(WORLDS), '--shrink', '0', '--out', out, '--json'];
  const { stdout } = spawnSync(process.execPath, [COMMAND, ...words], { encoding: 'utf8' });
  const { counts } = JSON.parse(stdout || '{}') as Summary;
  return counts === undefined ? 0 : counts.equal + counts.different + counts.unstable;
}

/** The row of the campaign; none where nothing can be built or traced. */
export function realRates(rounds = 2): Rate[] {
  const out = mkdtempSync(join(tmpdir(), 'rtldlab-bench-'));
  try {
    const row = rate('real --generate, built, run and compared', 'worlds', () => compared(out), rounds);
    return row.count === 0 ? [] : [row];
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
