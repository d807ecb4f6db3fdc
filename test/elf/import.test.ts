/** A real program as a scenario: it reads back, runs, and says what it could not carry over. */
import { afterAll, expect, test } from '@jest/globals';
import { importedText } from '../../src/cli/import.js';
import { plainProcessor } from '../../src/elf/hwcaps.js';
import { importedProgram } from '../../src/elf/import.js';
import { readProgram } from '../../src/elf/program.js';
import { Root } from '../../src/elf/root.js';
import { buildNamed, programFor } from '../../src/process/builds.js';
import { runProgram } from '../../src/process/run.js';
import { parseScenario } from '../../src/scenario/index.js';
import { disk, library, program, removeDisks } from './disk.js';

afterAll(removeDisks);

test('an imported program reads back as it was, and runs in the order of its files', () => {
  const folder = disk({
    '/lib/lib-a.so.1': library('lib-a.so.1', {
      needed: ['libb.so', 'libc.so.6'],
      initArray: 3,
      finiArray: 2,
      symbols: [{ name: 'fast', defined: true, ifunc: true }],
    }),
    '/lib/libb.so': library('libb.so', { needed: ['libc.so.6'], initArray: 2, flags1: 0x28 }),
    '/bin/p': program({
      needed: ['lib-a.so.1', 'gone.so'],
      symbols: [{ name: 'fast' }],
      relocations: [
        { table: 'plt', type: 7, symbol: 1 },
        { table: 'dyn', type: 37, addend: 16 },
      ],
    }),
  });
  const root = new Root(folder);
  const place = { root, processor: plainProcessor, libraryPath: '', preload: '', libc: undefined };
  const read = readProgram('/bin/p', place);
  const build = buildNamed('debian-2.36');
  if (!('closure' in read) || build === undefined) throw new Error(JSON.stringify(read));
  const made = importedProgram(root, read.closure, build);
  const text = importedText(made, '/bin/p', read.banner ?? '');
  const parsed = parseScenario(text);
  if (!('scenario' in parsed)) throw new Error(parsed.diagnostics[0]?.message);
  expect(parsed.scenario).toEqual(made.scenario);
  const { world, elf } = parsed.scenario;
  expect(world.objects).toMatchObject({
    lib_a: { needed: ['libb'], ctors: [{}, {}], dtors: [{}], ifuncs: { w_fast: {} } },
    libb: { flags: ['initfirst', 'nodelete'], ctors: [{}] },
  });
  expect(world.exe).toMatchObject({ refs: [{ sym: 'w_exe_local_0' }, { sym: 'w_fast', how: 'call' }] });
  expect(made.leftOut).toContain('gone.so: cannot open shared object file: No such file or directory');
  const { events } = runProgram(programFor(build, world, elf));
  expect(events.filter(({ kind }) => kind === 'ctor').map(({ obj }) => obj)).toEqual(['libb', 'lib_a', 'lib_a']);
});
