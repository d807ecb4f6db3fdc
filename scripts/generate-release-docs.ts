// Writes the reference page of releases: `npx tsx scripts/generate-release-docs.ts`, from the top of the project. Run it after
// every change of a release, a flag or a semantics; a test fails until it was run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedReleaseFiles } from '../src/report/explain-page.js';

for (const [path, content] of generatedReleaseFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  process.stdout.write(`${path}\n`);
}
