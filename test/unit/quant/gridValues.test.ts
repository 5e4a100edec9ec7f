import { expect, test } from 'vitest';
import { gridNames, gridOfName } from '../../../src/quant/gridNames';
import { gridValues } from '../../../src/quant/gridValues';

const valuesOf = (name: string) => gridValues(gridOfName(name)!);

test.each([
  ['int4', -7, 7, 15],
  ['uint4', 0, 15, 16],
  ['nf4', -1, 1, 16],
  ['ternary', -1, 1, 3],
  ['fp8-e4m3', -448, 448, 253],
  ['fp8-e5m2', -57344, 57344, 247],
  ['bf16', -3.3895313892515355e38, 3.3895313892515355e38, 65279],
  ['fp16', -65504, 65504, 63487],
  ['mxfp4', -6, 6, 15],
  ['q4_0', -8, 7, 16],
  ['q4_k', 0, 15, 16],
  ['q6_k', -32, 31, 64],
  ['q8_0', -127, 127, 255],
  ['iq4_nl', -127, 113, 16],
  ['tq2_0', -1, 1, 3],
])('%s has values from %d to %d, %d of them', (name, first, last, count) => {
  const values = valuesOf(name);
  expect([values[0], values.at(-1), values.length]).toEqual([first, last, count]);
});

test.each(gridNames)('values of %s ascend, each once', name => {
  const values = valuesOf(name);
  for (let i = 1; i < values.length; i++) expect(values[i]! > values[i - 1]!).toBe(true);
});
