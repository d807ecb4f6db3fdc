// Claimants as data, and their code in the objects of a world.
import { describe, expect, test } from '@jest/globals';
import { weaveClaimants } from '../../src/process/weave.js';
import { claimantNamed, claimantNames, claimantProtocols, offering } from '../../src/rseq/claimants.js';
import { ActionListSchema } from '../../src/scenario/action-schema.js';
import type { Claimant, World } from '../../src/scenario/schema.js';
import { printShortAction } from '../../src/scenario/short-actions.js';
import { WorldSchema } from '../../src/scenario/world-schema.js';

describe('the claimants', () => {
  test('have a number and a name each, both of which find them', () => {
    expect(new Set(claimantNames).size).toBe(2 * claimantProtocols.length);
    for (const protocol of claimantProtocols) {
      expect(claimantNamed(protocol.id)).toBe(protocol);
      expect(claimantNamed(protocol.name)).toBe(protocol);
    }
    expect(claimantNames).toEqual(expect.arrayContaining(['C-03', 'C-04', 'C-05', 'C-12', 'C-13', 'C-15']));
  });

  test.each(claimantProtocols.map((protocol) => [protocol.id, protocol] as const))(
    '%s says when, by what and how, with a source, in actions that exist',
    (_, { statement, source, when, decides, undo, lives, period, actions }) => {
      for (const text of [statement, source, when, decides, undo, lives, period]) expect(text).not.toBe('');

      for (const list of [actions.act, actions.undo]) expect(ActionListSchema.parse(list)).toEqual(list);
    },
  );

  test('offer another area where they are told to, except where the protocol has only one', () => {
    const acts = (id: string) => offering(claimantNamed(id)?.actions.act ?? [], 'static');
    expect(acts('C-15')).toEqual([{ op: 'rseq', cmd: 'register', area: 'static' }]);
    expect(acts('C-04')).toEqual([{ op: 'claim_abi' }]);
    expect(offering([{ op: 'release_handled', area: null }], 'tls')).toEqual([{ op: 'release_handled', area: null }]);
  });
});

describe('steps of a claimant in a scenario', () => {
  test.each([
    ['claimant C-06 register tls', { op: 'claimant', who: 'C-06', step: 'register', area: 'tls' }],
    ['claim_busy_ok abi abort', { op: 'claim_busy_ok', area: 'abi', undo: 'abort' }],
    ['claim_busy_ok abi', { op: 'claim_busy_ok', area: 'abi' }],
  ])('%s is an action, and is printed as it was written', (short, long) => {
    expect(ActionListSchema.parse(short)).toEqual([long]);
    expect(printShortAction(long)).toBe(short);
  });

  test.each(['claimant C-6 register tls', 'claimant C-06 begin tls', 'claimant C-06 register'])(
    '%s is a fault',
    (text) => {
      expect(ActionListSchema.safeParse(text).success).toBe(false);
    },
  );

  test('that has no rule are woven by actions of their own', () => {
    for (const protocol of claimantProtocols) {
      const { init = [], act, leave = [], undo } = protocol.actions;
      const steps = [...init, ...act, ...leave, ...undo].filter(({ op }) => op === 'claimant');
      const own = steps.filter((action) => action.op === 'claimant' && action.who === protocol.id);
      expect([protocol.id, own.length]).toEqual([protocol.id, steps.length]);
      if (steps.length > 0) expect([protocol.id, protocol.rule]).not.toEqual([protocol.id, undefined]);
    }
  });
});

const world: World = WorldSchema.parse({
  exe: { needed: ['a'], main: 'mark m; start w body', bodies: { body: 'mark b' } },
  objects: { a: { ctors: ['mark c'], init: 'mark i', dtors: ['mark d'] } },
});

function woven(...claimants: Claimant[]): World {
  const answer = weaveClaimants(world, claimants);
  if ('reason' in answer) throw new Error(answer.reason);
  return answer.world;
}

