/**
 * Growth as a picture: seconds over threads, a line for each count of libraries and each searcher, as SVG. It stands for the one page
 * of a paper that people look at.
 *
 * What can go wrong: a linear axis, on which everything but the last point lies on the ground. Seconds are drawn as powers of ten.
 */

/** A line of the plot. */
export interface Line {
  readonly name: string;
  /** Of two lines with one name in front, such as `TT, SPIN` and `TT, rtldlab`, both have the colour of that name. */
  readonly family: string;
  readonly dashed: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Plot {
  readonly title: string;
  readonly across: string;
  readonly up: string;
  readonly lines: readonly Line[];
}

const WIDTH = 720;
const HEIGHT = 440;
const LEFT = 70;
const RIGHT = 210;
const TOP = 44;
const BOTTOM = 52;

/** Colours that the colour-blind can tell apart (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#000000'];

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(words)}</text>`;
}

/** From values to places on the page. */
function scales(lines: readonly Line[]) {
  const points = lines.flatMap((line) => line.points);
  const xs = points.map(({ x }) => x);
  const logs = points.map(({ y }) => Math.log10(y));
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.floor(Math.min(...logs)), Math.ceil(Math.max(...logs))];
  const across = (x: number): number => LEFT + ((x - left) / Math.max(1, right - left)) * (WIDTH - LEFT - RIGHT);
  const up = (log: number): number =>
    HEIGHT - BOTTOM - ((log - low) / Math.max(1, high - low)) * (HEIGHT - TOP - BOTTOM);
  return { left, right, low, high, across, up };
}

/** `0.01`, `1`, `100`. */
function power(exponent: number): string {
  return exponent < 0 ? (10 ** exponent).toFixed(-exponent) : String(10 ** exponent);
}

/** The plot as the text of an SVG file. Points must be above zero. */
export function svgOf({ title, across, up, lines }: Plot): string {
  const s = scales(lines);
  const families = [...new Set(lines.map(({ family }) => family))];
  const colour = (family: string): string => COLOURS[families.indexOf(family) % COLOURS.length] ?? '#000000';
  const parts: string[] = [text(LEFT, 24, title, 'font-size="15" font-weight="bold"')];
  for (let log = s.low; log <= s.high; log++) {
    const y = s.up(log);
    parts.push(`<path d="M${LEFT} ${y.toFixed(1)}H${WIDTH - RIGHT}" stroke="#dddddd"/>`);
    parts.push(text(LEFT - 8, y + 4, power(log), 'text-anchor="end"'));
  }
  for (let x = s.left; x <= s.right; x++)
    parts.push(text(s.across(x), HEIGHT - BOTTOM + 20, String(x), 'text-anchor="middle"'));
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, across, 'text-anchor="middle"'));
  parts.push(
    text(
      16,
      (TOP + HEIGHT - BOTTOM) / 2,
      up,
      `text-anchor="middle" transform="rotate(-90 16 ${(TOP + HEIGHT - BOTTOM) / 2})"`,
    ),
  );
  lines.forEach(({ name, family, dashed, points }, i) => {
    const stroke = `stroke="${colour(family)}" fill="none" stroke-width="2"${dashed ? ' stroke-dasharray="6 4"' : ''}`;
    const places = points.map(({ x, y }) => `${s.across(x).toFixed(1)} ${s.up(Math.log10(y)).toFixed(1)}`);
    parts.push(`<path d="M${places.join('L')}" ${stroke}/>`);
    for (const place of places)
      parts.push(`<circle cx="${place.replace(' ', '" cy="')}" r="3" fill="${colour(family)}"/>`);
    const y = TOP + 10 + i * 20;
    parts.push(`<path d="M${WIDTH - RIGHT + 16} ${y}h28" ${stroke}/>`, text(WIDTH - RIGHT + 52, y + 4, name));
  });
  const open = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`;
  return `${open}\n<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>\n${parts.join('\n')}\n</svg>\n`;
}
