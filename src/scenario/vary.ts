// Families of worlds: every order of a list, a setting with and without, one of several values. It stands for the
// `!` of glibc's dso-sort tests (all permutations of a dependency list) and for a table of program variants. What
// goes wrong here: factorials, and families that write to the same place, so both are refused.
import type { Fault } from './diagnostics.js';
import { check, type Path, type PlacedFault } from './issues.js';
import { checkWorldNames } from './names.js';
import type { Json, Scenario, Vary, World } from './schema.js';
import { WorldSchema } from './world-schema.js';

/** Most members that the families of one scenario may have together. */
export const MEMBERS_MAX = 5040;

/** One member of the families of a scenario. */
export interface Member {
  /** `PATH=value` for each family, joined by blanks; empty without families. */
  readonly label: string;
  readonly world: World;
}

/** One choice of one family. `value` undefined: nothing stands at the place. */
interface Choice {
  readonly label: string;
  readonly value: Json | undefined;
}

/** The steps of a path: names and list indices between dots; behind `tunables` all the rest is one name. */
export function stepsOf(path: string): Path {
  const words = path.split('.');
  const tunables = words.indexOf('tunables');
  const joined = tunables < 0 ? words : [...words.slice(0, tunables + 1), words.slice(tunables + 1).join('.')];
  return joined.map((word) => (/^\d{1,6}$/.test(word) ? Number(word) : word));
}

function isTree(value: unknown): value is Json & object {
  return typeof value === 'object' && value !== null;
}

function inside(tree: Json | undefined, step: string | number): Json | undefined {
  if (!isTree(tree)) return undefined;
  if (Array.isArray(tree)) return typeof step === 'number' ? tree[step] : undefined;
  return Object.hasOwn(tree, step) ? (tree as { readonly [key: string]: Json })[step] : undefined;
}

/** What stands at a path of a world, or undefined. */
export function valueAt(world: World, path: string): Json | undefined {
  return stepsOf(path).reduce(inside, world);
}

/** `tree` with `value` at `path`; what does not change is shared. The place's parent must exist. */
function put(tree: Json | undefined, path: Path, value: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const inner = put(inside(tree, step), rest, value);
  if (Array.isArray(tree)) {
    return tree.map((item: Json, i) => (i === step && inner !== undefined ? inner : item));
  }
  if (!isTree(tree)) return tree;
  const entries = Object.entries(tree).filter(([key]) => key !== String(step));
  const without = inner === undefined;
  if (without) return Object.fromEntries(entries);
  if (entries.length === Object.keys(tree).length) return { ...tree, [step]: inner };
  return Object.fromEntries(Object.entries(tree).map(([key, old]) => [key, key === String(step) ? inner : old]));
}

function withValue(world: World, path: string, value: Json | undefined): World {
  // The parser has put every choice of every family through the schema, so the result is a world again.
  return put(world, stepsOf(path), value) as World;
}

/** All distinct orders, the given one first, then by index. At most `limit + 1` are made. */
function ordersOf(items: readonly Json[], limit: number): Json[][] {
  const spelled = items.map((item) => JSON.stringify(item));
  const found: Json[][] = [];
  const place = (taken: readonly number[]) => {
    if (found.length > limit) return;
    if (taken.length === items.length) {
      found.push(taken.map((i) => items[i] ?? null));
      return;
    }
    const tried = new Set<string | undefined>();
    for (const [i, text] of spelled.entries()) {
      if (taken.includes(i) || tried.has(text)) continue;
      tried.add(text);
      place([...taken, i]);
    }
  };
  place([]);
  return found;
}

function orderLabel(order: readonly Json[], written: readonly Json[]): string {
  if (order.every((item) => typeof item === 'string')) return order.join(',');
  return order.map((item) => written.indexOf(item)).join(',');
}

function choicesOf(vary: Vary, world: World): Choice[] {
  switch (vary.by) {
    case 'onoff':
      return [
        { label: `${vary.at}=off`, value: undefined },
        { label: `${vary.at}=on`, value: vary.value },
      ];
    case 'oneof':
      return Object.entries(vary.values).map(([label, value]) => ({ label: `${vary.at}=${label}`, value }));
    case 'orders': {
      const list = valueAt(world, vary.at);
      if (!Array.isArray(list)) return [];
      const written: readonly Json[] = list;
      return ordersOf(written, MEMBERS_MAX).map((order) => ({
        label: `${vary.at}=${orderLabel(order, written)}`,
        value: order,
      }));
    }
  }
}

/**
 * Every member of the scenario's families, the first family varying slowest. Without families the one member is
 * the world itself. At most {@link MEMBERS_MAX} members, as the parser has made sure.
 */
export function expandVary(scenario: Pick<Scenario, 'world' | 'vary'>): Member[] {
  let members: Member[] = [{ label: '', world: scenario.world }];
  for (const vary of scenario.vary) {
    const choices = choicesOf(vary, scenario.world);
    members = members.flatMap(({ label, world }) =>
      choices.map((choice) => ({
        label: label === '' ? choice.label : `${label} ${choice.label}`,
        world: withValue(world, vary.at, choice.value),
      })),
    );
  }
  return members;
}

/** A family as written, with its place among the families. */
export type WrittenVary = { readonly index: number; readonly vary: Vary };

function noPlace(path: string): Fault {
  return {
    code: 'S050',
    message: `the world has no place ${path}`,
    expected: 'a path as exe.needed or objects.a.ctors.0.do',
  };
}

function missing(world: World, path: string): Fault | undefined {
  const steps = stepsOf(path);
  const last = steps.at(-1);
  const parent = steps.slice(0, -1).reduce(inside, world);
  const there = isTree(parent) && (!Array.isArray(parent) || (typeof last === 'number' && last < parent.length));
  return there && last !== '' && last !== '__proto__' ? undefined : noPlace(path);
}

