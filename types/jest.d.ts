// What `import 'rtldlab/jest'` adds to jest's `expect`; see docs/hunting.md.
import type { Under } from '../dist/arbitraries/index.js';
import 'expect';

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    /** A property by its number (P-01) is broken in no schedule of the scenario. */
    toHold(property: string, under?: Under): R;
    /** What the predicate says comes to pass in no schedule of the scenario. */
    toNever(predicate: string, under?: Under): R;
    /** In every schedule of the scenario libc registers the main thread. */
    toBeOwnedByLibc(under?: Under): R;
  }
}
