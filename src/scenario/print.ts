// From a scenario to its text: YAML that a person would write, actions short where they have a short form. It is
// the parser's inverse, and a property test says so. What goes wrong here: text that reads back as something else
// (`no`, `6.10`, `null`), which is why the YAML library decides what needs quotation marks.
import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { printOrder } from './order.js';
import { printPredicate } from './predicate.js';
import type { Claimant, Json, NamedPredicate, Scenario, Vary } from './schema.js';
import { printShortAction } from './short-actions.js';

type Written = { [key: string]: unknown };

function isAction(value: unknown): value is Written & { op: string } {
  return typeof value === 'object' && value !== null && 'op' in value && typeof value.op === 'string';
}

/** The value with every list of actions written short: one text if all of them have a short form. */
function shorten(value: unknown): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || !value.every(isAction)) return value.map(shorten);
    const items = value.map((action) => printShortAction(action) ?? shorten(action));
    return items.every((item) => typeof item === 'string') ? items.join('; ') : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shorten(inner)]));
}

function one<T>(items: readonly T[]): T | readonly T[] | undefined {
  const [first] = items;
  return items.length > 1 ? items : first;
}

function predicates(list: readonly NamedPredicate[]): unknown {
  const print = ({ name, that }: NamedPredicate) =>
    name === undefined ? printPredicate(that) : { name, that: printPredicate(that) };
  return one(list.map(print));
}

function claimants(list: readonly Claimant[]): Written | undefined {
  const byObject: { [object: string]: unknown[] } = {};
  for (const { object, ...wish } of list) {
    const plain = wish.area === undefined && wish.at === undefined;
    byObject[object] = [...(byObject[object] ?? []), plain ? wish.who : wish];
  }
  return list.length === 0
    ? undefined
    : Object.fromEntries(Object.entries(byObject).map(([key, all]) => [key, one(all)]));
}

function family(vary: Vary): Written {
  if (vary.by === 'orders') return { orders: vary.at };
  if (vary.by === 'oneof') return { oneof: vary.at, values: shorten(vary.values) };
  return { onoff: vary.at, ...(vary.value === true ? {} : { value: shorten(vary.value) satisfies unknown as Json }) };
}

/** The document of a scenario, in the order in which people read it; fields that say nothing are left out. */
function written(scenario: Scenario): Written {
  const { name, claim, source, kernel, libc, world, vary, expect, elf, events } = scenario;
  const fields: Written = {
    scenario: name,
    claim,
    source,
    kernel,
    libc: one(libc),
    ...(shorten(world) as Written),
    claimants: claimants(scenario.claimants),
    vary: vary.length === 0 ? undefined : vary.map(family),
    forbidden: predicates(scenario.forbidden),
    required: predicates(scenario.required),
    allowed: predicates(scenario.allowed),
    order: one(scenario.order.map(printOrder)),
    expect: Object.keys(expect).length === 0 ? undefined : expect,
    elf,
    events,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** The text of a scenario; {@link parseScenario} reads it back as an equal scenario. Ends with a newline. */
export function printScenario(scenario: Scenario): string {
  const document = new Document(written(scenario), { schema: 'core', aliasDuplicateObjects: false });
  visit(document, {
    Collection: (_, collection) => {
      const plain = isSeq(collection)
        ? collection.items.every((item) => isScalar(item))
        : isMap(collection) && collection.items.every((pair) => isScalar(pair.value));
      if (plain && collection.items.length <= 6) collection.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
