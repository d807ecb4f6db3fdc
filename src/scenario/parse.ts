// From a text to a scenario, or to everything that is wrong with it. Each part is read on its own, so that a fault
// in one object hides none in another. What goes wrong here: a second fault that only echoes the first (a handle
// is unknown because the dlopen that makes it is misspelt), so names are checked where the structure is sound.
import type * as z from 'zod';
import { type Diagnostic, type Fault, unknownName } from './diagnostics.js';
import { check, kindOf, type Path, type PlacedFault } from './issues.js';
import { checkEnvironment, checkObject, checkShared, type Known, knownNames, threadNames } from './names.js';
import { parseOrder } from './order.js';
import { parsePredicate, type Speakable } from './predicate.js';
import {
  type Claimant,
  type ExpectationWord,
  type NamedPredicate,
  type OrderToken,
  type Scenario,
  ScenarioSchema,
  type Vary,
  type World,
  type WorldObject,
} from './schema.js';
import { readSource } from './source.js';
import { settleVary, type WrittenVary } from './vary.js';
import { ObjectSchema, WorldSchema } from './world-schema.js';

export interface ParseOptions {
  /** Name of the file, for places and as the scenario's name where it has none. */
  readonly file?: string;
  /** Names of semantics; others are faults. Without it every name is taken. */
  readonly knownSemantics?: readonly string[];
  /** Ids and names of claimants; others are faults. Without it every name is taken. */
  readonly knownClaimants?: readonly string[];
}

export type Parsed =
  | { readonly scenario: Scenario; readonly warnings: readonly Diagnostic[] }
  /** All faults, in the order of the text; at least one is an error. */
  | { readonly diagnostics: readonly Diagnostic[] };

type Mapping = Readonly<Record<string, unknown>>;
const WORLD_FIELDS = Object.keys(WorldSchema.shape);
const FAULTS_MAX = 100;

