import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fromFloat16 } from '../../../src/base/float16';

const folder = path.resolve(import.meta.dirname, '../../fixtures/golden');

/** A golden JSON file, as it is. */
export function golden(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, unknown>;
}

/** What the reference implementations make of `reference`. */
export const expected = golden('reference.expected.json');

export const rows = 64;
export const cols = 256;

/** reference.npy: float32 [64, 256], row-major. */
export const reference = readReference();

function readReference(): Float32Array {
  const bytes = readFileSync(path.join(folder, 'reference.npy'));
  const start = 10 + bytes.readUInt16LE(8);
  return new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
}

/** The tensors of a golden safetensors file, as numbers. */
export function safetensors(name: string): Map<string, Float32Array | Int8Array> {
  const bytes = readFileSync(path.join(folder, name));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<string, Entry>;
  return new Map(
    Object.entries(header).map(
      ([
        key,
        {
          dtype,
          data_offsets: [from, to],
        },
      ]) => {
        const { buffer } = new Uint8Array(bytes.subarray(start + from, start + to));
        return [key, decoders[dtype](buffer)];
      },
    ),
  );
}

interface Entry {
  readonly dtype: keyof typeof decoders;
  readonly data_offsets: readonly [from: number, to: number];
}

const decoders = {
  F32: (buffer: ArrayBuffer) => new Float32Array(buffer),
  F16: (buffer: ArrayBuffer) => Float32Array.from(new Uint16Array(buffer), fromFloat16),
  I8: (buffer: ArrayBuffer) => new Int8Array(buffer),
};

/** Row `i` of the reference. */
export function row(i: number): Float32Array {
  return reference.subarray(i * cols, (i + 1) * cols);
}

/** The range of finite values. */
export function rangeOf(values: Float32Array) {
  return { lo: Math.min(...values), hi: Math.max(...values) };
}

/** Room for what quantizing `length` values writes. */
export function room(length: number) {
  return {
    codes: new Int32Array(length),
    results: new Float32Array(length),
    clipped: new Uint8Array(length),
  };
}
