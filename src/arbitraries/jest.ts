/**
 * `import 'rtldlab/jest'` teaches jest's `expect` the matchers: toHold, toNever, toBeOwnedByLibc. Their types are in
 * types/jest.d.ts, since only who has jest can name its own.
 *
 * What can go wrong: a jest without globals. Then `expect.extend(matchers)` with the matchers of `rtldlab/arbitraries` does the same.
 */
import { matchers } from './matchers.js';

const { expect } = globalThis as { expect?: { extend(more: object): void } };
if (expect === undefined) {
  throw new Error(
    "rtldlab/jest found no global expect; with injectGlobals off: import { matchers } from 'rtldlab/arbitraries'; expect.extend(matchers)",
  );
}
expect.extend(matchers);
