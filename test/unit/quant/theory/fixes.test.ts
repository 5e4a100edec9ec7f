import { describe, expect, test } from 'vitest';
import { misfit } from '../../../../src/quant/misfit';
import { presets } from '../../../../src/quant/presets';
import { parseScheme, printScheme } from '../../../../src/quant/schemeText';
import { fixesOf } from '../../../../src/quant/theory/fixes';

const matrix = { rows: 512, cols: 1024 };

function fixes(text: string, { rows, cols } = matrix) {
  return Object.fromEntries(
    fixesOf(parseScheme(text), { rows, cols }).map(({ cause, scheme }) => [cause, scheme]),
  );
}

describe.each(presets)('$name', ({ name }) => {
  test.each([matrix, { rows: 1, cols: 96 }, { rows: 7, cols: 1 }])('for %o', shape => {
    const scheme = parseScheme(name);
    for (const fix of fixesOf(scheme, shape)) {
      const fixed = parseScheme(fix.scheme);
      expect(printScheme(fixed)).toBe(fix.scheme);
      expect(fix.scheme).not.toBe(printScheme(scheme));
      expect(misfit(fixed, shape)).toBeNull();
    }
  });

  test('has a fix for outliers', () => {
    expect(fixes(name).outliers).toBe(
      printScheme({ ...parseScheme(name), outliers: { kind: 'sigma', k: 6 } }),
    );
  });
});

test('tensor, channel, groups', () => {
  expect(fixes('int8 tensor').granularity).toBe('int8');
  expect(fixes('int8').granularity).toBe('int8 group=128');
  expect(fixes('int4 group=128').granularity).toBe('int4 group=32');
  expect(fixes('int4 group=64').granularity).toBe('int4 group=32');
  expect(fixes('int4 group=32').granularity).toBe('int4 group=16');
  expect(fixes('int4 group=16').granularity).toBeUndefined();
  expect(fixes('fp8-e4m3 block=128x128').granularity).toBe('fp8-e4m3 block=64x64');
  expect(fixes('int8 channel=1').granularity).toBe('int8 block=128x1');
});

test('a finer granularity has more scales on the matrix', () => {
  expect(fixes('int8 tensor', { rows: 1, cols: 1024 }).granularity).toBe('int8 group=128');
  expect(fixes('int8', { rows: 64, cols: 96 }).granularity).toBe('int8 group=32');
  expect(fixes('int8', { rows: 64, cols: 9 }).granularity).toBeUndefined();
  expect(fixes('int8 channel=1', { rows: 20, cols: 9 }).granularity).toBe('int8 block=16x1');
});

test('the range is searched instead of taken whole, or the other way round', () => {
  expect(fixes('int4 group=128').clipping).toBe('int4 group=128 calib=mse');
  expect(fixes('nf4').clipping).toBe('bitsandbytes nf4 calib=mse');
  expect(fixes('ternary').clipping).toBe('ternary tensor calib=mse');
  for (const calib of ['mse', 'percentile:99.9', 'entropy:nv', 'range:-1,1', 'scale:0.1'])
    expect(fixes(`int8 calib=${calib}`).clipping).toBe('int8');
});

test('HQQ and formats clip nothing that could be left out', () => {
  for (const text of ['hqq-int4-g64', 'hqq int4 calib=minmax', 'mxfp4', 'q4_k'])
    expect(fixes(text).clipping).toBeUndefined();
});

test('what a runtime does not pack is left out', () => {
  expect(fixes('gptq int3 group=128').granularity).toBe('gptq int3 group=32');
  expect(fixes('gptq int3 group=32').granularity).toBeUndefined();
});

test('formats have finer ones where the matrix takes them', () => {
  expect(fixes('mxfp4').granularity).toBe('nvfp4');
  expect(fixes('q4_0').granularity).toBe('q4_k');
  expect(fixes('q4_0', { rows: 4, cols: 96 }).granularity).toBeUndefined();
  expect(fixes('q4_0 outliers=1%').granularity).toBe('q4_k outliers=1%');
  expect(fixes('nf4-double').granularity).toBe('bitsandbytes nf4 group=32');
  expect(fixes('q4_k').granularity).toBeUndefined();
});

test('outliers that are kept apart have no fix, casts none at all', () => {
  expect(fixes('int8 outliers=0.5%').outliers).toBeUndefined();
  expect(fixes('bf16')).toEqual({});
  expect(fixes('fp16 outliers=1%')).toEqual({});
});
