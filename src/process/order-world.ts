/**
 * The program behind a dso-sort test as a described world: constructors and destructors that say their object's name, functions
 * that call each other, a main program that says what it does (scripts/dso-ordering-test.py:generate_testcase).
 *
 * What can go wrong: `=>` makes no DT_NEEDED. The callee is found through the scopes at the first call, or not at all, and then
 * the program ends there.
 */

import { isName } from '../scenario/action-schema.js';
import type { DsoDescription } from '../scenario/dso-test-description.js';
import { MAIN, type MainAction } from '../scenario/dso-test-words.js';
import type { World, WorldObject } from '../scenario/world-schema.js';

type Actions = NonNullable<WorldObject['main']>;

/** The name of an object in its world: its own, with `_` before it where a world could not call it so. */
export function objectName(name: string): string {
  return isName(name) && !taken.has(name) ? name : `_${name}`;
}

/** The name of an object in the notation. */
export function notedName(name: string): string {
  return name.replace(/^_/, '');
}

const taken: ReadonlySet<string> = new Set(['exe', 'libc', 'process', 'nobody', 'null', 'not']);

/** The function of an object, and back. */
export const functionName = (object: string): string => `w_${object}`;
export const functionOwner = (sym: string): string => sym.replace(/^w_/, '');

/** GLIBC_TUNABLES as a record: `a=1:b=2`. */
function tunablesOf(text: string): Record<string, string> {
  const pairs = text.split(':').flatMap((each): [string, string][] => {
    const at = each.indexOf('=');
    return at < 1 ? [] : [[each.slice(0, at), each.slice(at + 1)]];
  });
  return Object.fromEntries(pairs);
}

/**
 * The world of a description, started through ld.so as glibc's own tests are.
 *
 * @param tunables GLIBC_TUNABLES; empty for none
 */
export function dsoWorld(description: DsoDescription, tunables: string): World {
  const called = new Set([...description.calls.values()].flat());
  const objects = description.objects.map((name): [string, WorldObject] => {
    const object = { ...linkOf(description, name), ctors: [{}], dtors: [{}] };
    const callees = description.calls.get(name);
    if (callees === undefined && !called.has(name)) return [objectName(name), object];
    const body: Actions = [...(callees ?? []).map(callOf), say(')')];
    return [objectName(name), { ...object, funcs: { [functionName(name)]: body } }];
  });
  const main = [say('{'), ...description.actions.flatMap(actionsOf), say('}')];
  return {
    exe: { ...linkOf(description, MAIN), main },
    objects: Object.fromEntries(objects),
    via_ldso: true,
    ...(tunables === '' ? {} : { tunables: tunablesOf(tunables) }),
  };
}

/** What the link line says of an object. A library of another soname is needed by that name. */
function linkOf({ needed, sonames }: DsoDescription, name: string): WorldObject {
  const soname = sonames.get(name);
  const names = (needed.get(name) ?? []).map((each) => objectName(sonames.get(each) ?? each));
  return { needed: names, ...(soname === undefined ? {} : { soname: objectName(soname) }) };
}

const say = (text: string): Actions[number] => ({ op: 'mark', text });
const callOf = (object: string): Actions[number] => ({ op: 'call', sym: functionName(object) });

function actionsOf({ sign, object }: MainAction): Actions {
  const as = `h_${object}`;
  const file = objectName(object);
  switch (sign) {
    case '+':
      return [say(`+${object}[`), { op: 'dlopen', file, flags: ['lazy', 'global'], as }, say('];')];
    case '^':
      return [say(`:${object}[`), { op: 'dlopen', file, flags: ['lazy'], as }, say('];')];
    case '-':
      return [say(`-${object}[`), { op: 'dlclose', handle: as }, say('];')];
    case '%':
      return [say('%'), { op: 'dlsym_call', handle: as, sym: functionName(object) }, say(';')];
    case '@':
      return [say('@'), callOf(object), say(';')];
  }
}
