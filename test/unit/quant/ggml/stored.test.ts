import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { StoredBlocks } from '../../../../src/quant/blockFormat';
import { ggmlStored } from '../../../../src/quant/ggml/types';
import { fixture } from '../../countingSource';
import { ggufTensors } from './ggufFile';

/** Bytes of xorshift32 from seed 1. */
function randomBytes(length: number): Uint8Array {
  let word = 1;
  return Uint8Array.from({ length }, () => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return word;
  });
}

const blockCount = 200;
const random = randomBytes(292 * blockCount);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Of the bits of values, with every NaN alike. */
function valuesHash(values: Float32Array): string {
  const bits = new Uint32Array(values.buffer).map((b, i) =>
    Number.isNaN(values[i]) ? 0x7fc00000 : b,
  );
  return sha256(new Uint8Array(bits.buffer));
}

/**
 * What ggml's dequantize_row_* make of the first 200 blocks of those bytes: commit d99724f2, ggml-quants.c, gcc 12.2,
 * x86-64 without FMA.
 */
const hashes: Readonly<Record<string, string>> = {
  q4_0: '419dbf57adf4b2879c3f75856ca48c97b5ba4be303cd2d95bdf7373fa4edf912',
  q4_1: 'bfe38775f7e16d90a5d5b562ab26b386fd2d7c5b51415a799c97b59cf5645966',
  q5_0: '71fbc94de93b12ecbceaf21a7f60002e09b28fc8275bcb5c35a40429232166e2',
  q5_1: '1dec192cf1442b2425fc2cef220553d30ac8530625bc90f262653e2188d416a2',
  q8_0: '8dc6d07bc822c84fd0fd8913472bef1d619a9bd6645e42da946195aacc16ae12',
  q2_k: '72108880b4797a354add9ab300ea97e0bf580fb93f4ae9076e880ade6a9ced31',
  q3_k: '9d8888ec0ff85195f43eb24ecebc5af37f1450c17eb3478a1f24abf41415e4ac',
  q4_k: 'f8b1ab7153631e0e0beb201eb13b789922cd01ea60f00c51922ce14c8c9ed2ce',
  q5_k: '559b18af4f405409369a55c893b6afc2357b541fedafb8b06641c38aea09c632',
  q6_k: '609773ec3a4e2287ef2e10125607ef8708370e2e0d893902ca0a76085fbcbb67',
  iq4_nl: 'b3f0388e83ac3c948df04e3da0a1fec246fe0a90b1932059b383913bc4e166e5',
  iq4_xs: 'aaad59436cdb9b289b1bc7768951cd46ac7f336bd32e6957cab2e797de1f6f94',
  tq1_0: '2f7a121fdfb09352869d831c270ed1e0bda631ed36c5077aea84dc9242a3a156',
  tq2_0: '9e21caf89303371a7f58552c2b3a085d353770754cd985ce7a7d7d6f6ed57ad2',
  iq1_s: '93803c0af20889ac1439a1f0848f3445f9471526bd3e8f8ab7e5ee74681833ce',
  iq1_m: '1bc3ebb5d0dae7a161a7664a3da500c57eb74eb710fce8ce29f4a0e3a12273fd',
  iq2_xxs: '69c07e1e8139a79b4481f5430e524e3cb0b97716ab7012ae2d66c3331d99cc18',
  iq2_xs: 'cb6de631c9580034dcd9e1443730e92d15f3be3c87d57350f8515fde3fd4ecb3',
  iq2_s: 'c1850c355e6d7647fb621137c0ba496570d4eb3d1d31a5389d74ecedf7b493df',
  iq3_xxs: '76f7d37e05d26f46f6bb94dd1cbab427b0b081740ab0006477ba8a8be270731c',
  iq3_s: 'b1ad642b9e1b6c9b8a26be358139f87188f7dd22a4cda54f9566b6cc0a9aa4b5',
  q8_k: '8f51c62af5dee69268acfd6597371e6059873fcd0d19e666093c421bc7f1a23b',
  mxfp4: '98f2c926e3288976d307519fe6225fa1add30b597b840ed4702c72753f7623de',
  nvfp4: '82c152e99a1711554ecaac556e4281fcc91aa92c2b59aef67652cd62e4954951',
  q1_0: 'c55350b9683aff8f2eaea4640c8dcd9039b624232f576b878593309d3b09d6bb',
  q2_0: '3985e3a1eaeb28f91b9df5ea6e056a25e4d3b1765806061663f5763eff4bb368',
};

