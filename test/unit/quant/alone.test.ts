import { describe, expect, test } from 'vitest';
import type { QuantParams } from '../../../src/quant/arithmetic';
import { misfit } from '../../../src/quant/misfit';
import { presets } from '../../../src/quant/presets';
import { SchemeRun } from '../../../src/quant/run/schemeRun';
import { parseScheme } from '../../../src/quant/schemeText';
import { normals } from './normals';
import { runScheme } from './runScheme';

const texts = [
  ...presets.map(preset => preset.scheme),
  ...['int8 tensor', 'int8 asym channel=1', 'int4 block=16x16', 'uint4 asym group=48'],
  ...['int8 tensor range=full calib=range:-1,2', 'int8 tensor outliers=2sigma'],
  ...['int4 group=32 outliers=2%', 'int8 outliers=columns:2.5', 'int8 outliers=abs:2'],
  ...['int4 group=64 calib=mse', 'int8 tensor calib=entropy:ort,256,64', 'fp16', 'bf16'],
  ...['int8 channel=1 calib=percentile:98', 'int4 group=32 round=stochastic:7'],
  ...['hqq uint4 group=64', 'nvfp4', 'nf4-double', 'bitsandbytes nf4', 'q4_k', 'iq4_nl'],
];
const shapes = [
  [6, 512],
  [5, 96],
  [1, 1024],
  [256, 3],
] as const;

describe.each([...new Set(texts)])('%s', text => {
  test.each(shapes)('values of [%i, %i] come out alone as they do together', (rows, cols) => {
    const scheme = parseScheme(text);
    const matrix = { rows, cols };
    if (misfit(scheme, matrix) !== null) return;
    const values = Float32Array.from(normals(rows * cols, 5));
    values[7] = 40;
    values[11] = Number.NaN;
    const whole = runScheme(text, values, [rows, cols]);
    const run = new SchemeRun(scheme, matrix, false);
    const params = new Map<number, QuantParams | null>();
    const found = { code: Number.NaN, result: Number.NaN };
    let wanted = -1;
    run.listen({
      piece({ index, values: { length }, codes, results }) {
        if (wanted < index || wanted >= index + length) return;
        found.code = codes[wanted - index]!;
        found.result = results[wanted - index]!;
      },
      settled: (segment, settled) => void params.set(segment, settled.params),
    });
    while (!run.isSettled) {
      run.add({ values, index: 0 });
      run.finish();
    }
    // Backwards, and some of them twice: nothing hangs on the order.
    for (let i = values.length - 1; i >= 0; i -= 13) {
      for (const index of [i, 7, 11]) {
        const { from, to } = run.together(index);
        expect(from <= index && index < to).toBe(true);
        wanted = index;
        run.quantize({ values: values.slice(from, to), index: from });
        expect([index, found.code]).toEqual([index, whole.codes[index]]);
        expect([index, found.result]).toEqual([index, whole.results[index]]);
        const segment = run.segmentOf(index);
        expect(params.get(segment)).toEqual(whole.settled[segment]!.params);
      }
    }
  });
});