const register = { op: 'rseq', cmd: 'register', area: 'static' } as const;
const bare = (object: string, at: NonNullable<Claimant['at']>): Claimant => ({
  object,
  who: 'C-15',
  area: 'static',
  at,
});

describe('a claimant in a world', () => {
  test('without a place acts in a constructor, behind those that are described, and undoes in a destructor', () => {
    const { a } = woven({ object: 'a', who: 'C-03' }).objects;
    expect(a?.ctors).toEqual([{ do: [{ op: 'mark', text: 'c' }] }, { do: [{ op: 'claim_handled', area: 'abi' }] }]);
    expect(a?.dtors).toEqual([{ do: [{ op: 'mark', text: 'd' }] }, { do: [{ op: 'release_handled', area: null }] }]);
  });

  test('acts at the end of DT_INIT, in an entry of the preinit array, at the beginning of main', () => {
    expect(woven(bare('a', 'init')).objects.a?.init).toEqual([{ op: 'mark', text: 'i' }, register]);
    expect(woven(bare('exe', 'preinit')).exe.preinit).toEqual([[register]]);
    expect(woven(bare('exe', 'main')).exe.main?.[0]).toEqual(register);
  });

  test('of a library is called from main and from threads of the executable', () => {
    const inMain = woven(bare('a', 'main'));
    expect(inMain.exe.main?.[0]).toEqual({ op: 'call', sym: 'w_claim0' });
    expect(inMain.objects.a?.funcs).toEqual({ w_claim0: [register] });
    const inThread = woven(bare('a', 'thread'));
    expect(inThread.exe.bodies?.body?.[0]).toEqual({ op: 'call', sym: 'w_claim0' });
    expect(woven(bare('exe', 'thread')).exe.bodies?.body).toEqual([register, { op: 'mark', text: 'b' }]);
  });

  test('in a resolver is a hidden symbol with a reference that is resolved at relocation', () => {
    const { a } = woven(bare('a', 'resolver')).objects;
    expect(a?.ifuncs?.w_claim0).toEqual({ resolver: [register], impl: [], hidden: true });
    expect(a?.refs).toEqual([{ sym: 'w_claim0', how: 'data' }]);
  });

  test('beside another one keeps a symbol of its own, and the result is a world of the schema', () => {
    const both = woven(bare('a', 'resolver'), bare('a', 'main'), { object: 'exe', who: 'librseq-2021', at: 'thread' });
    expect(Object.keys(both.objects.a?.funcs ?? {})).toEqual(['w_claim1']);
    expect(WorldSchema.parse(both)).toEqual(both);
  });

  test('decides in a constructor, acts around a thread and resets in a destructor, where its row says so', () => {
    const step = (name: string) => ({ op: 'claimant', who: 'C-06', step: name, area: 'static' });
    const { exe, objects } = woven({ object: 'a', who: 'C-06', area: 'static', at: 'thread' });
    expect(objects.a?.ctors?.at(-1)).toEqual({ do: [step('init')] });
    expect(objects.a?.dtors?.at(-1)).toEqual({ do: [step('fini')] });
    expect(objects.a?.funcs).toEqual({ w_claim0: [step('register')], w_claim0_leave: [step('unregister')] });
    expect(exe.bodies?.body).toEqual([
      { op: 'call', sym: 'w_claim0' },
      { op: 'mark', text: 'b' },
      { op: 'call', sym: 'w_claim0_leave' },
    ]);
  });

  test('without code is refused with the reason', () => {
    const refusal = (who: string) => weaveClaimants(world, [{ object: 'a', who }]);
    expect(refusal('C-16')).toEqual({ reason: 'claimant C-16 (requested), which has no code' });
    expect(refusal('rr')).toEqual({ reason: 'claimant C-20 (rr) in an object: it is the kernel no-rseq or 6.18' });
  });

  test('leaves the described world alone', () => {
    const before = JSON.stringify(world);
    woven(bare('a', 'ctor'), bare('exe', 'main'));
    expect(JSON.stringify(world)).toBe(before);
  });
});
