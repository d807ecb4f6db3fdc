/** The picture of growth: what is drawn must be where its axis says. */
import { expect, test } from '@jest/globals';
import { svgOf } from '../../src/bench/plot.js';

const plot = {
  title: 'a < b & c',
  across: 'threads',
  up: 'seconds',
  lines: [
    {
      name: 'us',
      family: 'us',
      dashed: false,
      points: [
        { x: 1, y: 0.1 },
        { x: 2, y: 1 },
        { x: 3, y: 10 },
      ],
    },
    {
      name: 'them',
      family: 'them',
      dashed: true,
      points: [
        { x: 1, y: 1 },
        { x: 2, y: 100 },
      ],
    },
  ],
};

test('equal factors are equal distances, and higher is more', () => {
  const places = [...svgOf(plot).matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  expect(places).toHaveLength(5);
  const [a, b, c, d, e] = places as [number, number][];
  expect(a![1] - b![1]).toBeCloseTo(b![1] - c![1], 0);
  expect(b![0] - a![0]).toBeCloseTo(c![0] - b![0], 0);
  expect(d![1]).toBeCloseTo(b![1], 1);
  expect(e![1]).toBeLessThan(c![1]);
});

test('text is text, and each line has its name', () => {
  const svg = svgOf(plot);
  expect(svg).toContain('a &lt; b &amp; c');
  expect(svg).toContain('>them</text>');
  expect(svg.match(/stroke-dasharray/g)).toHaveLength(2);
});
