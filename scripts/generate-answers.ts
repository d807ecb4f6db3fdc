// Writes the pages of answers and findings: `npx tsx scripts/generate-answers.ts`, from the top of the project. Run it after every
// change of the model that changes an answer, and read the difference; a test fails until it was run.
import { writeFileSync } from 'node:fs';
import { generatedAnswers, generatedFindings } from '../src/report/answers.js';

for (const [path, content] of [generatedAnswers(), generatedFindings()]) {
  writeFileSync(path, content);
  process.stdout.write(`${path}\n`);
}
