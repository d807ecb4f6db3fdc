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

/** States expanded in one go, proposals that wait for each other, the most of one state, and so many new ones on a sheet for each of its states. */
export const LANE = { states: 4096, waiting: 64, each: 256, found: 8 } as const;

const WORDS_MOST = 14;
/** Where a row says what of a state: its marks, its outcomes, how many of them go, and where what it tells ends. */
export const ROW = { mark: 0, outcomes: 1, going: 2, told: 3, size: 4 } as const;
/** Of a state about which something is unknown, in place of its marks and outcomes. */
export const MISSED = -1;
const IDS = 1 << 12;
/** Lengths of what a loop writes, by place. */
const WRITTEN = {
  count: 1,
  touched: 1,
  ids: IDS,
  pending: 1 << 12,
  rows: ROW.size * LANE.states,
  told: 1 << 15,
} as const;
/** Lengths of what the loops read, by place. */
const READ_LENGTHS = {
  marks: 1,
  actors: 1,
  /** For each list of actors, where it begins; there: how many, and of each its tree's root, where its own components are named, and where its deltas are among those of alike. */
  lists: 1 << 12,
  cast: 1 << 17,
  /** Of each leaf where its deltas begin, and whether it goes (1) and tells (2). */
  leaves: 1 << 19,
  deltas: 1 << 21,
  cells: 1 << 22,
} as const;

/** Where each of some things begins that follow each other from `begin` on, and where the last of them ends. */
function placesOf<Name extends string>(lengths: Readonly<Record<Name, number>>, begin: number) {
  let end = begin;
  const places = Object.entries<number>(lengths).map(([name, length]) => {
    end += length;
    return [name, end - length];
  });
  return { ...(Object.fromEntries(places) as Record<Name, number>), end };
}

/** Where a loop writes. */
export type Places = ReturnType<typeof placesAt>;

function placesAt(begin: number, proposals: number) {
  return placesOf({ ...WRITTEN, found: proposals * (WORDS_MOST + 2) }, begin);
}

/** Where everything is that the lane reads and writes by itself. */
export const AT = (() => {
  const written = placesAt(0, LANE.waiting + LANE.each);
  return { ...written, ...placesOf(READ_LENGTHS, written.end) };
})();

/** Proposals that a sheet has room for. */
export const ON_SHEET = LANE.found * LANE.states + LANE.waiting + LANE.each;
/** So much a sheet takes, whose loop writes down what is new and stores nothing. */
export const SHEET = placesAt(0, ON_SHEET).end;

/** Where the loop of sheet number `i` writes, in the part of the ground that begins there. */
export function sheetPlaces(begin: number, i: number): Places {
  return placesAt(begin + i * SHEET, ON_SHEET);
}

/** Whether something so long has its place. */
export function hasPlace(place: keyof typeof READ_LENGTHS, length: number): boolean {
  return length <= READ_LENGTHS[place];
}

/** Whether there are places for the numbers of so many components. */
export function hasNumbers(components: number): boolean {
  return components <= IDS;
}

/** Whether the loop can be written for a layout. */
export function canRun({ words, fields, groups }: Layout): boolean {
  return words <= WORDS_MOST && hasNumbers(fields.length) && groups.length === 0;
}

/** Where the arrays of states begin. */
interface Begins {
  readonly table: number;
  readonly parents: number;
  readonly arena: number;
}

/**
 * The text of a module with `expand(from, to, limit, budget, mask)`, which returns the first state it has not expanded; `settle(from, last, count,
 * mask)`, which finds or adds the proposals that stand there and returns how many states there are then; and `spread(mask)`, which puts a table in
 * order that was doubled in place, or returns 0 when that must be done anew. `mask` is that of the table.
 */
export function laneText(layout: Layout, begins: Begins, marks: boolean): string {
  return `${listText(AT)}${settleText(layout, begins, AT)}${spreadText(layout, begins)}${expandText(layout, begins, marks)}`;
}

/**
 * The text of a module with `sheet(from, to, mask)`, which writes down at a desk what states lead to that is not in the table yet, and returns the
 * first state that has no room there. Of a state that leads to something unknown the row has -1 outcomes.
 */
export function sheetText(layout: Layout, begins: Begins, marks: boolean, places: Places): string {
  return `${listText(places)}${siftText(layout, begins, places)}${onSheetText(layout, begins, marks, places)}`;
}

