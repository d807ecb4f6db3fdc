/**
 * The same numbers in a longer array. It stands for nothing but the copying that an array of fixed length needs to grow.
 *
 * What can go wrong: somebody who still holds the shorter one.
 */

/** The same numbers in a longer array. */
export function grown(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(length);
  wider.set(old);
  return wider;
}

/** The same bytes in a longer array. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(length);
  wider.set(old);
  return wider;
}
