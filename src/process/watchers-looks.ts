/**
 * What the state says beside an event, for properties that ask: the acting thread's registration, the libc of a namespace, where
 * the names of rseq lead. Stands for a debugger that stops the process at each event.
 *
 * What can go wrong: the state is that after the step in which the event was said. A step ends before anything that another thread
 * may see, so only what the same thread did after the event and before its next visible point is seen too early.
 */
import type { View } from '../explore/model.js';
import { imagesOf, staticAddress, tlsAddress, tlsOf } from '../libc/memory.js';
import { describedObject, type Program } from '../libc/program.js';
import { libcArea } from '../libc/rseq-registration.js';
import { libcsOf, processOf, taskOf, tcbOf } from '../libc/state.js';
import type { RawEvent } from '../libc/trace.js';
import { type LinkMap, loaderOf } from '../loader/linkmap.js';
import { ldsoMap, mainMap } from '../loader/rtld.js';
import { rseqNamesOf } from '../loader/symbols.js';
import { type Component, keyOf } from '../machine/component.js';
import { Cpu, stackOf } from '../machine/cpu.js';
import type { Look, Looks } from '../rseq/properties.js';
import { areaKey, symbolTarget } from './place.js';

type Reading = Pick<View, 'get'>;
type SlotLook = NonNullable<Looks['slot']> | null;
type LibcLook = NonNullable<Looks['libc']> | null;

function read<T>(view: Reading, c: Component<T>, owner: number): T {
  return (view.get(keyOf(c, owner)) ?? c.initial) as T;
}

/** The words that a registered area consists of, and the link map they belong to; undefined when nothing is mapped there. */
function areaAt(view: Reading, { t, process }: RawEvent, address: bigint) {
  const { images } = read(view, imagesOf, process);
  for (const [map, image] of Object.entries(images)) {
    if (staticAddress(Number(map)) === address) return { words: image.area, map: Number(map) };
  }
  const { slot } = read(view, tcbOf, t);
  const tls = read(view, tlsOf, t);
  for (const [key, words] of Object.entries(tls.areas)) {
    if (tlsAddress(slot, tls, key) === address)
      return { words, map: key === 'libc' ? null : Number(key.split(':')[1]) };
  }
  return undefined;
}

/** The thread on whose stack a vfork child runs; undefined for a task with a stack of its own. */
function hostOf(view: Reading, { t, process }: RawEvent): number | undefined {
  // Whoever has a stack is nobody's guest. To look at every stack here would make each step depend on where all threads are.
  if (view.get(keyOf(stackOf, t)) !== undefined) return undefined;
  return read(view, processOf, process).threads.find((thread) => read(view, stackOf, thread).visitor === t);
}

/** A vfork child has the memory of its parent, so what it holds there belongs to another task. */
function slotLook(view: Reading, event: RawEvent): SlotLook {
  const host = hostOf(view, event);
  if (host !== undefined) {
    const shared = slotLook(view, { ...event, t: host });
    return shared === null ? null : { ...shared, owned: false };
  }
  const { slot } = read(view, taskOf, event.t);
  if (slot === null) return null;
  const area = areaAt(view, event, slot.area);
  if (area === undefined) return { mapped: false, owned: false, section: 'none' };
  const { maps } = read(view, loaderOf, event.process);
  const section = (area.words[2] ?? 0) !== 0 || (area.words[3] ?? 0) !== 0 ? 'points' : 'none';
  return { mapped: true, owned: area.map === null || maps[area.map] !== undefined, section };
}

function libcLook(view: Reading, { process, map }: RawEvent): LibcLook {
  const loader = read(view, loaderOf, process);
  const ns = loader.maps[map]?.ns;
  const { copies } = read(view, libcsOf, process);
  const [own] = Object.entries(copies).filter(([id]) => loader.maps[Number(id)]?.ns === ns);
  if (ns === undefined || own === undefined) return null;
  const [, { initial, told }] = own;
  return { base: ns === 0, initial, told };
}

/** Names of rseq in an object's code that the loader binds. */
function namesIn(program: Program, { file }: LinkMap): readonly string[] {
  const object = describedObject(program, file);
  if (object === undefined) return [];
  const { abiRefs, handledRefs } = rseqNamesOf(object);
  const handled = handledRefs || object.handled !== undefined;
  return [...(abiRefs ? ['__rseq_abi'] : []), ...(handled ? ['__rseq_handled'] : [])];
}

function storagesLook(cpu: Cpu, program: Program): Readonly<Record<string, number>> {
  const { maps } = cpu.read(loaderOf);
  const found: Record<string, Set<number>> = {};
  const add = (name: string, target: number | null | undefined) => {
    if (target === null || target === undefined) return;
    found[name] = (found[name] ?? new Set()).add(target);
  };
  for (const map of Object.values(maps)) {
    if (map === undefined || map.ns !== 0) continue;
    for (const name of namesIn(program, map)) add(name, symbolTarget(cpu, map.id, name));
  }
  if (program.rseq.ownerFlag === 'ldso') add('__rseq_handled', maps[ldsoMap]?.got.__rseq_handled);
  for (const [id, { abi }] of Object.entries(cpu.read(libcsOf).copies)) {
    if (maps[Number(id)]?.ns === 0) add('__rseq_abi', abi);
  }
  return Object.fromEntries(Object.entries(found).map(([name, targets]) => [name, targets.size]));
}

/** The libc copy of the base namespace; in a static program, the program. */
function baseLibc(cpu: Cpu): number | undefined {
  const { maps } = cpu.read(loaderOf);
  const ids = Object.keys(cpu.read(libcsOf).copies).map(Number);
  return ids.find((id) => maps[id]?.ns === 0) ?? ids.find((id) => id === mainMap);
}

/** `handled_info` reads the area by the name `__rseq_abi`, which means libc's only where that is the name of libc's. */
function readsLook(cpu: Cpu, program: Program, { kind, map }: RawEvent): 'same' | 'another' | null {
  if (kind === 'handled_info' && program.rseq.area !== 'rseq_abi') return null;
  const base = baseLibc(cpu);
  if (base === undefined || cpu.read(loaderOf).maps[map] === undefined) return null;
  const own = areaKey(cpu, map, kind === 'rseq_info' ? 'libc' : 'abi');
  const libcs = libcArea(cpu, base);
  if (own === null || libcs === null) return null;
  return own === libcs ? 'same' : 'another';
}

/** The looks that a property asks for at an event; `program` is that of the member the state belongs to. */
export function looksAt(view: View, program: Program, event: RawEvent, looks: readonly Look[]): Looks {
  const reader = () => new Cpu(view, program, event.t);
  const reads = looks.includes('reads') && (event.kind === 'rseq_info' || event.kind === 'handled_info');
  const storages = looks.includes('storages') && ['init', 'ctor', 'main'].includes(event.kind);
  return {
    ...(looks.includes('slot') && { slot: slotLook(view, event) }),
    ...(looks.includes('libc') && { libc: libcLook(view, event) }),
    ...(storages && { storages: storagesLook(reader(), program) }),
    ...(reads && { reads: readsLook(reader(), program, event) }),
  };
}
