import { expect, test } from 'vitest';
import { WeightError } from '../../../../src/base/errors';
import { openRows } from '../../../../src/checkpoints/rows';
import { dtypeInfo } from '../../../../src/formats/dtype';
import { openModel } from '../../../../src/formats/model';
import { memoryFiles } from '../../countingSource';
import { seeded } from '../build';
import { floats, gguf, values as v } from './build';

const file = gguf({
  values: [
    ['general.architecture', v.string('llama')],
    ['general.alignment', v.u32(32)],
    [
      'scores',
      v.array(
        6,
        Array.from({ length: 20 }, (_, i) => v.f32(i)),
      ),
    ],
    [
      'tokens',
      v.array(
        8,
        Array.from({ length: 20 }, (_, i) => v.string(`t${i}`)),
      ),
    ],
    ['eps', v.f64(1e-6)],
  ],
  tensors: [
    { name: 'a.weight', sizes: [3, 2], type: 0, data: floats(6) },
    { name: 'q4', sizes: [64, 2], type: 2, data: new Uint8Array(72).fill(0x2c) },
    { name: 'odd', sizes: [5], type: 33, data: new Uint8Array(9) },
    { name: 'k', sizes: [256], type: 12, data: new Uint8Array(144).fill(0x31) },
    { name: 'iq', sizes: [256], type: 16, data: new Uint8Array(66).fill(0xa5) },
  ],
});

/**
 * Opens a file and reads all its tensors. A result or a WeightError is fine, anything else is thrown on.
 * @returns the tag of the refusal, or 'ok'
 */
async function outcome(bytes: Uint8Array): Promise<string> {
  const fs = memoryFiles({ 'x.gguf': bytes });
  try {
    const { tensors } = await openModel(fs, 'x.gguf');
    for (const entry of tensors) {
      const { kind } = dtypeInfo(entry.dtype);
      const isBlocks = dtypeInfo(entry.dtype).block !== undefined;
      if (kind === 'unknown' || (isBlocks && entry.data.byteOrder === 'big')) continue;
      const { stream, close } = await openRows(fs, entry, {
        fileSize: bytes.length,
        chunkBytes: 64,
      });
      let elements = 0;
      for (const panel of stream.panels())
        for await (const { data } of stream.tiles(panel)) elements += data.length;
      expect(elements).toBe(entry.count);
      await close();
    }
    return 'ok';
  } catch (e) {
    if (WeightError.is(e)) return e.tag;
    throw e;
  } finally {
    expect([...fs.counts.values()].every(c => c.open === 0)).toBe(true);
  }
}

function harm(bytes: Uint8Array, below: (n: number) => number): Uint8Array {
  const at = below(bytes.length);
  const kind = below(5);
  if (kind === 0) bytes[at]! ^= 1 << below(8);
  if (kind === 1) bytes[at] = below(256);
  if (kind === 2) bytes.fill(255, at, at + [1, 2, 4, 8][below(4)]!);
  if (kind === 3) bytes.fill(0, at, at + below(12));
  if (kind === 4) bytes.copyWithin(at, below(bytes.length), bytes.length);
  return bytes;
}

test('the file is good before it is harmed', async () => {
  expect(await outcome(file)).toBe('ok');
});

test('cut at every byte up to the last that counts', async () => {
  // The rest pads the last tensor.
  const end = file.length - 30;
  for (let length = 0; length < end; length++)
    expect([length, await outcome(file.slice(0, length))]).not.toEqual([length, 'ok']);
  expect(await outcome(file.slice(0, end))).toBe('ok');
});

test('with 5000 seeded harms: bits flipped, bytes set, numbers made huge, parts repeated', async () => {
  const random = seeded(5);
  const below = (n: number) => Math.floor(random() * n);
  const seen = new Map<string, number>();
  for (let i = 0; i < 5000; i++) {
    let harmed: Uint8Array = file.slice();
    for (let times = 1 + below(3); times > 0; times--) harmed = harm(harmed, below);
    const result = await outcome(harmed);
    seen.set(result, (seen.get(result) ?? 0) + 1);
  }
  // All of these happen, or the harms do not reach the parser.
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(['ok', 'malformed', 'truncated', 'over-limit']),
  );
});
