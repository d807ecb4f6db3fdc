/**
 * The scripts that spread a campaign, as far as a machine without a cluster can say: the shells read them, the Slurm script calls
 * what it should for every shape of array, the manifest has the fields of an Indexed Job that agree with each other.
 *
 * What can go wrong: a script that works where it was written. Here `rtldlab` is `echo`.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { shareOf } from '../../src/campaign/share.js';

const folder = join(__dirname, '..', '..', 'contrib', 'campaign');
const file = (name: string): string => join(folder, name);

test('every script is read by its shell without complaint', () => {
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.sh'))) {
    const [, shell = 'sh'] = /^#!\/bin\/(\w+)/.exec(readFileSync(file(name), 'utf8')) ?? [];
    const { status, stderr } = spawnSync(shell, ['-n', file(name)], { encoding: 'utf8' });
    expect({ name, status, stderr }).toEqual({ name, status: 0, stderr: '' });
  }
});

describe('the Slurm script', () => {
  /** What the script calls as one task of an array. */
  function call(environment: Readonly<Record<string, string>>) {
    const { status, stdout } = spawnSync('bash', [file('slurm-array.sh'), 'DIR'], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', RTLDLAB: 'echo', ...environment },
    });
    return { status, words: stdout.trim() };
  }

  /** The units that the tasks of an array do together, by what the script calls and what Slurm sets. */
  function together(ids: readonly number[], step: number, more: Readonly<Record<string, string>> = {}): number[] {
    return ids.flatMap((id) => {
      const environment = {
        SLURM_ARRAY_TASK_ID: String(id),
        SLURM_ARRAY_TASK_MIN: String(ids[0]),
        SLURM_ARRAY_TASK_COUNT: String(ids.length),
        SLURM_ARRAY_TASK_STEP: String(step),
      };
      const { words } = call({ ...environment, ...more });
      const [, shares, first] = /^campaign run DIR --shares (\d+) --first (\d+) --workers 1$/.exec(words) ?? [];
      const share = shareOf(10, { shares: Number(shares), first: Number(first) }, environment);
      return 'units' in share ? [...share.units] : [];
    });
  }

  const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

  test('does every unit once, whatever the first number and the step of the array', () => {
    expect(together([0, 1, 2], 1).sort()).toEqual(all);
    expect(together([1, 2, 3, 4], 1).sort()).toEqual(all);
    expect(together([5, 15, 25], 10).sort()).toEqual(all);
  });

  test('starts single tasks of an array again when it is told how many there were', () => {
    expect(together([3], 1, { SHARES: '4' })).toEqual([3, 7]);
    expect(together([4], 1, { SHARES: '4', FIRST: '1' })).toEqual([3, 7]);
  });

  test('is refused outside an array, and without a folder', () => {
    expect(call({}).status).not.toBe(0);
    expect(spawnSync('bash', [file('slurm-array.sh')]).status).not.toBe(0);
  });
});

describe('the Kubernetes manifest', () => {
  const job = parse(readFileSync(file('kubernetes-job.yaml'), 'utf8')) as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly spec: {
      readonly completionMode: string;
      readonly completions: number;
      readonly parallelism: number;
      readonly backoffLimitPerIndex: number;
      readonly maxFailedIndexes: number;
      readonly template: {
        readonly spec: {
          readonly restartPolicy: string;
          readonly containers: readonly {
            readonly command: readonly string[];
            readonly volumeMounts: readonly object[];
          }[];
          readonly volumes: readonly { readonly name: string }[];
        };
      };
    };
  };

  test('is an Indexed Job whose failed pods are started again', () => {
    expect(job).toMatchObject({ apiVersion: 'batch/v1', kind: 'Job', spec: { completionMode: 'Indexed' } });
    expect(job.spec.template.spec.restartPolicy).toBe('Never');
    expect(job.spec.backoffLimitPerIndex).toBeGreaterThan(0);
    expect(job.spec.maxFailedIndexes).toBeLessThanOrEqual(job.spec.completions);
  });

  test('has as many shares as completions, and each pod the volume', () => {
    const [container] = job.spec.template.spec.containers;
    const words = container?.command ?? [];
    expect(words.slice(0, 3)).toEqual(['rtldlab', 'campaign', 'run']);
    expect(words.slice(4)).toEqual(['--shares', String(job.spec.completions)]);
    expect(container?.volumeMounts).toEqual([{ name: job.spec.template.spec.volumes[0]?.name, mountPath: words[3] }]);
    const units = Array.from({ length: job.spec.completions }, (_, index) =>
      shareOf(100, { shares: job.spec.completions }, { JOB_COMPLETION_INDEX: String(index) }),
    ).flatMap((share) => ('units' in share ? [...share.units] : []));
    expect(units.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, unit) => unit));
  });
});
