/**
 * The recipe of a world: numbers only, each meaning a choice of `world.ts`. Any numbers make a valid world, so that fast-check
 * draws and shrinks fields independently, and a hunt changes one number, repeats a piece or takes one from another recipe.
 *
 * What can go wrong: a number whose smallest value is not the simplest choice. Shrinking would then go the wrong way.
 */
import fc from 'fast-check';
import { type SwarmDraw, swarmDraws } from './features.js';

/** One action: which kind, of what, how, and over how many of the following actions it extends. */
export type ActionDraw = readonly [kind: number, which: number, how: number, span: number];

export type FunctionDraw = readonly ActionDraw[];

export interface ObjectDraw {
  /** How it comes into the program, and what it needs. */
  readonly place: number;
  readonly needs: number;
  /** If it is there for being opened: with which flags, who uses it, and when it is closed. */
  readonly mode: number;
  readonly life: number;
  /** Link-time properties. */
  readonly style: number;
  readonly ctor: FunctionDraw;
  readonly dtor: FunctionDraw;
  readonly func: FunctionDraw;
  readonly resolver: FunctionDraw;
  /** References to functions with resolvers. */
  readonly refs: number;
  /** What its threads run. */
  readonly body: FunctionDraw;
  /** What its handlers and late destructors run. */
  readonly late: FunctionDraw;
  /** The claimant woven into it. */
  readonly claimant: number;
  readonly claims: number;
}

export interface Recipe {
  readonly swarm: SwarmDraw;
  readonly kernel: number;
  readonly setting: number;
  /** Which claimants exist in this world. */
  readonly parties: readonly [number, number];
  /** Which ways to ask before registering exist in it, and whose memory is registered. */
  readonly ways: readonly [number, number];
  readonly exe: ObjectDraw;
  readonly main: FunctionDraw;
  /** A second thread body of the executable. */
  readonly other: FunctionDraw;
  readonly libraries: readonly ObjectDraw[];
}

const hundred = fc.nat({ max: 99 });

/** Of 1000, since weights are shared out over it. */
const action: fc.Arbitrary<ActionDraw> = fc.tuple(fc.nat({ max: 999 }), hundred, hundred, fc.nat({ max: 3 }));

const actionsUpTo = (maxLength: number): fc.Arbitrary<FunctionDraw> => fc.array(action, { maxLength });

const object: fc.Arbitrary<ObjectDraw> = fc.record({
  place: hundred,
  needs: hundred,
  mode: hundred,
  life: hundred,
  style: hundred,
  ctor: actionsUpTo(2),
  dtor: actionsUpTo(1),
  func: actionsUpTo(3),
  resolver: actionsUpTo(1),
  refs: hundred,
  body: actionsUpTo(2),
  late: actionsUpTo(2),
  claimant: hundred,
  claims: hundred,
});

/** Most libraries of a world. */
export const LIBRARIES_MAX = 3;

/** Recipes; the smallest is an executable that does nothing. */
export const recipes: fc.Arbitrary<Recipe> = fc.record({
  swarm: swarmDraws,
  kernel: hundred,
  setting: hundred,
  parties: fc.tuple(hundred, hundred),
  ways: fc.tuple(hundred, hundred),
  exe: object,
  main: actionsUpTo(6),
  other: actionsUpTo(2),
  libraries: fc.array(object, { maxLength: LIBRARIES_MAX }),
});