/** Name of a file without folder and endings. */
function stem(file: string): string {
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return name.replace(/(\.(ya?ml|json|jsonl|gz))+$/, '') || 'scenario';
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/** Reads one document, field by field, and collects the faults. */
class Reading {
  readonly faults: PlacedFault[] = [];
  private readonly fields = ScenarioSchema.shape;

  constructor(
    private readonly value: Mapping,
    private readonly options: ParseOptions,
  ) {}

  private fault(path: Path, fault: Fault, atKey = false): void {
    this.faults.push({ path, fault, atKey });
  }

  private checked<T>(schema: z.ZodType<T>, value: unknown, path: Path): T | undefined {
    const outcome = check(schema, value);
    if ('data' in outcome) return outcome.data;
    for (const placed of outcome.faults) this.faults.push({ ...placed, path: [...path, ...placed.path] });
    return undefined;
  }

  private field<T>(key: string, schema: z.ZodType<T>): T | undefined {
    return Object.hasOwn(this.value, key) ? this.checked(schema, this.value[key], [key]) : undefined;
  }

  private strangers(value: Mapping, good: readonly string[], path: Path): void {
    for (const key of Object.keys(value)) {
      if (!good.includes(key)) this.fault([...path, key], unknownName('S010', 'field', key, good), true);
    }
  }

  /** The mapping that holds `exe` and `objects`, and its place. */
  private program(): { program: Mapping; path: Path } | undefined {
    const { value } = this;
    if (!Object.hasOwn(value, 'world')) {
      if (Object.hasOwn(value, 'exe')) return { program: value, path: [] };
      const expected = 'exe and objects at the top level, or world';
      this.fault([], { code: 'S005', message: 'the scenario has no program', expected });
      return undefined;
    }
    for (const key of WORLD_FIELDS.filter((field) => Object.hasOwn(value, field))) {
      this.fault([key], { code: 'S005', message: `${key} stands beside world`, expected: 'it inside world' }, true);
    }
    const { world } = value;
    if (!isMapping(world)) {
      this.fault(['world'], { code: 'S012', message: `${kindOf(world)} cannot stand here`, expected: 'a mapping' });
      return undefined;
    }
    this.strangers(world, WORLD_FIELDS, ['world']);
    if (Object.hasOwn(world, 'exe')) return { program: world, path: ['world'] };
    this.fault(['world'], { code: 'S011', message: 'the world has no exe', expected: 'exe' }, true);
    return undefined;
  }

  private world(): { world: World | undefined; speakable: Speakable } {
    const found = this.program();
    if (found === undefined) return { world: undefined, speakable: { objects: new Set(), threads: new Set() } };
    const { program, path } = found;
    const written = Object.hasOwn(program, 'objects') ? program.objects : {};
    const known = knownNames(program.exe, isMapping(written) ? written : {});
    const exe = this.object(program.exe, [...path, 'exe'], known);
    const objects = this.objects(written, [...path, 'objects'], known);
    const rest = this.environment(program, path, known);
    const sound = [exe, ...Object.values(objects ?? {})].filter((object) => object !== undefined);
    const speakable = { objects: new Set(['exe', 'libc', 'process', ...known.objects]), threads: threadNames(sound) };
    const whole = exe !== undefined && objects !== undefined && rest !== undefined;
    const complete = objects === undefined || Object.values(objects).every((object) => object !== undefined);
    if (!whole || !complete) return { world: undefined, speakable };
    return { world: { ...rest, exe, objects: objects as Record<string, WorldObject> }, speakable };
  }

  private object(written: unknown, path: Path, known: Known): WorldObject | undefined {
    const object = this.checked(ObjectSchema, written, path);
    if (object !== undefined) this.faults.push(...checkObject(object, path, known));
    return object;
  }

  private objects(written: unknown, path: Path, known: Known): Record<string, WorldObject | undefined> | undefined {
    if (!isMapping(written)) {
      this.fault(path, { code: 'S012', message: `${kindOf(written)} cannot stand here`, expected: 'a mapping' });
      return undefined;
    }
    const objects: Record<string, WorldObject | undefined> = {};
    for (const [name, value] of Object.entries(written)) {
      const here = [...path, name];
      const keyFaults = check(ScenarioSchema.shape.objects.unwrap(), { [name]: {} });
      if ('faults' in keyFaults) {
        const [first] = keyFaults.faults;
        const hint = name.endsWith('.so') ? ' (object a is the file a.so)' : '';
        if (first !== undefined)
          this.fault(here, { ...first.fault, expected: `${first.fault.expected ?? ''}${hint}` }, true);
        continue;
      }
      if (isMapping(value)) this.faults.push(...checkShared(name, value, here));
      objects[name] = this.object(value, here, known);
    }
    return objects;
  }

  private environment(program: Mapping, path: Path, known: Known) {
    const schema = WorldSchema.omit({ exe: true, objects: true });
    const written = Object.entries(program).filter(([key]) => Object.hasOwn(schema.shape, key));
    const environment = this.checked(schema, Object.fromEntries(written), path);
    if (environment === undefined) return undefined;
    for (const placed of checkEnvironment(environment, known))
      this.faults.push({ ...placed, path: [...path, ...placed.path] });
    return environment;
  }

  private predicates(word: 'forbidden' | 'required' | 'allowed', names: Speakable): NamedPredicate[] {
    const written = this.field(word, this.fields[word].unwrap());
    const several = Array.isArray(this.value[word]);
    return listOf(written).flatMap((entry, i): NamedPredicate[] => {
      const path: Path = several ? [word, i] : [word];
      const plain = typeof entry === 'string';
      const { predicate, problems } = parsePredicate(plain ? entry : entry.that, names);
      for (const { at, length, ...fault } of problems) {
        this.faults.push({ path: plain ? path : [...path, 'that'], fault, span: { at, length } });
      }
      if (predicate === undefined) return [];
      return [plain ? { that: predicate } : { name: entry.name, that: predicate }];
    });
  }

  private order(names: Speakable): (readonly OrderToken[])[] {
    const written = this.field('order', this.fields.order.unwrap());
    const several = Array.isArray(this.value.order);
    return listOf(written).map((text, i) => {
      const { tokens, problems } = parseOrder(text, names.objects);
      for (const { at, length, ...fault } of problems) {
        this.faults.push({ path: several ? ['order', i] : ['order'], fault, span: { at, length } });
      }
      return tokens;
    });
  }

  private claimants(names: Speakable): Claimant[] {
    const written = this.field('claimants', this.fields.claimants.unwrap()) ?? {};
    const { knownClaimants } = this.options;
    return Object.entries(written).flatMap(([object, entry]) => {
      if (!names.objects.has(object)) {
        this.fault(['claimants', object], unknownName('S030', 'object', object, names.objects), true);
      }
      return listOf(entry).map((wish, i): Claimant => {
        const claimant = typeof wish === 'string' ? { object, who: wish } : { object, ...wish };
        if (knownClaimants !== undefined && !knownClaimants.includes(claimant.who)) {
          const path = [
            'claimants',
            object,
            ...(Array.isArray(entry) ? [i] : []),
            ...(typeof wish === 'string' ? [] : ['who']),
          ];
          this.fault(path, unknownName('S063', 'claimant', claimant.who, knownClaimants));
        }
        return claimant;
      });
    });
  }

  private semantics(name: string, path: Path, atKey: boolean): void {
    const { knownSemantics } = this.options;
    if (knownSemantics === undefined || knownSemantics.includes(name)) return;
    this.fault(path, unknownName('S062', 'semantics', name, knownSemantics), atKey);
  }

  private libc(): string[] {
    const names = listOf(this.field('libc', this.fields.libc.unwrap()));
    const several = Array.isArray(this.value.libc);
    for (const [i, name] of names.entries()) this.semantics(name, several ? ['libc', i] : ['libc'], false);
    return [...names];
  }

  private vary(world: World | undefined): Vary[] {
    const written = (this.field('vary', this.fields.vary.unwrap()) ?? []).map((entry): Vary => {
      if ('orders' in entry) return { by: 'orders', at: entry.orders };
      if ('onoff' in entry) return { by: 'onoff', at: entry.onoff, value: entry.value ?? true };
      return { by: 'oneof', at: entry.oneof, values: entry.values };
    });
    if (world === undefined) return [];
    const families = written.map((vary, index): WrittenVary => ({ index, vary }));
    const { vary, faults } = settleVary(world, families);
    this.faults.push(...faults);
    return vary;
  }

  /** Whether expectations and verdicts belong together. */
  private pairUp(expect: Scenario['expect']): void {
    const said = (word: ExpectationWord) => listOf(this.value[word]).length > 0;
    if (said('forbidden') && !said('allowed')) {
      const expected = 'allowed: a predicate that shows that the interesting part is reached';
      this.fault(['forbidden'], { code: 'S060', message: 'forbidden stands without allowed', expected }, true);
    }
    for (const [semantics, verdicts] of Object.entries(expect)) {
      this.semantics(semantics, ['expect', semantics], true);
      for (const word of ['forbidden', 'required', 'allowed', 'order'] as const) {
        if (verdicts[word] === undefined || said(word)) continue;
        const fault: Fault = {
          code: 'S061',
          message: `the scenario has no ${word} to judge`,
          expected: `${word}: ...`,
        };
        this.fault(['expect', semantics, word], fault, true);
      }
    }
  }

  /** The scenario, as far as it can be read; whether it is any good only the faults say. */
  read(): Scenario | undefined {
    this.strangers(this.value, Object.keys(this.fields), []);
    const text = (key: 'scenario' | 'id' | 'claim' | 'source') => this.field(key, this.fields[key].unwrap());
    const [name, id, claim, source] = [text('scenario'), text('id'), text('claim'), text('source')];
    const kernel = this.field('kernel', this.fields.kernel.unwrap());
    const libc = this.libc();
    const { world, speakable } = this.world();
    const claimants = this.claimants(speakable);
    const vary = this.vary(world);
    const forbidden = this.predicates('forbidden', speakable);
    const required = this.predicates('required', speakable);
    const allowed = this.predicates('allowed', speakable);
    const order = this.order(speakable);
    const expect = this.field('expect', this.fields.expect.unwrap()) ?? {};
    const elf = this.field('elf', this.fields.elf.unwrap());
    const events = this.field('events', this.fields.events.unwrap());
    this.pairUp(expect);
    if (world === undefined) return undefined;
    return {
      name: name ?? id ?? stem(this.options.file ?? 'scenario'),
      ...(claim === undefined ? {} : { claim }),
      ...(source === undefined ? {} : { source }),
      ...(kernel === undefined ? {} : { kernel }),
      libc,
      world,
      claimants,
      vary,
      forbidden,
      required,
      allowed,
      order,
      expect,
      ...(elf === undefined ? {} : { elf }),
      ...(events === undefined ? {} : { events }),
    };
  }
}

/** Read a value that is already free of its text. Faults have paths instead of places. */
export function readScenario(
  value: unknown,
  options: ParseOptions = {},
): { scenario?: Scenario; faults: PlacedFault[] } {
  if (!isMapping(value)) {
    const message = value === null ? 'the document is empty' : `the document is ${kindOf(value)}`;
    return { faults: [{ path: [], fault: { code: 'S005', message, expected: 'a mapping with exe and objects' } }] };
  }
  const reading = new Reading(value, options);
  const scenario = reading.read();
  const { faults } = reading;
  return scenario === undefined ? { faults } : { scenario, faults };
}

/**
 * Parse the text of one scenario: YAML 1.2 or JSON; a bare recorded world and a whole line of a recording are
 * scenarios too. `line` is the line of the file on which the text begins. Never throws: what is wrong comes back as
 * diagnostics, all of one pass, by place; warnings alone leave the scenario standing.
 */
export function parseScenario(text: string, options: ParseOptions = {}, line = 1): Parsed {
  const source = readSource(text, options.file ?? 'scenario.yaml', line);
  if (source.diagnostics.length > 0) return { diagnostics: source.diagnostics.slice(0, FAULTS_MAX) };
  const { scenario, faults } = readScenario(source.value, options);
  const diagnostics = faults
    .slice(0, FAULTS_MAX)
    .map(source.show)
    .sort((a, b) => a.line - b.line || a.column - b.column);
  const broken = faults.some(({ fault }) => fault.severity !== 'warning');
  return scenario === undefined || broken ? { diagnostics } : { scenario, warnings: diagnostics };
}
