import type { Looker } from '../../../src/quant/run/chunks';
import { DetailProfiler } from '../../../src/stats/detailProfiler';
import type { Values } from '../../../src/stats/moments';
import type { ProfileDetail } from '../../../src/stats/profile';
import { type Profiled, Profiler, type ProfilerOptions } from '../../../src/stats/profiler';

/** A piece of the values: [from, to). */
export type Piece = readonly [from: number, to: number];

/** Pieces of `length` values, the last of which may be shorter. */
export function piecesOf(count: number, length: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < count; at += length) pieces.push([at, Math.min(count, at + length)]);
  return pieces;
}

/** What is asked for, and whether the closer look too. */
export type ProfiledOptions = Omit<ProfilerOptions, 'top'> & { readonly detail: boolean };

/** Streams pieces past a profiler as often as it asks for them. Their memory is used again, as that of a stream is. */
export function profiled(
  values: Values,
  { detail, ...options }: ProfiledOptions,
  pieces: readonly Piece[] = [[0, values.length]],
): Omit<Profiled, 'top'> & { detail: ProfileDetail | null; passes: number } {
  const profiler = new Profiler({ ...options, top: detail });
  const closer = detail ? new DetailProfiler(profiler.moments) : null;
  let pending: Looker[] = closer ? [profiler, closer] : [profiler];
  const buffer = values.slice();
  for (let passes = 1; passes <= 3; passes++) {
    for (const [from, to] of pieces) {
      const chunk = buffer.subarray(0, to - from);
      chunk.set(values.subarray(from, to));
      for (const looker of pending) looker.add({ values: chunk, index: from });
      chunk.fill(Number.NaN);
    }
    pending = pending.filter(looker => !looker.finish());
    if (pending.length > 0) continue;
    const { top, ...result } = profiler.result;
    return { ...result, detail: closer && { ...closer.result, top: top! }, passes };
  }
  throw new Error('a fourth pass was asked for');
}
