// Writes the reference pages of claimants and properties: `npx tsx scripts/generate-rseq-docs.ts`, from the top of the project.
// Run it after every change of their rows in src/rseq; a test fails until it was run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedRseqFiles } from '../src/rseq/properties-page.js';

for (const [path, content] of generatedRseqFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  process.stdout.write(`${path}\n`);
}
