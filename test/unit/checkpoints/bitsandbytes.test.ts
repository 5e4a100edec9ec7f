import { describe, expect, test } from 'vitest';
import { expectGolden, expectUndecoded, fixturePath, openDamaged, type Said } from './golden';

const [qProj, downProj] = ['model.layers.0.self_attn.q_proj', 'model.layers.1.mlp.down_proj'];
const file = 'model.safetensors';

/** Rows of 256 hold whole blocks, rows of 50 do not. */
function both(scheme: string): Record<string, Said> {
  return {
    [`${qProj}.weight`]: { scheme, bits: 4, groupSize: 64 },
    [`${downProj}.weight`]: { scheme, bits: 4, groupSize: null },
  };
}

test.each([
  ['bnb-nf4', 'bitsandbytes NF4, block 64'],
  ['bnb-fp4', 'bitsandbytes FP4, block 64'],
  ['bnb-nf4-double', 'bitsandbytes NF4, block 64, double-quantized'],
])('%s is read as the library reads it', async (folder, scheme) => {
  await expectGolden(folder, file, both(scheme));
});

test('bnb-int8 is read as the library reads it', async () => {
  const said = { scheme: 'LLM.int8()', bits: 8, groupSize: null };
  await expectGolden('bnb-int8', file, { [`${qProj}.weight`]: said, [`${downProj}.weight`]: said });
});

describe('damaged', () => {
  const nested = fixturePath('bnb-nf4-double');
  const missing = ['absmax', 'quant_map', 'nested_absmax', 'nested_quant_map'].map(
    end => `${downProj}.weight.${end}`,
  );
  test.each(missing)('%s missing is a finding', async name => {
    const model = await openDamaged(nested, t => (t.name === name ? null : t));
    expect(expectUndecoded(model, downProj)).toContain(`"${name}" is missing`);
  });

  test('a missing quantization state is a finding', async () => {
    const model = await openDamaged(nested, t =>
      t.name.startsWith(`${downProj}.weight.quant_state`) ? null : t,
    );
    expect(expectUndecoded(model, downProj)).toContain('quant_state" is missing');
  });

  test.each(missing)('%s of another size is a finding', async name => {
    const model = await openDamaged(nested, t =>
      t.name === name ? { ...t, shape: [t.shape[0]! - 1], count: t.count - 1 } : t,
    );
    expect(expectUndecoded(model, downProj)).toContain('has shape');
  });

  test('an absmax that should be quantized and is not is a finding', async () => {
    const model = await openDamaged(nested, t =>
      t.name.endsWith('.absmax') ? { ...t, dtype: 'F32' } : t,
    );
    expect(expectUndecoded(model, downProj)).toContain('dtype F32, expected U8');
  });

  test.each([
    ['{"shape": [33, 50], "blocksize": 0}', 'no block size'],
    ['{"shape": [33, -50]}', 'no shape'],
    ['{"shape": [1e300, 50]}', 'no shape'],
    ['{"shape": [33, 50], "nested_blocksize": 256}', 'without an offset'],
    ['{"shape": [34, 50], "nested_blocksize": 256, "nested_offset": 1}', 'expected 850'],
    ['{"shape": [33, 50', 'no shape'],
    ['null', 'no shape'],
  ])('the state %s is a finding', async (json, message) => {
    const contents = new TextEncoder().encode(json);
    const model = await openDamaged(nested, t =>
      t.name.includes('quant_state') ? Object.assign({ ...t }, { contents }) : t,
    );
    expect(expectUndecoded(model, downProj)).toContain(message);
  });

  const int8 = fixturePath('bnb-int8');
  test('LLM.int8() without its scales is a finding', async () => {
    const model = await openDamaged(int8, t => (t.name.endsWith('.SCB') ? null : t));
    expect(expectUndecoded(model, qProj)).toContain('SCB" is missing');
  });

  test('LLM.int8() with scales of other rows is a finding', async () => {
    const model = await openDamaged(int8, t =>
      t.name.endsWith('.SCB') ? { ...t, shape: [t.shape[0]! + 1] } : t,
    );
    expect(expectUndecoded(model, qProj)).toContain('has shape [41], expected [40]');
  });

  test('LLM.int8() tiled for a kernel is a finding', async () => {
    const model = await openDamaged(int8, t =>
      t.name.endsWith('.weight_format')
        ? Object.assign({ ...t }, { contents: Uint8Array.of(2) })
        : t,
    );
    expect(expectUndecoded(model, qProj)).toContain('is 2: tiled');
  });
});
