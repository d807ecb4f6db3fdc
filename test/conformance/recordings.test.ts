/**
 * The recordings themselves: that the copy in the project is whole and has the shape the readers rely on. What the model
 * makes of them is measured beside this file.
 */
import { describe, expect, test } from '@jest/globals';
import { realPrograms, recordedBuilds, recordings } from './recordings.js';

describe('recordings of real glibc builds', () => {
  test.each([
    ['2.28v4', 869],
    ['2.30v12', 877],
    ['2.31', 883],
    ['2.32rseq', 869],
    ['2.36', 882],
    ['2.41', 882],
    ['2.43', 882],
  ] as const)('%s holds %i worlds, each id once', (build, count) => {
    const ids = recordings(build).map((each) => each.id);
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
  });

  test('every trace closes with the end of the process', () => {
    for (const build of recordedBuilds) {
      const last = new Set(recordings(build).map((each) => `${each.events.at(-1)?.obj} ${each.events.at(-1)?.kind}`));
      expect([...last]).toEqual(['process end']);
    }
  });

  test('a world of the same id is the same world in every build', () => {
    const seen = new Map<string, string>();
    for (const build of recordedBuilds)
      for (const { id, world } of recordings(build)) {
        const text = JSON.stringify(world);
        expect(seen.get(id) ?? text).toBe(text);
        seen.set(id, text);
      }
  });

  test('each object of a world has its ELF facts, unless it does not exist on disk', () => {
    for (const { world, elf } of recordings('2.36')) {
      const objects = Object.entries((world.objects ?? {}) as Record<string, { absent?: boolean }>);
      const onDisk = objects.filter(([, object]) => object.absent !== true).map(([name]) => name);
      expect(Object.keys(elf).sort()).toEqual(['exe', ...onDisk].sort());
    }
  });
});

describe('recordings of real programs', () => {
  test('85 programs, and whatever was initialised was mapped', () => {
    expect(realPrograms()).toHaveLength(85);
    for (const { link_map, init } of realPrograms()) expect(link_map).toEqual(expect.arrayContaining([...init]));
  });

  test('the executable is never reported as initialised', () => {
    for (const { init, link_map } of realPrograms()) {
      expect(link_map[0]).toBe('(main)');
      expect(init).not.toContain('(main)');
    }
  });
});
