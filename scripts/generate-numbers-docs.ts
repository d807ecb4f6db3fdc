// Writes the reference page of system-call numbers: `npx tsx scripts/generate-numbers-docs.ts`, from the top of the project. Run it after
// every change of the numbers or of a semantics; a test fails until it was run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedNumberFiles } from '../src/report/numbers-page.js';

for (const [path, content] of generatedNumberFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  process.stdout.write(`${path}\n`);
}
