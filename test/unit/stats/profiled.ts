import type { Values } from '../../../src/stats/moments';
import { type Profiled, Profiler, type ProfilerOptions } from '../../../src/stats/profiler';

/** A piece of the values: [from, to). */
export type Piece = readonly [from: number, to: number];

/** Pieces of `length` values, the last of which may be shorter. */
export function piecesOf(count: number, length: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < count; at += length) pieces.push([at, Math.min(count, at + length)]);
  return pieces;
}

/** Streams pieces past a profiler as often as it asks for them. Their memory is used again, as that of a stream is. */
export function profiled(
  values: Values,
  options: ProfilerOptions,
  pieces: readonly Piece[] = [[0, values.length]],
): Profiled & { passes: number } {
  const profiler = new Profiler(options);
  const buffer = values.slice();
  for (let passes = 1; passes <= 3; passes++) {
    for (const [from, to] of pieces) {
      const chunk = buffer.subarray(0, to - from);
      chunk.set(values.subarray(from, to));
      profiler.add({ values: chunk, index: from });
      chunk.fill(Number.NaN);
    }
    if (profiler.finish()) return { ...profiler.result, passes };
  }
  throw new Error('a fourth pass was asked for');
}