/** The leaf of a tree without choices, or -1. */
const listText = ({ ids }: Places): string => `function list(ref){for(;;){let at=ref>>>2;
if((ref&3)===${LEAF})return at;
if((ref&3)!==${READ})return -1;
let id=M[M[at+${AT.cells}]+${ids}];
if(id<M[at+${AT.cells + 2}])ref=M[M[at+${AT.cells + 1}]+id+${AT.cells}];else return -1;}}
`;

const each = ({ words }: Layout, line: (k: number) => string): string =>
  Array.from({ length: words }, (_, k) => line(k)).join('');

/** What is done with a proposal at `x`: `touch` looks where its memory is, `find` looks for it in the table, and `fresh` follows when it is not there. */
function lookText(layout: Layout, begins: Begins, fresh: (enter: string) => string): { touch: string; find: string } {
  const { words } = layout;
  const read = `let h=M[x];${each(layout, (k) => `let w${k}=M[x+${k + 1}];`)}`;
  if (entrySize(layout) > 1) {
    const enter = `M[p+${begins.table}]=w0+1;M[p+${begins.table + 1}]=w1;`;
    const find = `let p=(h&mask)<<1;find:for(;;){let e=M[p+${begins.table}];if(e===0){${fresh(enter)}break find;}
if(e===w0+1)if(M[p+${begins.table + 1}]===w1)break find;p=(p+2)&(mask*2+1);}`;
    return { touch: '', find: read + find };
  }
  const tag = `(h&${~INDEX})`;
  const place = `((e&${INDEX})-1)*${words}`;
  const touch = `let h=M[x],e=M[(h&mask)+${begins.table}];if(((e^h)&${~INDEX})===0)if(e!==0)touched=touched^M[${place}+${begins.arena}];`;
  const equal = WORDS_OF(layout)
    .map((k) => `if(M[q+${begins.arena + k}]===w${k})`)
    .join('');
  const enter = `M[p+${begins.table}]=${tag}|(i+1);`;
  const find = `let p=h&mask;find:for(;;){let e=M[p+${begins.table}];if(e===0){${fresh(enter)}break find;}
if((e&${~INDEX})===${tag}){let q=${place};${equal}break find;}p=(p+1)&mask;}`;
  return { touch, find: read + find };
}

/** Goes through the proposals from `from` to `last`, first with an eye on where their memory is, so that none waits for another's. */
function passText(layout: Layout, { touched }: Places, { touch, find }: { touch: string; find: string }): string {
  const loop = (body: string): string => `x=from;for(;;){if(x===last)break;${body}x=x+${layout.words + 2};}`;
  return `let x=0,touched=0;${touch === '' ? '' : `${loop(touch)}M[${touched}]=touched;`}${loop(find)}`;
}

/** Finds or adds proposals, the first of which is state number `i` if it is new. Returns how many states there are. */
function settleText(layout: Layout, begins: Begins, places: Places): string {
  const { words } = layout;
  const put = `let q=i*${words};${each(layout, (k) => `M[q+${begins.arena + k}]=w${k};`)}M[i+${begins.parents}]=M[x+${words + 1}];i=i+1;`;
  const look = lookText(layout, begins, (enter) => `${enter}${put}`);
  return `function settle(from,last,i,mask){${passText(layout, places, look)}return i;}\n`;
}

/** Moves proposals that are not in the table to `to` and behind it. Returns where they end. */
function siftText(layout: Layout, begins: Begins, places: Places): string {
  const { words } = layout;
  const keep = `M[to]=h;${each(layout, (k) => `M[to+${k + 1}]=w${k};`)}M[to+${words + 1}]=M[x+${words + 1}];to=to+${words + 2};`;
  const look = lookText(layout, begins, () => keep);
  return `function sift(from,last,mask){let to=from;${passText(layout, places, look)}return to;}\n`;
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
for(;;){if(M[p+${table}]===0)break;p=p+2;if(p>end){if(late===${AT.told + WRITTEN.told})return 0;M[late]=w0;M[late+1]=w1;late=late+2;continue each;}}
${put}}
n=${AT.told};for(;;){if(n===late)return 1;let w0=M[n],w1=M[n+1];n=n+2;${hashText(layout)}let p=(h&mask)<<1;
for(;;){if(M[p+${table}]===0)break;p=(p+2)&end;}${put}}}
`;
}

/** Writes a row, and goes on to the next. */
function rowText(mark: string | number, outcomes: string | number, going: string | number): string {
  return `M[row+${ROW.mark}]=${mark};M[row+${ROW.outcomes}]=${outcomes};M[row+${ROW.going}]=${going};M[row+${ROW.told}]=told;row=row+${ROW.size};`;
}

/** Where loops differ: `wait` is done before each state, `full` ends the loop before one that may have no room, `missed` follows one that was begun and cannot be done, `end` one that was. */
interface Loop {
  readonly full: string;
  readonly wait: string;
  readonly missed: string;
  readonly end: string;
}

function loopText(layout: Layout, begins: Begins, marks: boolean, places: Places, loop: Loop): string {
  const { words, fields } = layout;
  const stride = words + 2;
  const load = `let q=state*${words};${each(layout, (k) => `let c${k}=M[q+${begins.arena + k}];`)}`;
  const unpack = fields.map((field, c) => `M[${places.ids + c}]=${readField((k) => `c${k}`, field)};`).join('');
  const look = entrySize(layout) > 1 ? `M[((h&mask)<<1)+${begins.table}]` : `M[(h&mask)+${begins.table}]`;
  const missed = `x=x0;told=told0;${loop.missed}`;
  return `let state=from,row=${places.rows},told=${places.told},x=${places.found},waiting=0,touched=0;
