const perPiece = 4096;

/** A JSON array in pieces: a large tensor has millions of scales. */
export function* arrayPieces(count: number, item: (i: number) => unknown): Iterable<string> {
  yield '[';
  for (let from = 0; from < count; from += perPiece) {
    const items = Array.from({ length: Math.min(perPiece, count - from) }, (_, i) =>
      item(from + i),
    );
    yield (from > 0 ? ',' : '') + JSON.stringify(items).slice(1, -1);
  }
  yield ']';
}
