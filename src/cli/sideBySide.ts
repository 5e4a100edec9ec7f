/**
 * Does the same work for each item, at most `most` at a time, in order of the items. The first error stops it: no other item
 * is begun.
 * @returns what came of each, in the order of the items
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = each(items);
  const lane = async () => {
    for (const [i, item] of left) results[i] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, lane));
  return results;
}

/** All lanes draw from one generator: unlike an array's own iterator, it ends for all when one of them leaves its loop by an error. */
function* each<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries();
}
