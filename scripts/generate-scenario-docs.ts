// Writes the JSON Schema and the reference page of scenarios: `npx tsx scripts/generate-scenario-docs.ts`, from the
// top of the project. Run it after every change of a definition in src/scenario; a test fails until it was run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles } from '../src/scenario/reference.js';

for (const [path, content] of generatedFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  process.stdout.write(`${path}\n`);
}