function dequantized({ dequantize, blockSize, bytesPerBlock }: StoredBlocks, blocks: Uint8Array) {
  const out = new Float32Array((blocks.length / bytesPerBlock) * blockSize);
  dequantize(blocks, out);
  return out;
}

/** Scales and zero points of sub-blocks. */
function paramsIn(format: StoredBlocks, blocks: Uint8Array) {
  const count = (blocks.length / format.bytesPerBlock) * (format.blockSize / format.subBlockSize);
  const scales = new Float32Array(count);
  const zeroPoints = new Float32Array(count);
  format.paramsOf(blocks, scales, zeroPoints);
  return { scales, zeroPoints };
}

function codesIn({ codesOf, blockSize, bytesPerBlock }: StoredBlocks, blocks: Uint8Array) {
  const codes = new Int32Array((blocks.length / bytesPerBlock) * blockSize);
  codesOf(blocks, codes);
  return codes;
}

const gguf = fixture('golden/ggml-types.gguf');
const tensors = ggufTensors(gguf);
const expected = float32Tensors(fixture('golden/ggml-types.expected.safetensors'));

function float32Tensors(bytes: Uint8Array): Map<string, Float32Array> {
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start))) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  return new Map(
    Object.entries(header).map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name.split('.')[2]!, new Float32Array(bytes.slice(start + from, start + to).buffer)],
    ),
  );
}

/** Blocks of the golden file. */
function goldenBlocks({ name, blockSize, bytesPerBlock }: StoredBlocks): Uint8Array {
  const tensor = [...tensors].find(([key]) => key.split('.')[2] === name)![1];
  const byteLength = (8 * 256 * bytesPerBlock) / blockSize;
  return gguf.slice(tensor.offset, tensor.offset + byteLength);
}

test('the random bytes are those that ggml was given', () => {
  expect(sha256(random)).toBe('5f3820c07835f41b615cedb7b20e8a24bfe0daaa0ec334e57f599c7c5c17649d');
});

test('every type that ggml has, once, and only activations have no golden tensor', () => {
  const names = ggmlStored.map(t => t.name);
  expect(new Set(names).size).toBe(27);
  expect(names.toSorted()).toEqual([...Object.keys(hashes), 'q8_1'].toSorted());
  expect(names.filter(name => !expected.has(name))).toEqual(['q8_1', 'q8_k']);
});

describe.each(ggmlStored.filter(t => expected.has(t.name)).map(t => [t.name, t] as const))(
  'a tensor of %s that ggml wrote',
  (name, format) => {
    const blocks = goldenBlocks(format);
    const values = dequantized(format, blocks);

    test('decodes to the bits of ggml', () => {
      const wanted = expected.get(name)!;
      expect(new Uint32Array(values.buffer)).toEqual(new Uint32Array(wanted.buffer));
    });

    test('has codes and parameters that tell the decoded values', () => {
      const { scales, zeroPoints } = paramsIn(format, blocks);
      const isCodebook = name.startsWith('iq') || name.endsWith('fp4') || name === 'q1_0';
      for (const [i, q] of codesIn(format, blocks).entries()) {
        const j = Math.floor(i / format.subBlockSize);
        const level = isCodebook ? format.levels[q]! : q;
        const unit = Math.abs(scales[j]!) * (Math.abs(level) + Math.abs(zeroPoints[j]!));
        const difference = (level - zeroPoints[j]!) * scales[j]! - values[i]!;
        // What is left are the rounding of z to float32 and the decoder's own roundings.
        expect(Math.abs(difference)).toBeLessThanOrEqual(unit * 2 ** -22);
      }
    });
  },
);

