/**
 * The place of a name in the link editor's symbol table, which decides the order of PLT slots. In binutils: bfd/hash.c.
 *
 * What can go wrong: the number of buckets. The ld of the recordings walks 16381 of them, whatever is linked; ld 2.40 has 4051,
 * and the same objects get their slots in another order.
 */

/** Buckets of the recordings' table. */
export const recordedTable = 16381;
const long = (1n << 64n) - 1n;

/** Sizes of a table that holds a few hundred names without growing, smaller than that of the recordings. @source binutils bfd/hash.c:bfd_hash_set_default_size */
const smaller = [509, 1021, 2039, 4093, 8191] as const;

/** Bucket of a symbol in a table of that size. @source binutils bfd/hash.c:bfd_hash_hash */
export function symbolBucket(name: string, size: number = recordedTable): number {
  let hash = 0n;
  const add = (value: number) => {
    hash = (hash + BigInt(value) + (BigInt(value) << 17n)) & long;
    hash ^= hash >> 2n;
  };
  for (const char of name) add(char.charCodeAt(0));
  add(name.length);
  return Number(hash % BigInt(size));
}

/** The smallest table that walks these names in the order of the recordings' table: filling a large one is most of a link. */
export function tableSizeFor(names: readonly string[]): number {
  const walked = [...new Set(names)].sort((a, b) => symbolBucket(a) - symbolBucket(b));
  const walksAlike = (size: number): boolean => {
    const at = walked.map((name) => symbolBucket(name, size));
    return at.every((bucket, i) => i === 0 || (at[i - 1] ?? 0) < bucket);
  };
  if (!walksAlike(recordedTable)) return recordedTable;
  return smaller.find(walksAlike) ?? recordedTable;
}
