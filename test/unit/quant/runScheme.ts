import type { Settled } from '../../../src/quant/run/method';
import { ChannelReporter, Reporter } from '../../../src/quant/run/reporter';
import { SchemeRun } from '../../../src/quant/run/schemeRun';
import { parseScheme } from '../../../src/quant/schemeText';

/** What a scheme made of a matrix. */
export interface Outcome {
  readonly codes: number[];
  readonly results: Float32Array;
  /** By segment: [out, groups], row by row. */
  readonly settled: Settled[];
  readonly scales: number[];
  readonly zeroPoints: number[];
  readonly kept: number[];
  readonly shape: readonly [number, number];
  readonly passes: number;
  readonly report: ReturnType<Reporter['report']>;
  readonly channels: ReturnType<ChannelReporter['report']>;
}

/** Runs a scheme over values in memory. @param chunk how many values are shown at a time */
export function runScheme(
  text: string,
  values: Float32Array | Float64Array,
  [rows, cols]: readonly [number, number],
  chunk = values.length,
): Outcome {
  const scheme = parseScheme(text);
  const matrix = { rows, cols };
  const run = new SchemeRun(scheme, matrix, false);
  const reporter = new Reporter(scheme, run.codes);
  const channels = new ChannelReporter(matrix, run.codes);
  const codes: number[] = new Array(values.length);
  const results = new Float32Array(values.length).fill(NaN);
  const kept: number[] = [];
  const settled: Settled[] = [];
  run.listen(reporter);
  run.listen(channels);
  run.listen({
    piece(piece) {
      for (let i = 0; i < piece.values.length; i++) {
        codes[piece.index + i] = piece.codes[i]!;
        results[piece.index + i] = piece.results[i]!;
        if (piece.kept?.[i]) kept.push(piece.index + i);
      }
    },
    settled: (segment, s) => {
      settled[segment] = s;
    },
  });
  let passes = 0;
  do {
    for (let index = 0; index < values.length; index += chunk) {
      // A copy: what is shown is gone with the next chunk.
      const shown = values.slice(index, Math.min(index + chunk, values.length));
      run.add({ values: shown, index });
      shown.fill(NaN);
    }
    passes++;
  } while (!run.finish());
  return {
    codes,
    results,
    settled,
    scales: settled.map(s => s.params?.scale ?? NaN),
    zeroPoints: settled.map(s => s.params?.zeroPoint ?? NaN),
    kept,
    shape: run.shape,
    passes,
    report: reporter.report(values.length),
    channels: channels.report(),
  };
}
