/**
 * How the reference problem grows with threads and with libraries, for our search and for SPIN, each with and without reductions.
 *
 * What can go wrong: waiting an hour for the last point of a curve that doubles each time. A line ends before the size whose states
 * would be too many, which its last point tells.
 */
import { type Asker, type Figures, inTurn } from './figures.js';
import type { Line, Plot } from './plot.js';
import { askSpinAbout, askUs, type Means, type Size } from './reference.js';

/** Libraries that act at the start of each thread, one letter each. */
const LIBRARIES = ['T', 'TT', 'TTT'] as const;
const THREADS = [1, 2, 3, 4, 5] as const;
/** A line goes on while a thread more is likely to mean fewer states than this; the states grow up to fortyfold with a thread. */
const MOST_STATES = 100_000;

interface Searcher {
  readonly by: string;
  readonly dashed: boolean;
  readonly ask: (size: Size) => Asker;
}

function searchers(spin: boolean): Searcher[] {
  const us: Searcher[] = [
    { by: 'rtldlab', dashed: false, ask: (size) => askUs(size, true, 'search') },
    { by: 'rtldlab, all states', dashed: false, ask: (size) => askUs(size, false, 'search') },
  ];
  const them: Searcher = { by: 'SPIN', dashed: true, ask: (size) => askSpinAbout(size, true, 2_000_000) };
  return spin ? [...us, them] : us;
}

/** One line: figures from one thread on, until the next would be too large. */
function line(letters: string, { ask }: Searcher): Figures[] {
  const figures: Figures[] = [];
  for (const threads of THREADS) {
    const [found] = inTurn([ask({ threads, letters })], 1);
    if (found === undefined) break;
    figures.push(found);
    if (found.states > MOST_STATES) break;
  }
  return figures;
}

/** The figures, and the plot of processor seconds from a cold shell to the end. */
export function growth({ spin }: Pick<Means, 'spin'>): { readonly figures: readonly Figures[]; readonly plot: Plot } {
  const lines = LIBRARIES.flatMap((letters) =>
    searchers(spin).map((searcher) => ({ letters, searcher, figures: line(letters, searcher) })),
  );
  const drawn = lines.map(
    ({ letters, searcher, figures }): Line => ({
      name: `${letters}, ${searcher.by}`,
      family: searcher.by,
      dashed: searcher.dashed,
      points: figures.map(({ whole }, i) => ({ x: i + 1, y: Math.max(0.001, whole) })),
    }),
  );
  return {
    figures: lines.flatMap(({ figures }) => figures),
    plot: {
      title: 'The reference problem: one, two and three libraries',
      across: 'threads',
      up: 'processor seconds, cold shell to verdict',
      lines: drawn,
    },
  };
}
