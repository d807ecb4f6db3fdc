/**
 * `rtldlab real --generate N`: random worlds put to the machine and to the model, and where they part, the smallest world that
 * shows it, saved as a recording. It stands for the campaign that finds what no catalogue thought of.
 *
 * What can go wrong: hours lost. A divergence is saved as soon as it is seen, and whatever ends the campaign says how to go on.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../campaign/folder.js';
import {
  type Asked,
  bySignature,
  type Divergence,
  type Found,
  findDivergence,
  inOrder,
  type RealAnswerer,
  shrinkDivergence,
  UNDER_WAY,
  type Workshop,
  type WorldKind,
  worldKinds,
  worldOfSeed,
} from '../real/index.js';
import { type Answer, unknown } from './complaint.js';
import { EXIT, type ExitCode } from './exit.js';
import { counted, grouped } from './layout.js';
import { SEED_MAX, seedOf, wholeNumber } from './names.js';
import { folderToBe } from './out-folder.js';
import { compileLater } from './patience.js';
import { toldText } from './real-text.js';
import type { Session } from './session.js';

/** The words of a campaign. */
export interface GenerateWords {
  readonly generate?: string;
  readonly seed?: string;
  readonly kinds?: string;
  readonly out?: string;
  readonly shrink?: string;
}

/** A campaign as it was asked for. */
export interface Plan {
  readonly count: number;
  readonly seed: number;
  readonly kinds: readonly WorldKind[] | undefined;
  /** Folder of the divergences. */
  readonly out: string;
  /** Most worlds to build for making one divergence smaller. */
  readonly tries: number;
}

const SCHEMA = 'rtldlab.real-generate/1';
const WORLDS_MAX = 1_000_000;

function kindsNamed(text: string): Answer<readonly WorldKind[]> {
  const names = text.split(',').map((name) => name.trim());
  const bad = names.find((name) => !worldKinds.some((kind) => kind === name));
  if (bad !== undefined) return { complaint: unknown('C004', 'kind of world', bad, worldKinds) };
  return { value: worldKinds.filter((kind) => names.includes(kind)) };
}

/** The campaign that the words ask for; undefined after complaining. */
export function planOf(session: Session, words: GenerateWords): Plan | undefined {
  const number = (option: string, least: number, most: number) => (text: string) =>
    wholeNumber(option, text, least, most);
  const count = session.takeOption(words.generate, number('--generate', 1, WORLDS_MAX));
  const seed = session.takeOption(words.seed, seedOf) ?? 1;
  const kinds = session.takeOption(words.kinds, kindsNamed);
  const tries = session.takeOption(words.shrink, number('--shrink', 0, WORLDS_MAX)) ?? 200;
  const out = session.takeOption(words.out ?? 'divergences', folderToBe);
  if (count === undefined || out === undefined || session.code !== EXIT.ok) return undefined;
  return { count, seed, kinds, out, tries };
}

/** A campaign under way: what is known so far. */
interface Known {
  asked: number;
  readonly counts: Record<Found['outcome'], number>;
  readonly skipped: Map<string, number>;
  readonly found: { readonly seed: number; divergence: Divergence; readonly signature: string }[];
}

const codeOf: Readonly<Record<Found['outcome'], ExitCode>> = {
  equal: EXIT.ok,
  skipped: EXIT.ok,
  unstable: EXIT.ok,
  different: EXIT.unexpected,
  unproven: EXIT.bound,
  unsupported: EXIT.unsupported,
};

const fileOf = (plan: Plan, seed: number): string => join(plan.out, `world-${seed}.json`);

/** Save a divergence as a recording, which `run` and `real` take. */
function save(plan: Plan, seed: number, { world, run }: Divergence): void {
  makeFolder(plan.out);
  writeFileSync(fileOf(plan, seed), `${JSON.stringify({ id: `world-${seed}`, world, ...run })}\n`);
}

function divergenceText(plan: Plan, seed: number, { compared }: Divergence): string {
  const file = fileOf(plan, seed);
  if (compared.outcome === 'broken') return `${file}: ${compared.reason}`;
  return toldText(file, compared);
}

function resumeLine(plan: Plan, known: Known): string {
  const kinds = plan.kinds === undefined ? '' : ` --kinds ${plan.kinds.join(',')}`;
  const [left, next] = [plan.count - known.asked, (plan.seed + known.asked) % (SEED_MAX + 1)];
  return `stopped after ${counted(known.asked, 'world')}; to go on: rtldlab real --generate ${left} --seed ${next}${kinds} --out ${plan.out}`;
}

