/**
 * The inner loop of a search, written out for one layout: shifts, masks and the number of words are literals, interchangeable actors are
 * sorted without a loop. It looks a successor up in the table of states and adds it there when it is new.
 *
 * What can go wrong: code made from text is not seen by the compiler. It is small, has no input but numbers of the layout, and the tests
 * hold it to a map of texts.
 */
import type { Bits, Field, Layout } from './layout.js';
import { maskOf } from './layout.js';

/** What the written-out code works on; `grow` makes room and says nothing, `full` refuses. */
export interface Store {
  count: number;
  capacity: number;
  /** Most states the table takes before it must grow. */
  crowded: number;
  arena: Int32Array;
  table: Int32Array;
  deltas: Int32Array;
  parents: Int32Array;
  /** Places of deltas. */
  asked: Int32Array;
  grow(): void;
}

export interface Probe {
  /** Take up the store's arrays again after they were replaced; numbers go to `ids`. */
  attach(ids: Int32Array): void;
  /** Have a state in hand. */
  load(state: number): void;
  /**
   * Propose the states that differ from the one in hand by the deltas at the first `count` places of `asked`, each reached from `parent`.
   * Where they belong in the table is looked at now and searched when they settle: the memory answers many such looks side by side, and
   * waiting for it is most of the time of a large search.
   */
  propose(count: number, parent: number): void;
  /** Find or add what was proposed, in order. Returns how many were done before one had no room; the rest is dropped. */
  settle(): number;
  /** Go there without storing it. */
  move(at: number): void;
  /** Find the state in hand or add it: its number when it is new, KNOWN, or FULL. */
  here(parent: number): number;
}

/** The state was there already. */
export const KNOWN = -1;
/** No room for a new state. */
export const FULL = -2;

/** States of so few words stand in the table themselves, so that to find one is a single look at memory. */
const INLINE_WORDS = 2;

/** Places of the table's array for one entry. */
export function entrySize(layout: Layout): number {
  return layout.words <= INLINE_WORDS ? INLINE_WORDS : 1;
}

/** An entry of the table: state number + 1, and the upper bits of its hash so that most strangers are told apart without a look. */
const INDEX_BITS = 27;
export const INDEX = (1 << INDEX_BITS) - 1;
/** Most states there can be. */
export const MOST_STATES = INDEX - 1;

export const PRIMES = [
  '0x9e3779b1',
  '0x85ebca6b',
  '0xc2b2ae35',
  '0x27d4eb2f',
  '0x165667b1',
  '0x2c1b3c6d',
  '0x7feb352d',
];

function hashText(words: readonly number[]): string {
  const mixed = words.map((k) => `Math.imul(w${k},${PRIMES[k % PRIMES.length]})+${k}`).join('^');
  return `let h=${mixed};h^=h>>>15;h=Math.imul(h,0x2c1b3c6d);h^=h>>>13;h=Math.imul(h,0x297a2d39);h^=h>>>16;`;
}

const read = (variable: string, { shift, width }: Bits): string => `(${variable}>>>${shift})&${maskOf(width)}`;

/** Reads a number; `variable` names the word. */
export function readField(variable: (word: number) => string, field: Field): string {
  let from = 0;
  const parts = field.map((bits) => {
    const text = `((${read(variable(bits.word), bits)})<<${from})`;
    from += bits.width;
    return text;
  });
  return parts.join('|') || '0';
}

