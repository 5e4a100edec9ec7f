import { expect, test } from 'vitest';
import { fixtureNames, openFixture, packedOf, withDecoder } from './fixture';

const folders = fixtureNames.filter(name => /^(gptq|awq|bnb)/.test(name));
let fast = 0;

test.each(folders)('%s: values without codes are those of the codes', async folder => {
  for (const weight of packedOf(await openFixture(folder))) {
    const inner = weight.shape.at(-1)!;
    await withDecoder(weight, async decoder => {
      if (!decoder.valuesOf) return;
      fast++;
      const height = weight.count / inner;
      for (const rows of [
        { row: 0, rows: height },
        { row: 3, rows: 1 },
        { row: 5, rows: height - 5 },
      ]) {
        const codes = new Int32Array(rows.rows * inner);
        const [expected, values] = [new Float32Array(codes.length), new Float32Array(codes.length)];
        await decoder.codesOf(rows, codes);
        decoder.dequantize(rows, codes, expected);
        await decoder.valuesOf(rows, values);
        expect(new Uint32Array(values.buffer)).toEqual(new Uint32Array(expected.buffer));
      }
    });
  }
});

test('the common formats of 4 bits have them', () => {
  // GPTQ: v1 and v2 in order; AWQ GEMM; NF4 and FP4: two modules each, or one where a row is odd.
  expect(fast).toBeGreaterThanOrEqual(12);
});
