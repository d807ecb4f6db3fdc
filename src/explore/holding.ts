/**
 * The arrays that hold states: their packed words, the table to find them by, and two numbers a state. Small ones are plain arrays, copied
 * as they grow; large ones stand on ground of their own, where they grow in place.
 *
 * What can go wrong: ground that is not given, or that ends. The arrays are copied into plain ones again, which have no such end.
 */

import { Ground } from './ground.js';
import { AT, SHEET } from './lane-text.js';

/** From so many states on, ground is worth asking for. */
const WORTH_GROUND = 1 << 14;
/** Parts of the ground. */
const PART = { lane: 0, sheets: 1, table: 2, parents: 3, flags: 4, arena: 5 } as const;
/** Ground is asked for so many times the states there are; addresses cost little, but not nothing. */
const ROOMIER = 512;

/** States and places in the table: at most this share of the places is taken. */
export const SHARE = 0.6;

/** Places of a table that takes so many states. */
function placesFor(states: number): number {
  return 2 ** Math.ceil(Math.log2(states / SHARE));
}

/** Words of a state, and numbers of an entry of the table. */
export interface Shape {
  readonly words: number;
  readonly entry: number;
}

/** Ground, and where on it the arrays begin. */
export interface Standing {
  readonly ground: Ground;
  readonly sheets: number;
  readonly table: number;
  readonly parents: number;
  readonly arena: number;
}

export class Holding {
  arena: Int32Array;
  table: Int32Array;
  /** For each state, the state it was first reached from. */
  parents: Int32Array;
  /** For each state, what the search wants to remember of it. */
  flags: Uint8Array;
  /** The ground that the arrays stand on, if they stand on any, and where on it. */
  standing: Standing | undefined;
  /** Sheets for threads to write on. */
  #sheets = 0;
  #shape: Shape;

  constructor(
    shape: Shape,
    /** States there is room for. Words past the last are 0. */
    public room: number,
    private readonly mostStates: number,
  ) {
    this.#shape = shape;
    this.arena = new Int32Array((room + 1) * shape.words);
    this.table = new Int32Array(placesFor(room) * shape.entry);
    this.parents = new Int32Array(room);
    this.flags = new Uint8Array(room);
  }

  /** The numbers of the first parts, which are not the states'. */
  get lane(): Int32Array {
    return this.#ground?.take(PART.lane, AT.end) ?? new Int32Array(0);
  }

  get sheets(): Int32Array {
    return this.#ground?.take(PART.sheets, this.#sheets * SHEET) ?? new Int32Array(0);
  }

  /** Have room for so many states. */
  widen(room: number): void {
    const { length } = this.table;
    if (this.#ground !== undefined && reaches(this.#ground, this.#sizes(room, length))) this.#take(room, length);
    else this.#move(room, room >= WORTH_GROUND);
    this.room = room;
  }

  /** Double the table. True when its entries stand where they stood; else it is empty, and they are in the array that was the table. */
  doubleTable(): boolean {
    const twice = 2 * this.table.length;
    const inPlace = this.#ground?.reaches(PART.table, twice) === true;
    this.table = inPlace && this.#ground !== undefined ? this.#ground.take(PART.table, twice) : new Int32Array(twice);
    return inPlace;
  }

  /** Have an empty table of as many places, and empty words, in another shape. */
  reshape(shape: Shape): void {
    const places = this.table.length / this.#shape.entry;
    const { parents, flags } = this;
    this.#shape = shape;
    this.standing = this.#ground === undefined ? undefined : this.#newGround(this.room, places * shape.entry);
    this.#take(this.room, places * shape.entry);
    this.parents.set(parents);
    this.flags.set(flags);
  }

  /** Hold these states, with an empty table. */
  putBack(shape: Shape, words: Int32Array, parents: Int32Array): void {
    this.#shape = shape;
    this.standing = undefined;
    this.room = Math.max(this.room, parents.length);
    this.#take(this.room, placesFor(this.room) * shape.entry);
    this.arena.set(words);
    this.parents.set(parents);
  }

  /** Stand where threads can share everything, from now on, with so many sheets beside it. */
  share(sheets: number): void {
    this.#sheets = sheets;
    this.#move(this.room, true);
  }

  get #ground(): Ground | undefined {
    return this.standing?.ground;
  }

  /** Lengths of the parts of ground, by their places. */
  #sizes(room: number, table: number): readonly number[] {
    return [AT.end, this.#sheets * SHEET, table, room, Math.ceil(room / 4), (room + 1) * this.#shape.words];
  }

  /** Ground for this much, and for more where it is given. */
  #newGround(room: number, table: number): Standing | undefined {
    for (const more of [ROOMIER, 4, 1]) {
      const states = Math.min(Math.max(this.mostStates, room), more * room);
      const ground = Ground.for(this.#sizes(states, placesFor(states) * this.#shape.entry), this.#sheets > 0);
      if (ground !== undefined && reaches(ground, this.#sizes(room, table))) return standingOn(ground);
    }
    return undefined;
  }

  /** Copy everything into longer arrays, on new ground if that is worth it. */
  #move(room: number, isWorthGround: boolean): void {
    const { arena, table, parents, flags } = this;
    this.standing = isWorthGround ? this.#newGround(room, table.length) : undefined;
    this.#take(room, table.length);
    this.arena.set(arena);
    this.table.set(table);
    this.parents.set(parents);
    this.flags.set(flags);
  }

  /** Take arrays so long: those that stand on the ground, or new ones. */
  #take(room: number, table: number): void {
    const sizes = this.#sizes(room, table);
    const take = (part: number): Int32Array =>
      this.#ground?.take(part, sizes[part] as number) ?? new Int32Array(sizes[part] as number);
    this.arena = take(PART.arena);
    this.table = take(PART.table);
    this.parents = take(PART.parents);
    const flags = take(PART.flags);
    this.flags = new Uint8Array(flags.buffer, flags.byteOffset, room);
  }
}

function standingOn(ground: Ground): Standing {
  const begin = (part: number): number => ground.begins[part] as number;
  return {
    ground,
    sheets: begin(PART.sheets),
    table: begin(PART.table),
    parents: begin(PART.parents),
    arena: begin(PART.arena),
  };
}

/** Whether ground has all of its parts so long. */
function reaches(ground: Ground, sizes: readonly number[]): boolean {
  return sizes.every((size, part) => ground.reaches(part, size));
}