/** Sorts the members of a group by their pieces: compare and exchange, neighbours only. */
function sortText(members: readonly (readonly Bits[])[], group: number): string {
  if (members.length < 2) return '';
  const name = (member: number, piece: number): string => `g${group}m${member}p${piece}`;
  const lines = members.flatMap((pieces, m) =>
    pieces.map((bits, p) => `let ${name(m, p)}=${read(`w${bits.word}`, bits)};`),
  );
  const pieces = members[0]?.map((_, p) => p) ?? [];
  const after = (m: number): string =>
    pieces
      .map((p) => {
        const equal = pieces.slice(0, p).map((q) => `${name(m, q)}===${name(m + 1, q)}&&`);
        return `${equal.join('')}${name(m, p)}>${name(m + 1, p)}`;
      })
      .join('||');
  for (let last = members.length - 1; last > 0; last--) {
    for (let m = 0; m < last; m++) {
      const swaps = pieces.map((p) => `x=${name(m, p)};${name(m, p)}=${name(m + 1, p)};${name(m + 1, p)}=x;`);
      lines.push(`if(${after(m)}){${swaps.join('')}}`);
    }
  }
  members.forEach((own, m) => {
    own.forEach(({ word, shift, width }, p) => {
      lines.push(`w${word}=w${word}&${~(maskOf(width) << shift)}|${name(m, p)}<<${shift};`);
    });
  });
  return `{let x;${lines.join('')}}`;
}

export const WORDS_OF = ({ words }: Layout): number[] => Array.from({ length: words }, (_, k) => k);

/** Finds the place of `w0`, `w1`... with hash `h` in the table: runs `found` at an equal entry, and ends with `p` at a free one. */
function findText(layout: Layout, found: string): string {
  const words = WORDS_OF(layout);
  if (entrySize(layout) > 1) {
    const equal = words.map((k) => (k === 0 ? 'e===w0+1' : `T[p+${k}]===w${k}`)).join('&&');
    return `let p=(h&mask)<<1;for(;;){const e=T[p];if(e===0)break;if(${equal}){${found}}p=(p+2)&end;}`;
  }
  const equal = words.map((k) => `A[q+${k}]===w${k}`).join('&&');
  return `const tag=h&${~INDEX};let p=h&mask;
for(;;){const e=T[p];if(e===0)break;if((e&${~INDEX})===tag){const q=((e&${INDEX})-1)*${layout.words};if(${equal}){${found}}}p=(p+1)&mask;}`;
}

/** Looks at where `findText` will look first, and makes nothing of it. */
function touchText(layout: Layout): string {
  return entrySize(layout) > 1 ? 'touched^=T[(h&mask)<<1];' : 'touched^=T[h&mask];';
}

/** Looks at the states behind those places. */
function touchStates(layout: Layout, stride: number): string {
  if (entrySize(layout) > 1) return '';
  const look = `const h=X[x],e=T[h&mask];if(((e^h)&${~INDEX})===0)t^=A[((e&${INDEX})-1)*${layout.words}];`;
  return `let t=touched;for(let x=0;x<last;x+=${stride}){${look}}touched=t;`;
}

/** Puts state `i` at the free place `p`. */
function putText(layout: Layout): string {
  if (entrySize(layout) === 1) return 'T[p]=tag|(i+1);';
  return WORDS_OF(layout)
    .map((k) => (k === 0 ? 'T[p]=w0+1;' : `T[p+${k}]=w${k};`))
    .join('');
}

const MASKS = (layout: Layout): string => `mask=T.length/${entrySize(layout)}-1,end=T.length-1`;

