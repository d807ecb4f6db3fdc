/**
 * The loop of a whole search, written out for one layout in the tongue of `tongue.ts`: look a state's steps up, propose where they lead, and
 * find or add that. It does what `expansion.ts` and `probe.ts` do, in the same order and over the same arrays.
 *
 * What can go wrong: two texts of one loop that part. A state that one of them has added and the other does not find is counted twice, and
 * the tests count.
 */
import type { Layout } from './layout.js';
import { CHOICE, LEAF, READ } from './memory.js';
import { entrySize, INDEX, PRIMES, readField, WORDS_OF } from './probe.js';

/** States expanded in one go, proposals that wait for each other, and the most of one state. */
export const LANE = { states: 4096, waiting: 64, each: 256 } as const;

const WORDS_MOST = 14;
/** Lengths of what the loop works on, by place. */
const LENGTHS = {
  count: 1,
  marks: 1,
  actors: 1,
  touched: 1,
  ids: 1 << 12,
  pending: 1 << 12,
  rows: 4 * LANE.states,
  told: 1 << 15,
  found: (LANE.waiting + LANE.each) * (WORDS_MOST + 2),
  /** For each list of actors, where it begins; there: how many, and of each its tree's root, where its own components are named, and where its deltas are among those of alike. */
  lists: 1 << 12,
  cast: 1 << 17,
  /** Of each leaf where its deltas begin, and whether it goes (1) and tells (2). */
  leaves: 1 << 19,
  deltas: 1 << 21,
  cells: 1 << 22,
} as const;

type Place = keyof typeof LENGTHS;

/** Where each of them begins. */
export const AT = (() => {
  let end = 0;
  const places = Object.entries(LENGTHS).map(([name, length]) => {
    end += length;
    return [name, end - length];
  });
  return { ...(Object.fromEntries(places) as Record<Place, number>), end };
})();

/** Whether something so long has its place. */
export function hasPlace(place: Place, length: number): boolean {
  return length <= LENGTHS[place];
}

/** Whether the loop can be written for a layout. */
export function canRun({ words, fields, groups }: Layout): boolean {
  return words <= WORDS_MOST && hasPlace('ids', fields.length) && groups.length === 0;
}

/** Where the arrays of states begin. */
interface Begins {
  readonly table: number;
  readonly parents: number;
  readonly arena: number;
}

/**
 * The text of a module with `expand(from, to, limit, budget, mask)`, which returns the first state it has not expanded, and `spread(mask)`, which
 * puts a table in order that was doubled in place, or returns 0 when that must be done anew. `mask` is that of the table.
 */
export function laneText(layout: Layout, begins: Begins, marks: boolean): string {
  return `${LIST}${settleText(layout, begins)}${spreadText(layout, begins)}${expandText(layout, begins, marks)}`;
}

/** The leaf of a tree without choices, or -1. */
const LIST = `function list(ref){for(;;){let at=ref>>>2;
if((ref&3)===${LEAF})return at;
if((ref&3)!==${READ})return -1;
let id=M[M[at+${AT.cells}]+${AT.ids}];
if(id<M[at+${AT.cells + 2}])ref=M[M[at+${AT.cells + 1}]+id+${AT.cells}];else return -1;}}
`;

const each = ({ words }: Layout, line: (k: number) => string): string =>
  Array.from({ length: words }, (_, k) => line(k)).join('');

/** Finds or adds the proposals before `last`, the first of which is state number `i` if it is new. Returns how many states there are. */
function settleText(layout: Layout, begins: Begins): string {
  const { words } = layout;
  const put = `let q=i*${words};${each(layout, (k) => `M[q+${begins.arena + k}]=w${k};`)}M[i+${begins.parents}]=M[x+${words + 1}];i=i+1;`;
  const loop = (body: string): string => `x=${AT.found};for(;;){if(x===last)break;${body}x=x+${words + 2};}`;
  const read = `let h=M[x];${each(layout, (k) => `let w${k}=M[x+${k + 1}];`)}`;
  if (entrySize(layout) > 1) {
    const find = `let p=(h&mask)<<1;find:for(;;){let e=M[p+${begins.table}];if(e===0){M[p+${begins.table}]=w0+1;M[p+${begins.table + 1}]=w1;${put}break find;}
if(e===w0+1)if(M[p+${begins.table + 1}]===w1)break find;p=(p+2)&(mask*2+1);}`;
    return `function settle(last,i,mask){let x=0;${loop(read + find)}return i;}\n`;
  }
  const tag = `(h&${~INDEX})`;
  const place = `((e&${INDEX})-1)*${words}`;
  const touch = `let h=M[x],e=M[(h&mask)+${begins.table}];if(((e^h)&${~INDEX})===0)if(e!==0)touched=touched^M[${place}+${begins.arena}];`;
  const equal = WORDS_OF(layout)
    .map((k) => `if(M[q+${begins.arena + k}]===w${k})`)
    .join('');
  const find = `let p=h&mask;find:for(;;){let e=M[p+${begins.table}];if(e===0){M[p+${begins.table}]=${tag}|(i+1);${put}break find;}
if((e&${~INDEX})===${tag}){let q=${place};${equal}break find;}p=(p+1)&mask;}`;
  return `function settle(last,i,mask){let x=0,touched=0;${loop(touch)}M[${AT.touched}]=touched;${loop(read + find)}return i;}\n`;
}

function hashText(layout: Layout): string {
  const mixed = WORDS_OF(layout).map((k) => `w${k}*${PRIMES[k % PRIMES.length]}+${k}`);
  return `let h=${mixed.join('^')};h=h^(h>>>15);h=h*0x2c1b3c6d;h=h^(h>>>13);h=h*0x297a2d39;h=h^(h>>>16);`;
}

