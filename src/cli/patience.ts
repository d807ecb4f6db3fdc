/**
 * How soon V8 compiles a function once more, with all its skill. It stands for nothing in glibc or Linux: a search of a second runs a few
 * loops for long and a hundred functions for a moment, and V8 spent as much time on compiling those hundred as the search took.
 *
 * What can go wrong: a V8 that goes about it otherwise, or does not know the word and says so on standard error. Where nobody has
 * measured it, V8 is left alone. No answer depends on it.
 */
import { setFlagsFromString } from 'node:v8';

/** So many bytes of a function's code are run before it is compiled again; by itself V8 waits for a twelfth of that. */
const RUN_BEFORE = 1_500_000;
/** The V8 of Node.js 20. */
const MEASURED = '11.';

/** Have this process compile later. For programs of our own: whoever uses the library decides for himself. */
export function compileLater(): void {
  if (process.versions.v8.startsWith(MEASURED)) setFlagsFromString(`--interrupt-budget=${RUN_BEFORE}`);
}