states:for(;;){
if(state===to)break states;
${loop.wait}
if(told>${places.told + WRITTEN.told - LANE.each})break states;
${loop.full}
let x0=x,told0=told,out=0,going=0,mark=-1,most=x+${LANE.each * stride};
${load}${unpack}
${marks ? `mark=list(M[${AT.marks}]);if(mark<0){${missed}}` : ''}
let a=list(M[${AT.actors}]);if(a<0){${missed}}
a=M[a+${AT.lists}];let end=a+M[a]*3+1;a=a+1;
for(;;){if(a===end)break;
let ref=M[a],own=M[a+1],member=M[a+2],sp=${places.pending};a=a+3;
tree:for(;;){let at=ref>>>2;
if((ref&3)===${READ}){let slot=M[at+${AT.cells}];if(slot<0)slot=M[own+(~slot)];let id=M[slot+${places.ids}];
if(id<M[at+${AT.cells + 2}])ref=M[M[at+${AT.cells + 1}]+id+${AT.cells}];else{${missed}}}
else if((ref&3)===${LEAF}){out=out+1;let f=M[at*2+${AT.leaves + 1}];
if((f&1)!==0){if(x===most){${missed}}
let d=M[at*2+${AT.leaves}]+member;${each(layout, (k) => `let w${k}=c${k}+M[d+${AT.deltas + k}];`)}
${hashText(layout)}
M[x]=h;${each(layout, (k) => `M[x+${k + 1}]=w${k};`)}M[x+${words + 1}]=state;x=x+${stride};going=going+1;touched=touched^${look};
if((f&2)!==0){M[told]=at;told=told+1;}}
if(sp===${places.pending})break tree;
sp=sp-1;ref=M[sp];}
else if((ref&3)===${CHOICE}){let i=M[at+${AT.cells}];if(sp+i>=${places.pending + WRITTEN.pending}){${missed}}
for(;;){if(i<2)break;M[sp]=M[at+i+${AT.cells}];sp=sp+1;i=i-1;}ref=M[at+${AT.cells + 1}];}
else{${missed}}}}
${rowText('mark', 'out', 'going')}
waiting=waiting+going;state=state+1;${loop.end}}
`;
}

function expandText(layout: Layout, begins: Begins, marks: boolean): string {
  const settle = `count=settle(${AT.found},x,count,mask);`;
  const loop = loopText(layout, begins, marks, AT, {
    wait: `if(outcomes>=budget)break states;if(waiting>=${LANE.waiting}){${settle}x=${AT.found};waiting=0;}`,
    full: 'if(count+waiting>=limit)break states;',
    missed: 'break states;',
    end: 'outcomes=outcomes+out;',
  });
  return `function expand(from,to,limit,budget,mask){let count=M[${AT.count}],outcomes=0;${loop}${settle}M[${AT.count}]=count;M[${AT.touched}]=touched;return state;}\n`;
}

function onSheetText(layout: Layout, begins: Begins, marks: boolean, places: Places): string {
  const most = places.found + LANE.found * LANE.states * (layout.words + 2);
  const loop = loopText(layout, begins, marks, places, {
    wait: `if(waiting>=${LANE.waiting}){x=sift(kept,x,mask);kept=x;waiting=0;}`,
    full: `if(kept>${most})break states;`,
    missed: `${rowText(MISSED, MISSED, 0)}state=state+1;continue states;`,
    end: '',
  });
  return `function sheet(from,to,mask){let kept=${places.found};${loop}M[${places.count}]=sift(kept,x,mask);M[${places.touched}]=touched;return state;}\n`;
}
