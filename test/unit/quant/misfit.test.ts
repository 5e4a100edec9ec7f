import { describe, expect, it } from 'vitest';
import { misfit } from '../../../src/quant/misfit';
import { parseScheme } from '../../../src/quant/schemeText';

const of = (text: string, rows: number, cols: number) => misfit(parseScheme(text), { rows, cols });

describe('a scheme does not fit', () => {
  it('where rows are no whole blocks of ggml’s', () => {
    expect(of('q4_k', 4, 300)).toBe('q4_k packs blocks of 256 weights, and its rows have 300');
    expect(of('q4_k', 4, 512)).toBeNull();
    expect(of('q4_0', 4, 320)).toBeNull();
  });

  it('where HQQ would have to hold more than 2^24 weights of one scale', () => {
    const problem = expect.stringContaining('at most 16777216');
    expect(of('hqq uint4 tensor', 4096, 4096)).toBeNull();
    expect(of('hqq uint4 tensor', 4097, 4096)).toEqual(problem);
    expect(of('uint4 tensor calib=hqq', 4097, 4096)).toEqual(problem);
    expect(of('hqq uint4 group=64', 100_000, 4096)).toBeNull();
    expect(of('hqq uint4 channel', 2, 2 ** 24 + 1)).toEqual(problem);
    expect(of('hqq uint4 channel', 100_000, 4096)).toBeNull();
    expect(of('hqq uint4 tensor', 0, 4096)).toBeNull();
    expect(of('hqq uint4', 0, 0)).toBeNull();
  });
});
