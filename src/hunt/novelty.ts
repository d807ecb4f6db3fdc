/**
 * What has been seen before: numbers for the states that threads, registrations, copies of libc and single libraries went through,
 * and for who said what in which procedure. A world that adds one went where none had been and is worth varying, as coverage guides a fuzzer.
 *
 * What can go wrong: numbers that depend on how a value was built. A record's fields are summed up, so their order does not count;
 * values are immutable, so a part that two values share is numbered once.
 */
import type { Model, View } from '../explore/index.js';
import type { RawEvent } from '../libc/trace.js';
import type { LinkMap, Loader } from '../loader/linkmap.js';

/** Components whose values count: tasks, control blocks, areas, processes, copies of libc. */
const noted = /^(?:task|tcb|tls|process|libc)\//;

const loaders = 'loader/';

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const words = new Map<string, number>();

/** The hash of a name that comes again and again. */
function hashOfName(name: string): number {
  const known = words.get(name);
  if (known !== undefined) return known;
  const hash = hashOf(name);
  words.set(name, hash);
  return hash;
}

const mixed = (a: number, b: number): number => Math.imul((a ^ (b >>> 15)) + 0x9e3779b9, 0x85ebca6b ^ b) >>> 0;

const parts = new WeakMap<object, number>();

function hashOfValue(value: unknown): number {
  if (typeof value !== 'object' || value === null) return hashOfName(`${typeof value} ${String(value)}`);
  const known = parts.get(value);
  if (known !== undefined) return known;
  let hash = 1;
  if (Array.isArray(value)) {
    for (const one of value) hash = mixed(hash, hashOfValue(one));
  } else {
    for (const [key, one] of Object.entries(value)) hash = (hash + mixed(hashOfName(key), hashOfValue(one))) >>> 0;
  }
  parts.set(value, hash);
  return hash;
}

const lives = new WeakMap<LinkMap, number>();

/** How a library is being used: how it is held, and what has been done with it. */
function hashOfLife(map: LinkMap): number {
  const known = lives.get(map);
  if (known !== undefined) return known;
  const { type, ns, nodelete, directOpencount, tlsDtorCount, hasReldeps, initCalled, global, removed } = map;
  const held = [nodelete, directOpencount, tlsDtorCount, hasReldeps, initCalled, global, removed];
  const hash = hashOf(['life', type, ns > 0, ...held].join(' '));
  lives.set(map, hash);
  return hash;
}

/** Who said what, and in which procedure. */
function hashOfEvent({ obj, kind, detail = '', via }: RawEvent): number {
  const speaker = obj === 'libc' || obj === 'process' || obj === 'exe' ? obj : 'library';
  const [word = ''] = kind === 'rseq' || kind === 'claimant' ? detail.split(' ') : [];
  return hashOf(`${speaker} ${kind} ${word} ${via.at(-1) ?? ''}`);
}

/** The model, which says of each step that went what it reached; a step that is run several times may say so several times. */
export function noting(model: Model, reached: (hash: number) => void): Model {
  return {
    ...model,
    step(actor, view) {
      const hashes: number[] = [];
      const watched: View = {
        get: (key) => view.get(key),
        choose: (n) => view.choose(n),
        set(key, value) {
          if (noted.test(key)) hashes.push(mixed(hashOfName(key.slice(0, key.indexOf('/'))), hashOfValue(value)));
          if (key.startsWith(loaders)) hashes.push(...Object.values((value as Loader).maps).map(hashOfLife));
          view.set(key, value);
        },
        emit(event) {
          hashes.push(hashOfEvent(event as RawEvent));
          view.emit(event);
        },
      };
      if (!model.step(actor, watched)) return false;
      for (const hash of hashes) reached(hash);
      return true;
    },
  };
}
