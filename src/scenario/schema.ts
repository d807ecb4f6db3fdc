// A scenario: one claim about what runs before main, as a reviewer writes it down. It stands for no file of glibc;
// its nearest relatives are glibc's dso-sort tests and herd's litmus tests. The types, the validation, the JSON
// Schema and the reference page all come from the definitions here, in world-schema.ts and in action-schema.ts.
// What goes wrong here: an expectation that is true for a dull reason, hence `allowed` beside each `forbidden`.
import * as z from 'zod';
import { Area, type DeepReadonly, Name, said, Text } from './action-schema.js';
import { ElfFactsSchema, EventSchema, ObjectSchema, WorldSchema } from './world-schema.js';

export type { Action, ActionList, Op } from './action-schema.js';
export type { AuditCallback, ElfFacts, RecordedEvent, Recording, World, WorldObject } from './world-schema.js';

export const VERDICT_WORDS = ['never', 'sometimes', 'always'] as const;
export const CLAIM_PLACES = ['ctor', 'init', 'preinit', 'resolver', 'main', 'thread'] as const;

const Verdict = z.enum(VERDICT_WORDS);

const ClaimantWish = z.strictObject({
  who: z.string().apply(said('a claimant by its id (C-15) or name')),
  area: Area.exactOptional(),
  at: z.enum(CLAIM_PLACES).exactOptional().apply(said('where it acts (ctor)')),
});
const ClaimantEntry = z.union([z.string(), ClaimantWish]);

const Path = z.string().apply(said('a place in the world, as objects.a.ctors.0.do'));
const VaryEntry = z.union([
  z.strictObject({ orders: Path }).apply(said('all orders of the list at this place')),
  z
    .strictObject({ onoff: Path, value: z.json().exactOptional().apply(said('what stands there when on (true)')) })
    .apply(said('without the setting at this place, and with it')),
  z
    .strictObject({ oneof: Path, values: z.record(Name, z.json()).apply(said('label and what stands there')) })
    .apply(said('one of several values at this place')),
]);

const PredicateText = z.string().apply(said('a predicate, as: main is owned by a'));
const PredicateEntry = z.union([
  PredicateText,
  z.strictObject({ name: Name.describe('what reports call it'), that: PredicateText }),
]);
const Predicates = z.union([PredicateEntry, z.array(PredicateEntry)]);

export const ExpectationSchema = z.strictObject({
  forbidden: Verdict.exactOptional().apply(said('whether one of the forbidden predicates holds')),
  required: Verdict.exactOptional().apply(said('whether all of the required predicates hold')),
  allowed: Verdict.exactOptional().apply(said('whether each of the allowed predicates holds')),
  order: Verdict.exactOptional().apply(said('whether one of the orders happens')),
  states: z.int().min(1).exactOptional().apply(said('how many states a complete search visits')),
});

/** What a scenario file may say, as written. */
export const ScenarioSchema = z.strictObject({
  scenario: z.string().exactOptional().apply(said('its name; without it the name of the file')),
  id: z.string().exactOptional().apply(said('the name, in a recording')),
  claim: z.string().exactOptional().apply(said('what is claimed, in one sentence')),
  source: z.string().exactOptional().apply(said('who said it, and where')),
  kernel: Text.exactOptional().apply(said('Linux release')),
  libc: z
    .union([Text, z.array(Text)])
    .exactOptional()
    .apply(said('semantics to judge under unless others are asked for')),
  world: WorldSchema.exactOptional().apply(said('the program; its fields may stand at the top level instead')),
  exe: ObjectSchema.exactOptional().apply(said('the executable; a scenario has this or world')),
  objects: WorldSchema.shape.objects.unwrap().exactOptional().apply(said('shared objects by name; a is the file a.so')),
  preload: WorldSchema.shape.preload,
  audit: WorldSchema.shape.audit,
  tunables: WorldSchema.shape.tunables,
  bind_now: WorldSchema.shape.bind_now,
  link_with: WorldSchema.shape.link_with,
  via_ldso: WorldSchema.shape.via_ldso,
  ld_so_preload: WorldSchema.shape.ld_so_preload,
  dynamic_weak: WorldSchema.shape.dynamic_weak,
  secure: WorldSchema.shape.secure,
  claimants: z
    .record(Name, z.union([ClaimantEntry, z.array(ClaimantEntry)]))
    .exactOptional()
    .apply(said('who wants rseq: object and claimant')),
  vary: z.array(VaryEntry).exactOptional().apply(said('families: every combination is a member')),
  forbidden: Predicates.exactOptional().apply(said('in no run; of several, none')),
  required: Predicates.exactOptional().apply(said('in every run; of several, all')),
  allowed: Predicates.exactOptional().apply(said('in at least one run; each of several')),
  order: z
    .union([z.string(), z.array(z.string())])
    .exactOptional()
    .apply(said('constructors X>, destructors <X and main {} in every run; of several, one')),
  expect: z.record(z.string(), ExpectationSchema).exactOptional().apply(said('the verdicts, by semantics')),
  elf: z.record(z.string(), ElfFactsSchema).exactOptional().apply(said('facts of the linked files, in a recording')),
  events: z.array(EventSchema).exactOptional().apply(said('what happened, in a recording')),
});