/**
 * Entries of two words are taken out and put in again one by one, beginning after a free place: then whatever stands between an entry's home and
 * the entry has been put in before it. Those that would go round the end wait until all others are in, among what is told. Other entries
 * do not have the hash, so the table is made from the states.
 */
function spreadText(layout: Layout, begins: Begins): string {
  const { table, arena } = begins;
  if (entrySize(layout) === 1) {
    return `function spread(mask){let i=0,half=(mask+1)>>>1;for(;;){if(i===half)break;M[i+${table}]=0;i=i+1;}
let count=M[${AT.count}];i=0;for(;;){if(i===count)break;let q=i*${layout.words};${each(layout, (k) => `let w${k}=M[q+${arena + k}];`)}
${hashText(layout)}let p=h&mask;for(;;){if(M[p+${table}]===0)break;p=(p+1)&mask;}i=i+1;M[p+${table}]=(h&${~INDEX})|i;}return 1;}
`;
  }
  const put = `M[p+${table}]=w0+1;M[p+${table + 1}]=w1;`;
  return `function spread(mask){let gap=0,n=2,late=${AT.told},end=mask*2+1;for(;;){if(M[gap+${table}]===0)break;gap=gap+2;}
each:for(;;){if(n>mask)break each;let r=gap+n&mask;n=n+2;if(M[r+${table}]===0)continue each;
let w0=M[r+${table}]-1,w1=M[r+${table + 1}];M[r+${table}]=0;${hashText(layout)}let p=(h&mask)<<1;
for(;;){if(M[p+${table}]===0)break;p=p+2;if(p>end){if(late===${AT.told + LENGTHS.told})return 0;M[late]=w0;M[late+1]=w1;late=late+2;continue each;}}
${put}}
n=${AT.told};for(;;){if(n===late)return 1;let w0=M[n],w1=M[n+1];n=n+2;${hashText(layout)}let p=(h&mask)<<1;
for(;;){if(M[p+${table}]===0)break;p=(p+2)&end;}${put}}}
`;
}

function expandText(layout: Layout, begins: Begins, marks: boolean): string {
  const { words, fields } = layout;
  const stride = words + 2;
  const foundEnd = AT.found + (LANE.waiting + LANE.each) * stride;
  const load = `let q=state*${words};${each(layout, (k) => `let c${k}=M[q+${begins.arena + k}];`)}`;
  const unpack = fields.map((field, c) => `M[${AT.ids + c}]=${readField((k) => `c${k}`, field)};`).join('');
  const look = entrySize(layout) > 1 ? `M[((h&mask)<<1)+${begins.table}]` : `M[(h&mask)+${begins.table}]`;
  const missed = 'x=x0;told=told0;break states;';
  return `function expand(from,to,limit,budget,mask){
let state=from,row=${AT.rows},told=${AT.told},x=${AT.found},count=M[${AT.count}],outcomes=0,waiting=0,touched=0;
states:for(;;){
if(state===to)break states;
if(outcomes>=budget)break states;
if(waiting>=${LANE.waiting}){count=settle(x,count,mask);x=${AT.found};waiting=0;}
if(count+waiting>=limit)break states;
if(told>${AT.told + LENGTHS.told - LANE.waiting - LANE.each})break states;
let x0=x,told0=told,out=0,going=0,mark=-1;
${load}${unpack}
${marks ? `mark=list(M[${AT.marks}]);if(mark<0)break states;` : ''}
let a=list(M[${AT.actors}]);if(a<0)break states;
a=M[a+${AT.lists}];let end=a+M[a]*3+1;a=a+1;
for(;;){if(a===end)break;
let ref=M[a],own=M[a+1],member=M[a+2],sp=${AT.pending};a=a+3;
tree:for(;;){let at=ref>>>2;
if((ref&3)===${READ}){let slot=M[at+${AT.cells}];if(slot<0)slot=M[own+(~slot)];let id=M[slot+${AT.ids}];
if(id<M[at+${AT.cells + 2}])ref=M[M[at+${AT.cells + 1}]+id+${AT.cells}];else{${missed}}}
else if((ref&3)===${LEAF}){out=out+1;let f=M[at*2+${AT.leaves + 1}];
if((f&1)!==0){if(x===${foundEnd}){${missed}}
let d=M[at*2+${AT.leaves}]+member;${each(layout, (k) => `let w${k}=c${k}+M[d+${AT.deltas + k}];`)}
${hashText(layout)}
M[x]=h;${each(layout, (k) => `M[x+${k + 1}]=w${k};`)}M[x+${words + 1}]=state;x=x+${stride};going=going+1;touched=touched^${look};
if((f&2)!==0){M[told]=at;told=told+1;}}
if(sp===${AT.pending})break tree;
sp=sp-1;ref=M[sp];}
else if((ref&3)===${CHOICE}){let i=M[at+${AT.cells}];if(sp+i>=${AT.pending + LENGTHS.pending}){${missed}}
for(;;){if(i<2)break;M[sp]=M[at+i+${AT.cells}];sp=sp+1;i=i-1;}ref=M[at+${AT.cells + 1}];}
else{${missed}}}}
M[row]=mark;M[row+1]=out;M[row+2]=going;M[row+3]=told;row=row+4;
outcomes=outcomes+out;waiting=waiting+going;state=state+1;}
M[${AT.count}]=settle(x,count,mask);M[${AT.touched}]=touched;return state;}
`;
}