function overlap(a: Path, b: Path): boolean {
  return a.every((step, i) => i >= b.length || step === b[i]);
}

/** Where the value of a choice is written: below `values`, at `value`, or nowhere. */
function writtenAt(vary: Vary, label: string): Path {
  if (vary.by === 'oneof') return ['values', label.slice(vary.at.length + 1)];
  return vary.by === 'onoff' && vary.value !== true ? ['value'] : [vary.by];
}

/** The normal form of one choice in `world`, or the faults of putting it there. */
function settle(world: World, vary: Vary, choice: Choice, base: Path): { value: Json | undefined } | PlacedFault[] {
  const steps = stepsOf(vary.at);
  const own = [...base, ...writtenAt(vary, choice.label)];
  const relocate = (fault: PlacedFault): PlacedFault =>
    fault.path.length >= steps.length && overlap(steps, fault.path)
      ? { ...fault, path: [...own, ...fault.path.slice(steps.length)] }
      : {
          path: [...base, vary.by],
          fault: { ...fault.fault, code: 'S051', message: `${choice.label}: ${fault.fault.message}` },
        };
  const outcome = check(WorldSchema, withValue(world, vary.at, choice.value));
  if ('faults' in outcome) return outcome.faults.map(relocate);
  const fresh = checkWorldNames(outcome.data);
  const old = new Set(checkWorldNames(world).map((fault) => JSON.stringify(fault)));
  const faults = fresh.filter((fault) => !old.has(JSON.stringify(fault)) && fault.fault.severity !== 'warning');
  return faults.length > 0 ? faults.map(relocate) : { value: valueAt(outcome.data, vary.at) };
}

/** Longest list whose orders are made, and most values of one family: each is put through the schema. */
const LIST_MAX = 12;
const VALUES_MAX = 32;
const FAMILIES_MAX = 8;

function tooMany(message: string): Fault {
  return { code: 'S052', message, expected: 'shorter lists or fewer families' };
}

function sizeFault(world: World, vary: Vary): Fault | undefined {
  if (vary.by === 'oneof' && Object.keys(vary.values).length > VALUES_MAX)
    return tooMany(`more than ${VALUES_MAX} values`);
  const list = vary.by === 'orders' ? valueAt(world, vary.at) : undefined;
  return Array.isArray(list) && list.length > LIST_MAX ? tooMany(`a list of more than ${LIST_MAX}`) : undefined;
}

/** How many members a family has; a family whose place does not exist counts for one. */
function membersOf(world: World, vary: Vary): number {
  return sizeFault(world, vary) === undefined ? Math.max(1, choicesOf(vary, world).length) : 1;
}

/** The normal form of one family, or its faults. */
function settleFamily(world: World, { index, vary }: WrittenVary): { vary: Vary } | PlacedFault[] {
  const base: Path = ['vary', index];
  const nothing = vary.by === 'orders' && valueAt(world, vary.at) === undefined;
  const absent = missing(world, vary.at) ?? (nothing ? noPlace(vary.at) : undefined);
  if (absent !== undefined) return [{ path: [...base, vary.by], fault: absent }];
  if (vary.by === 'orders' && !Array.isArray(valueAt(world, vary.at))) {
    return [
      {
        path: [...base, 'orders'],
        fault: { code: 'S051', message: `${vary.at} is no list`, expected: 'the path of a list' },
      },
    ];
  }
  const crowd = sizeFault(world, vary);
  if (crowd !== undefined) return [{ path: [...base, vary.by], fault: crowd }];
  const settled = (vary.by === 'orders' ? [] : choicesOf(vary, world)).map((choice) =>
    settle(world, vary, choice, base),
  );
  const faults = settled.flatMap((one) => (Array.isArray(one) ? one : []));
  if (faults.length > 0) return faults;
  const values = settled.map((one) => (Array.isArray(one) ? null : (one.value ?? null)));
  if (vary.by === 'onoff') return { vary: { ...vary, value: values[1] ?? true } };
  if (vary.by === 'orders') return { vary };
  const labels = Object.keys(vary.values);
  return { vary: { ...vary, values: Object.fromEntries(labels.map((label, i) => [label, values[i] ?? null])) } };
}

/** Check families against the world they vary, and bring their values into normal form. */
export function settleVary(world: World, families: readonly WrittenVary[]): { vary: Vary[]; faults: PlacedFault[] } {
  if (families.length > FAMILIES_MAX) {
    return { vary: [], faults: [{ path: ['vary'], fault: tooMany(`more than ${FAMILIES_MAX} families`) }] };
  }
  const members = families.reduce((product, { vary }) => product * membersOf(world, vary), 1);
  if (members > MEMBERS_MAX) {
    const message = `the families have more than ${MEMBERS_MAX} members together`;
    return { vary: [], faults: [{ path: ['vary'], atKey: true, fault: tooMany(message) }] };
  }
  const outcomes = families.map((family) => settleFamily(world, family));
  const faults = outcomes.flatMap((outcome) => (Array.isArray(outcome) ? outcome : []));
  const vary = outcomes.flatMap((outcome) => (Array.isArray(outcome) ? [] : [outcome.vary]));
  for (const [i, { index, vary: one }] of families.entries()) {
    const other = families.slice(0, i).find((before) => {
      const [a, b] = [stepsOf(before.vary.at), stepsOf(one.at)];
      return overlap(a, b) || overlap(b, a);
    });
    if (other === undefined) continue;
    const message = `${one.at} and ${other.vary.at} are the same place, or one holds the other`;
    faults.push({
      path: ['vary', index, one.by],
      fault: { code: 'S050', message, expected: 'families that do not meet' },
    });
  }
  return { vary, faults };
}
