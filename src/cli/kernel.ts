/**
 * `rtldlab kernel`: scripts of rseq system calls on a model of the kernel, in the format of the recordings; with `--real` on the
 * running kernel beside the model.
 *
 * What can go wrong: results told beside the wrong operation. A script that does not decode has no result, so only those that do
 * are played at all, each with its own result.
 */
import { diagnosticLine, type KernelCase, readKernelScripts, resultLine, runKernelCase } from '../kernel/index.js';
import type { Complaint } from './complaint.js';
import { EXIT } from './exit.js';
import { readText } from './input.js';
import { caseText } from './kernel-text.js';
import { DEFAULT_KERNEL, kernelNamed, seedOf, wholeNumber } from './names.js';
import type { Session } from './session.js';

export interface KernelWords {
  readonly kernel?: string;
  readonly json?: true;
  readonly generate?: string;
  readonly seed?: string;
  readonly real?: true;
  readonly cc?: string;
  readonly out?: string;
}

/** Most scripts drawn at once. */
const GENERATE_MAX = 100_000;

/** What two ways of naming the scripts, or none, come to. */
const noScripts = (message: string): Complaint => ({
  code: 'C003',
  message,
  expected: 'a file of scripts, or --generate N',
  next: 'rtldlab kernel --help',
});

/** The scripts to play: of a file, or drawn from a seed; what is wrong with them is told. */
async function scriptsFor(
  session: Session,
  file: string | undefined,
  words: KernelWords,
): Promise<readonly KernelCase[] | undefined> {
  const seed = session.takeOption(words.seed ?? '1', seedOf) ?? 1;
  const count = session.takeOption(words.generate, (text) => wholeNumber('--generate', text, 1, GENERATE_MAX));
  if (session.code !== EXIT.ok) return undefined;
  if ((file === undefined) === (count === undefined)) {
    session.complain(noScripts(file === undefined ? 'no scripts are named' : 'a file and --generate are both named'));
    return undefined;
  }
  if (count !== undefined) return (await import('../arbitraries/kernel-scripts.js')).generatedScripts(count, seed);
  const text = session.take(readText(file ?? '-', session.terminal));
  if (text === undefined) return undefined;
  const { scripts, diagnostics } = readKernelScripts(text);
  for (const diagnostic of diagnostics) {
    session.terminal.err(`${diagnosticLine(file === '-' ? 'standard input' : (file ?? ''), diagnostic)}\n`);
    session.note(EXIT.badInput);
  }
  return scripts;
}

/** Play every script, on the model or on the running kernel beside it. */
export async function kernel(session: Session, file: string | undefined, words: KernelWords): Promise<void> {
  const features = session.takeOption(words.kernel ?? (words.real ? undefined : DEFAULT_KERNEL), kernelNamed);
  const scripts = await scriptsFor(session, file, words);
  if (scripts === undefined || (features === undefined && words.real === undefined)) return;
  if (words.real === true) {
    const { kernelReal } = await import('./kernel-real.js');
    return kernelReal(session, scripts, { ...words, features });
  }
  if (features === undefined) return;
  for (const script of scripts) {
    const result = { id: script.id, ...runKernelCase(script, features) };
    session.line(words.json === true ? resultLine(result) : caseText(script, result));
  }
}
