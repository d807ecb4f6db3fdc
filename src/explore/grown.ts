/**
 * The same numbers in a longer array. It stands for nothing but the copying that an array of fixed length needs to grow.
 *
 * What can go wrong: somebody who still holds the shorter one.
 */

const numbers = (length: number): Int32Array<ArrayBuffer> => new Int32Array(length);

/** Numbers that threads can share. */
export function sharedNumbers(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

/** The same numbers in a longer array, which `make` makes. */
export function grown(old: Int32Array, length: number): Int32Array<ArrayBuffer>;
export function grown(old: Int32Array, length: number, make: (length: number) => Int32Array): Int32Array;
export function grown(old: Int32Array, length: number, make: (length: number) => Int32Array = numbers): Int32Array {
  const wider = make(length);
  wider.set(old);
  return wider;
}

/** The same bytes in a longer array. */
export function grownBytes(old: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(length);
  wider.set(old);
  return wider;
}