/** The written-out code for a layout, over a store. */
export function probeFor(layout: Layout, store: Store): Probe {
  const words = WORDS_OF(layout);
  const stride = layout.words + 2;
  const each = (text: (k: number) => string): string => words.map(text).join('');
  const sorted = layout.groups.map(sortText).join('');
  const unpacked = layout.fields.map((field, c) => `ids[${c}]=${readField((k) => `c${k}`, field)};`).join('');
  const next = `${each((k) => `let w${k}=(c${k}+D[at+${k}])|0;`)}${sorted}`;
  const add = (known: string, full: string): string => `${findText(layout, known)}
const i=S.count;if(i===S.capacity){${full}}${putText(layout)}const q=i*${layout.words};${each((k) => `A[q+${k}]=w${k};`)}P[i]=parent;
if((S.count=i+1)>S.crowded)S.grow();`;
  const arrays = 'A=S.arena;T=S.table;D=S.deltas;P=S.parents;Q=S.asked;';
  const variables = 'let A,T,D,P,Q,mask,end,ids=null,X=new Int32Array(0),top=0,touched=0;';
  const source = `'use strict';${variables}${each((k) => `let c${k}=0;`)}
return{attach(to){${arrays}${MASKS(layout)};ids=to;},
load(s){const q=s*${layout.words};${each((k) => `c${k}=A[q+${k}];`)}${unpacked}},
move(at){${next}${each((k) => `c${k}=w${k};`)}${unpacked}},
here(parent){${each((k) => `const w${k}=c${k};`)}${hashText(words)}${add(`return ${KNOWN};`, `return ${FULL};`)}return i;},
propose(count,parent){const need=top+count*${stride};if(need>X.length){const old=X;X=new Int32Array(2*need);X.set(old);}
let x=top;for(let n=0;n<count;n++){const at=Q[n];${next}${hashText(words)}X[x]=h;${each((k) => `X[x+${k + 1}]=w${k};`)}X[x+${stride - 1}]=parent;
x+=${stride};${touchText(layout)}}top=x;},
settle(){const last=top;top=0;${touchStates(layout, stride)}
search:for(let x=0;x<last;x+=${stride}){const h=X[x],parent=X[x+${stride - 1}];${each((k) => `const w${k}=X[x+${k + 1}];`)}
${add('continue search;', `return x/${stride};`)}}return last/${stride};}};`;
  return new Function('S', source)(store) as Probe;
}

/** Copy `count` states from one layout to another; components that the first lacks are absent. */
export function repack(before: Layout, after: Layout, from: Int32Array, to: Int32Array, count: number): void {
  const numbers = after.fields.map((_, c) => `const n${c}=${readField((k) => `F[p+${k}]`, before.fields[c] ?? [])};`);
  const words = WORDS_OF(after).map((k) => {
    const parts = after.fields.flatMap((field, c) => {
      let from = 0;
      return field.flatMap(({ word, shift, width }) => {
        const part = `((n${c}>>>${from})&${maskOf(width)})<<${shift}`;
        from += width;
        return word === k ? [part] : [];
      });
    });
    return `T[q+${k}]=${parts.join('|') || '0'};`;
  });
  const loop = `for(let i=0,p=0,q=0;i<n;i++,p+=${before.words},q+=${after.words}){${numbers.join('')}${words.join('')}}`;
  new Function('F', 'T', 'n', `'use strict';${loop}`)(from, to, count);
}

/** Looks for a free place from `h` on; for words that are known to be new. */
function freeText(layout: Layout): string {
  if (entrySize(layout) > 1) return `${hashText(WORDS_OF(layout))}let p=(h&mask)<<1;while(T[p]!==0)p=(p+2)&end;`;
  return `${hashText(WORDS_OF(layout))}const tag=h&${~INDEX};let p=h&mask;while(T[p]!==0)p=(p+1)&mask;`;
}

function fill(layout: Layout, store: Store, loop: string, before: Int32Array): void {
  const source = `'use strict';const A=S.arena,T=S.table,${MASKS(layout)};${loop}{${freeText(layout)}${putText(layout)}}}`;
  new Function('S', 'B', source)(store, before);
}

/** Put every state of a store into its table, which is empty. */
export function rehash(layout: Layout, store: Store): void {
  const words = WORDS_OF(layout).map((k) => `const w${k}=A[r+${k}];`);
  fill(layout, store, `for(let i=0;i<S.count;i++){const r=i*${layout.words};${words.join('')}`, store.table);
}

/**
 * Put every state into the store's table, which is empty, from the table before it. Entries that hold the words themselves are taken in
 * the order of that table, so that the new one is filled from left to right: memory is then read and written in sequence.
 */
export function spread(layout: Layout, store: Store, before: Int32Array): void {
  if (entrySize(layout) === 1) {
    rehash(layout, store);
    return;
  }
  const words = WORDS_OF(layout).map((k) => `const w${k}=B[r+${k}]${k === 0 ? '-1' : ''};`);
  fill(layout, store, `for(let r=0;r<B.length;r+=2){if(B[r]===0)continue;${words.join('')}`, before);
}
