/**
 * Real programs of Debian 12: which initialisers and finalisers ld.so called, in order. The model is given the facts of their files
 * alone. What a program opened later is not known, so finalisers are compared where nothing was, and where `exit` was reached.
 */
import { describe, expect, test } from '@jest/globals';
import { filesOfProgram, parseFacts } from '../../src/elf/facts.js';
import { buildNamed } from '../../src/process/builds.js';
import { programOrder } from '../../src/process/order-program.js';
import { realPrograms } from './recordings.js';

const recorded = realPrograms();
/** What the model may see of a line. */
const question = ({ program, objects }: (typeof recorded)[number]) => JSON.stringify({ program, objects });
const { programs, diagnostics } = parseFacts(recorded.map(question).join('\n'));

const build = buildNamed('debian-2.36');
if (build === undefined) throw new Error('debian-2.36 is missing');
const predicted = programs.map((program) => {
  const files = filesOfProgram(program);
  return { program: program.program, ...programOrder(files, build, null), sort1: programOrder(files, build, 1) };
});

describe('85 real programs of Debian 12', () => {
  test('are all read', () => {
    expect(diagnostics).toEqual([]);
    expect(predicted.map(({ program }) => program)).toEqual(recorded.map(({ program }) => program));
  });

  test('initialise in the predicted order, under both algorithms', () => {
    expect(predicted.map(({ program, init, sort1 }) => ({ program, init, sort1: sort1.init }))).toEqual(
      recorded.map(({ program, init, sort1 }) => ({ program, init, sort1: sort1.init })),
    );
  });

  test('finalise in the predicted order, under both algorithms', () => {
    const isComparable = (i: number) => recorded[i]?.init_after_start.length === 0 && recorded[i]?.fini.length !== 0;
    const told = predicted
      .filter((_, i) => isComparable(i))
      .map(({ program, fini, sort1 }) => [program, fini, sort1.fini]);
    expect(told).toHaveLength(81);
    expect(told).toEqual(
      recorded.filter((_, i) => isComparable(i)).map(({ program, fini, sort1 }) => [program, fini, sort1.fini]),
    );
  });
});
