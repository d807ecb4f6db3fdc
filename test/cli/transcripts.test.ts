/**
 * The transcripts of this folder: pages of commands with what they print and how they end. A page is run line by line and must
 * come out as it is written; `RTLDLAB_WRITE=1 npx jest test/cli/transcripts` writes it anew for a reviewer to judge.
 *
 * How to read a page: a block that opens with ```yaml NAME (or json, jsonl) is a file; in a block ```console a line `$ rtldlab ...`
 * is a command, `< NAME` gives it that file as standard input, and what follows is its standard output, then its standard error,
 * each line of which begins with `! `, then `[exit N]` unless that is 0.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { rtldlab, words } from './streams.js';

const folder = join(__dirname, 'transcripts');

/** A page's text with every command's output as it is now. */
async function rerun(page: string): Promise<string> {
  const files = new Map<string, string>();
  for (const [, name = '', text = ''] of page.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)) files.set(name, text);
  let fresh = '';
  let end = 0;
  for (const block of page.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    fresh += page.slice(end, block.index);
    const commands = (block[1] ?? '').split('\n').filter((line) => line.startsWith('$ '));
    const shown: string[] = [];
    for (const line of commands) shown.push(await transcript(line, files));
    fresh += `\`\`\`console\n${shown.join('\n')}\`\`\``;
    end = block.index + block[0].length;
  }
  return fresh + page.slice(end);
}

async function transcript(line: string, files: ReadonlyMap<string, string>): Promise<string> {
  const [left = '', file] = line.slice(2).split(' < ');
  const [name, ...argv] = words(left);
  if (name !== 'rtldlab') throw new Error(`a transcript runs rtldlab and nothing else: ${line}`);
  const stdin = file === undefined ? '' : files.get(file.trim());
  if (stdin === undefined) throw new Error(`the page has no file ${file}`);
  const { code, out, err } = await rtldlab(argv, stdin);
  const complaints = err.replace(/^(?=.)/gm, '! ');
  return `${line}\n${out}${complaints}${code === 0 ? '' : `[exit ${code}]\n`}`;
}

const pages = readdirSync(folder).filter((name) => name.endsWith('.md'));

test.each(pages)('%s comes out as it is written', async (name) => {
  const path = join(folder, name);
  const page = readFileSync(path, 'utf8');
  const fresh = await rerun(page);
  expect(fresh).toContain('$ rtldlab');
  if (process.env.RTLDLAB_WRITE === '1') writeFileSync(path, fresh);
  else expect(fresh).toBe(page);
});
