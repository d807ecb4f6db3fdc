/**
 * Where each component's number stands in a packed state: a bit field just wide enough for the numbers seen so far, in one of a few
 * 32-bit words. A step is then an addition, since every old number it replaces is known.
 *
 * Members of a sorted group (interchangeable actors) have their fields side by side, in the same shape, so that a state is made
 * canonical by sorting bit pieces.
 *
 * What can go wrong: a number that needs more bits than its field has. The layout is then made anew and every state packed again,
 * which is rare and early.
 */

/** A run of bits in one word. */
export interface Bits {
  readonly word: number;
  readonly shift: number;
  readonly width: number;
}

export interface Layout {
  /** By component. */
  readonly fields: readonly Bits[];
  readonly words: number;
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
  return { ...(roomy.find((layout) => layout.words <= words) ?? tight), words };
}

function layoutWith(widths: readonly number[], groups: Groups): Layout {
  const tape = new Tape();
  const fields: (Bits | undefined)[] = widths.map(() => undefined);
  const pieces = groups.map((members) => members.map((own) => placeMember(own, widths, tape, fields)));
  const placed = fields.map((field, c) => field ?? tape.take(widths[c] ?? 1));
  return { fields: placed, words: tape.word + 1, groups: pieces };
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

/** Whether every component has a field that is wide enough. */
export function fits(layout: Layout, widths: readonly number[]): boolean {
  return widths.every((width, c) => width <= (layout.fields[c]?.width ?? 0));
}

/** Write numbers into the words from `at` on; the words were 0. */
export function pack({ fields }: Layout, ids: Int32Array, into: Int32Array, at: number): void {
  for (let c = 0; c < fields.length; c++) {
    const { word, shift } = fields[c] as Bits;
    into[at + word] = (into[at + word] as number) | ((ids[c] as number) << shift);
  }
}

/** `width` ones. */
export function maskOf(width: number): number {
  return width >= WORD ? -1 : (1 << width) - 1;
}
