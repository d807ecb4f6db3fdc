/**
 * The place of a name in the link editor's symbol table, which decides the order of PLT slots. In binutils: bfd/hash.c.
 *
 * What can go wrong: the number of buckets. The ld of the recordings walks 16381 of them, whatever is linked; ld 2.40 has 4051,
 * and the same objects get their slots in another order.
 */

const buckets = 16381n;
const long = (1n << 64n) - 1n;

/** Bucket of a symbol, 0 to 16380. @source binutils bfd/hash.c:bfd_hash_hash */
export function symbolBucket(name: string): number {
  let hash = 0n;
  const add = (value: number) => {
    hash = (hash + BigInt(value) + (BigInt(value) << 17n)) & long;
    hash ^= hash >> 2n;
  };
  for (const char of name) add(char.charCodeAt(0));
  add(name.length);
  return Number(hash % buckets);
}