describe.each(ggmlStored.map(t => [t.name, t] as const))('random bytes as %s', (name, format) => {
  const { first, count } = format.codes;

  test('have codes in range, wherever they lie', () => {
    const blocks = random.subarray(1, 1 + 100 * format.bytesPerBlock);
    const codes = codesIn(format, blocks);
    expect(codes.every(q => q >= first && q < first + count)).toBe(true);
    expect(codesIn(format, blocks.slice())).toEqual(codes);
  });

  // ggml has no function that decodes q8_1.
  if (name === 'q8_1') return;
  test('decode to the bits of ggml', () => {
    const blocks = random.subarray(0, blockCount * format.bytesPerBlock);
    expect(valuesHash(dequantized(format, blocks))).toBe(hashes[name]);
  });
});

/** A number of 10 bits as the float16 that has its 10 bits of mantissa, 1 to 2. */
const one = (mantissa: number) => 0x3c00 | mantissa;

test('q8_1 is d times the code, whatever the sum says', () => {
  const block = new Uint8Array(36);
  new DataView(block.buffer).setUint16(0, one(512), true);
  block.fill(0xff, 2, 4);
  block.set([1, 255, 127, 128], 4);
  const q8v1 = ggmlStored.find(t => t.name === 'q8_1')!;
  expect([...dequantized(q8v1, block).subarray(0, 5)]).toEqual([1.5, -1.5, 190.5, -192, 0]);
});

describe('scales of whole blocks', () => {
  /** Where a type keeps d, and dmin. */
  const places: Readonly<Record<string, readonly [d: number, dmin?: number]>> = {
    ...{ q2_k: [80, 82], q3_k: [108], q4_k: [0, 2], q5_k: [0, 2], q6_k: [208], iq4_xs: [0] },
    ...{ iq2_xxs: [0], iq2_xs: [0], iq2_s: [0], iq3_xxs: [0], iq3_s: [0], iq1_s: [0] },
  };

  test.each(Object.entries(places))('%s', (name, [dAt, dminAt]) => {
    const format = ggmlStored.find(t => t.name === name)!;
    const blocks = new Uint8Array(2 * format.bytesPerBlock);
    const view = new DataView(blocks.buffer);
    for (const [i, mantissa] of [256, 768].entries()) {
      view.setUint16(i * format.bytesPerBlock + dAt, one(mantissa), true);
      if (dminAt !== undefined)
        view.setUint16(i * format.bytesPerBlock + dminAt, one(512 + i), true);
    }
    const [d, dmin] = [new Float32Array(2), new Float32Array(2).fill(9)];
    format.superOf!(blocks, d, dmin);
    expect([...d]).toEqual([1.25, 1.75]);
    expect([...dmin]).toEqual(dminAt === undefined ? [0, 0] : [1.5, 1.5 + 2 ** -10]);
  });

  test('iq1_m has it scattered over the nibbles above its steps', () => {
    const iq1m = ggmlStored.find(t => t.name === 'iq1_m')!;
    const block = new Uint8Array(56).fill(0x0f, 48);
    const half = one(0x123);
    for (let i = 0; i < 4; i++) block[49 + 2 * i]! |= ((half >> (4 * i)) & 15) << 4;
    const [d, dmin] = [new Float32Array(1), new Float32Array(1)];
    iq1m.superOf!(block, d, dmin);
    expect([...d, ...dmin]).toEqual([1 + 0x123 / 1024, 0]);
  });

  test('types without sub-blocks have none', () => {
    const names = ggmlStored.filter(t => t.superOf).map(t => t.name);
    expect(names.toSorted()).toEqual([...Object.keys(places), 'iq1_m'].toSorted());
  });
});
