/**
 * Where each component's number stands in a packed state: a bit field just wide enough for the numbers seen so far, in one of a few
 * 32-bit words. A step is then an addition, since every old number it replaces is known.
 *
 * Members of a sorted group (interchangeable actors) have their fields side by side, in the same shape, so that a state is made
 * canonical by sorting bit pieces.
 *
 * What can go wrong: a number that needs more bits than its field has. It gets the bits above them where nobody has any: they are 0 in all
 * states there are. Only where no such bits are left is the layout made anew and every state packed again.
 */

/** A run of bits in one word. */
export interface Bits {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
}

/** Where a number stands: its lowest bits first. */
export type Field = readonly Bits[];

export interface Layout {
  /** By component. */
  readonly fields: readonly Field[];
  readonly words: number;
  /** Bits that nobody uses. */
  readonly gaps: readonly Bits[];
  /** Components of sorted groups, whose fields stay as they are. */
  readonly sorted: ReadonlySet<number>;
  /** Groups of alike members; of each member the pieces that decide its place, most significant first. */
  readonly groups: readonly (readonly (readonly Bits[])[])[];
}

const WORD = 32;
/** What is compared as a number stays below the sign bit: a piece, and the first word, which is never negative. */
const PIECE = WORD - 1;

/** Bits needed for `numbers` numbers from 0. */
export function widthFor(numbers: number): number {
  return Math.max(1, WORD - Math.clz32(numbers - 1));
}

/** Hands out bits, first come first served, no field across two words. */
class Tape {
  word = 0;
  #used = 0;

  take(width: number): Bits {
    if (this.#used + width > (this.word === 0 ? PIECE : WORD)) {
      this.word++;
      this.#used = 0;
    }
    const bits = { word: this.word, shift: this.#used, width };
    this.#used += width;
    return bits;
  }
}

type Groups = readonly (readonly (readonly number[])[])[];

/** States have so many words at least; fewer would not make them faster to find. */
const LEAST_WORDS = 2;
/** Bits that a field gets beyond its need where there is room, so that layouts change seldom. */
const SPARE = [3, 2, 1];

/**
 * A layout for components whose numbers need `widths` bits, in as few words as will do.
 *
 * @param groups for each sorted group its members' components, alike in number and order
 */
export function layoutOf(widths: readonly number[], groups: Groups): Layout {
  const tight = layoutWith(widths, groups);
  const words = Math.max(LEAST_WORDS, tight.words);
  const roomy = SPARE.map((spare) =>
    layoutWith(
      widths.map((width) => width + spare),
      groups,
    ),
  );
  const layout = { ...(roomy.find((each) => each.words <= words) ?? tight), words };
  return { ...layout, gaps: gapsOf(layout) };
}

function layoutWith(widths: readonly number[], groups: Groups): Layout {
  const tape = new Tape();
  const fields: (Bits | undefined)[] = widths.map(() => undefined);
  const pieces = groups.map((members) => members.map((own) => placeMember(own, widths, tape, fields)));
  const placed = fields.map((field, c) => [field ?? tape.take(widths[c] ?? 1)]);
  return { fields: placed, words: tape.word + 1, gaps: [], sorted: new Set(groups.flat(2)), groups: pieces };
}

/** Bits at the end of each word that nobody uses. */
function gapsOf({ fields, groups, words }: Layout): Bits[] {
  const used = Array.from({ length: words }, () => 0);
  for (const { word, shift, width } of [...fields.flat(), ...groups.flat(2)]) {
    used[word] = Math.max(used[word] ?? 0, shift + width);
  }
  return used.flatMap((shift, word) => {
    const width = (word === 0 ? PIECE : WORD) - shift;
    return width > 0 ? [{ word, shift, width }] : [];
  });
}

function placeMember(
  own: readonly number[],
  widths: readonly number[],
  tape: Tape,
  fields: (Bits | undefined)[],
): readonly Bits[] {
  const pieces: Bits[] = [];
  for (let from = 0; from < own.length; ) {
    let to = from;
    let width = 0;
    for (; to < own.length && width + (widths[own[to] as number] ?? 1) <= PIECE; to++)
      width += widths[own[to] as number] ?? 1;
    const piece = tape.take(width);
    let shift = piece.shift;
    for (const c of own.slice(from, to)) {
      fields[c] = { word: piece.word, shift, width: widths[c] ?? 1 };
      shift += widths[c] ?? 1;
    }
    pieces.push(piece);
    from = to;
  }
  return pieces;
}

function widthOf(field: Field): number {
  return field.reduce((sum, { width }) => sum + width, 0);
}

/** Whether every component has a field that is wide enough. */
export function fits(layout: Layout, widths: readonly number[]): boolean {
  return widths.every((width, c) => width <= widthOf(layout.fields[c] ?? []));
}

/** The layout with more bits for what has outgrown its field or has none, taken from the gaps; undefined where they will not do. */
export function extended(layout: Layout, widths: readonly number[]): Layout | undefined {
  const gaps = [...layout.gaps];
  const fields: Field[] = [...layout.fields];
  for (const [c, width] of widths.entries()) {
    const pieces: Bits[] = [...(fields[c] ?? [])];
    let lacking = width - widthOf(pieces);
    if (lacking > 0 && layout.sorted.has(c)) return undefined;
    while (lacking > 0) {
      const gap = gaps.pop();
      if (gap === undefined) return undefined;
      const taken = Math.min(gap.width, lacking);
      pieces.push({ ...gap, width: taken });
      if (taken < gap.width) gaps.push({ word: gap.word, shift: gap.shift + taken, width: gap.width - taken });
      lacking -= taken;
    }
    fields[c] = pieces;
  }
  return { ...layout, fields, gaps };
}

/** The bits of a number, where each of its pieces stands. */
export function eachPiece(field: Field, number: number, into: (word: number, bits: number) => void): void {
  let from = 0;
  for (const { word, shift, width } of field) {
    into(word, ((number >>> from) & maskOf(width)) << shift);
    from += width;
  }
}

/** Write numbers into the words from `at` on; the words were 0. */
export function pack({ fields }: Layout, ids: Int32Array, into: Int32Array, at: number): void {
  for (const [c, field] of fields.entries()) {
    eachPiece(field, ids[c] as number, (word, bits) => {
      into[at + word] = (into[at + word] as number) | bits;
    });
  }
}

/** `width` ones. */
export function maskOf(width: number): number {
  return width >= WORD ? -1 : (1 << width) - 1;
}