function summary(session: Session, plan: Plan, known: Known, json: boolean): void {
  const groups = bySignature(known.found);
  if (json) {
    const divergences = groups.map((all) => ({
      signature: all[0]?.signature,
      seeds: all.map(({ seed }) => seed),
      file: all[0] === undefined ? undefined : fileOf(plan, all[0].seed),
    }));
    const { asked: worlds, counts } = known;
    const skipped = Object.fromEntries(known.skipped);
    session.line(JSON.stringify({ schema: SCHEMA, seed: plan.seed, worlds, counts, skipped, divergences }));
    return;
  }
  for (const [reason, n] of known.skipped) session.line(`${counted(n, 'world')} skipped, because ${reason}`);
  for (const [first, ...more] of groups)
    if (first !== undefined)
      session.line(
        `${counted(1 + more.length, 'world')}: ${first.signature} (${fileOf(plan, first.seed)}${more.length === 0 ? '' : `; seeds ${more.map(({ seed }) => seed).join(' ')}`})`,
      );
  const { equal, ...others } = known.counts;
  const rest = Object.entries(others).flatMap(([what, n]) => (n > 0 ? [`${grouped(n)} ${what}`] : []));
  session.line([`${grouped(equal)} of ${counted(known.asked, 'world')} equal`, ...rest].join(', '));
}

/** Note what came of one world; a divergence is saved. */
function note(session: Session, plan: Plan, known: Known, seed: number, found: Found): void {
  known.asked++;
  known.counts[found.outcome]++;
  session.note(codeOf[found.outcome]);
  if (found.outcome === 'skipped') known.skipped.set(found.reason, (known.skipped.get(found.reason) ?? 0) + 1);
  if (found.outcome === 'different') {
    const { divergence } = found;
    known.found.push({ seed, divergence, signature: divergence.signature });
    save(plan, seed, divergence);
  }
  const { equal, different } = known.counts;
  session.progress(`${known.asked} of ${plan.count} worlds, ${equal} equal, ${different} different`);
}

/** Make the first divergence of each signature smaller, and show it. */
async function shrinkAll(
  session: Session,
  plan: Plan,
  known: Known,
  shop: Workshop,
  asked: Asked,
  json: boolean,
): Promise<void> {
  for (const [first] of bySignature(known.found)) {
    if (first === undefined) continue;
    const watch = (left: number) => session.progress(`making world ${first.seed} smaller, ${left} tries left`);
    first.divergence = await shrinkDivergence(shop, first.divergence, asked, plan.tries, watch);
    save(plan, first.seed, first.divergence);
    session.progress('');
    if (!json) session.line(divergenceText(plan, first.seed, first.divergence));
  }
}

/** Run a campaign; where no machine can be asked, say so. */
export async function generate(
  session: Session,
  plan: Plan,
  answerer: RealAnswerer,
  asked: Asked | string,
  { jobs, json }: { readonly jobs: number; readonly json: boolean },
): Promise<void> {
  const why = 'skipped' in answerer ? answerer.skipped : typeof asked === 'string' ? asked : undefined;
  if ('skipped' in answerer || typeof asked === 'string') {
    session.note(EXIT.unsupported);
    return session.line(json ? JSON.stringify({ schema: SCHEMA, skipped: why }) : `skipped, because ${why}`);
  }
  compileLater();
  const { shop } = answerer;
  const counts = { equal: 0, different: 0, unstable: 0, unproven: 0, unsupported: 0, skipped: 0 };
  const known: Known = { asked: 0, counts, skipped: new Map(), found: [] };
  const stopped = () => {
    session.progress('');
    summary(session, plan, known, json);
    session.terminal.err(`${resumeLine(plan, known)}\n`);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.prependOnceListener(signal, stopped);
  const constraints = plan.kinds === undefined ? {} : { kinds: plan.kinds };
  const seeds = Array.from({ length: plan.count }, (_, i) => (plan.seed + i) % (SEED_MAX + 1));
  try {
    await inOrder(
      seeds,
      jobs * UNDER_WAY,
      (seed) => findDivergence(shop, worldOfSeed(seed, constraints), asked),
      (seed, found) => note(session, plan, known, seed, found),
    );
    session.progress('');
    await shrinkAll(session, plan, known, shop, asked, json);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stopped);
  }
  summary(session, plan, known, json);
}