/** never, sometimes or always. */
export type VerdictWord = z.output<typeof Verdict>;
/** The verdicts expected under one semantics. */
export type Expectation = DeepReadonly<z.output<typeof ExpectationSchema>>;
/** The words that carry an expectation. */
export type ExpectationWord = 'forbidden' | 'required' | 'allowed' | 'order';

/** A JSON value, as a `vary` family puts it into a world. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Who wants rseq, in which object; `area` and `at` are left to the claimant where absent. */
export type Claimant = { readonly object: string } & DeepReadonly<z.output<typeof ClaimantWish>>;

/** One family: the member chosen at the start of an exploration. `at` is a path into the normalised world. */
export type Vary =
  | { readonly by: 'orders'; readonly at: string }
  | { readonly by: 'onoff'; readonly at: string; readonly value: Json }
  | { readonly by: 'oneof'; readonly at: string; readonly values: { readonly [label: string]: Json } };

/** How a run ends. */
export type Ending =
  | { readonly how: 'exit'; readonly code: number }
  | { readonly how: 'signal'; readonly name: string }
  | { readonly how: 'timeout' };

/**
 * A predicate about one run. An atom is true from its first moment on, so that it can be watched event by event;
 * `before` compares the first moments of its two sides, both of which must come.
 */
export type Predicate =
  | {
      readonly is: 'ran';
      readonly obj: string;
      readonly kind: string;
      readonly detail?: string;
      readonly result?: string;
    }
  | { readonly is: 'owned'; readonly thread: string; readonly by: string }
  | { readonly is: 'libc'; readonly thread: string; readonly state: LibcState }
  | { readonly is: 'rseq'; readonly obj: string; readonly result: string }
  | { readonly is: 'ends'; readonly ending: Ending }
  | { readonly is: 'property'; readonly id: string; readonly broken: boolean }
  | { readonly is: 'before'; readonly first: Predicate; readonly later: Predicate }
  | { readonly is: 'not'; readonly that: Predicate }
  | { readonly is: 'and' | 'or'; readonly left: Predicate; readonly right: Predicate };

export const LIBC_STATES = ['registered', 'failed', 'unregistered', 'untried'] as const;
/** What became of libc's own registration of a thread. */
export type LibcState = (typeof LIBC_STATES)[number];

/** A predicate with the name that reports use, where it has one. */
export interface NamedPredicate {
  readonly name?: string;
  readonly that: Predicate;
}

/** One function of a dso-sort output string: `X>` is a constructor, `<X` a destructor, `{}` main. */
export type OrderToken = { readonly run: 'ctor' | 'dtor'; readonly obj: string } | { readonly run: 'main' };

/** A scenario in normal form: lists where one or several may be written, actions in their long form. */
export interface Scenario {
  readonly name: string;
  readonly claim?: string;
  readonly source?: string;
  readonly kernel?: string;
  readonly libc: readonly string[];
  readonly world: DeepReadonly<z.output<typeof WorldSchema>>;
  readonly claimants: readonly Claimant[];
  readonly vary: readonly Vary[];
  readonly forbidden: readonly NamedPredicate[];
  readonly required: readonly NamedPredicate[];
  readonly allowed: readonly NamedPredicate[];
  /** Of several orders one must be the one that happened. */
  readonly order: readonly (readonly OrderToken[])[];
  /** By name of the semantics. */
  readonly expect: { readonly [semantics: string]: Expectation };
  readonly elf?: { readonly [object: string]: DeepReadonly<z.output<typeof ElfFactsSchema>> };
  readonly events?: readonly DeepReadonly<z.output<typeof EventSchema>>[];
}
