import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { safetensors } from '../formats/build';

/** A stored tensor of a file that a test makes. */
export interface Stored {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** Tensors by name. */
export type Tensors = Record<string, Stored>;

const fixtures = path.join(import.meta.dirname, '../../fixtures/checkpoints');

/** All tensors of a fixture's file. */
export function tensorsOf(fixture: string, file = 'model.safetensors'): Tensors {
  const all = readFileSync(path.join(fixtures, fixture, file));
  const start = 8 + Number(all.readBigUInt64LE(0));
  const header = JSON.parse(all.subarray(8, start).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  delete header.__metadata__;
  return Object.fromEntries(
    Object.entries(header).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => [
        name,
        { dtype, shape, bytes: Uint8Array.from(all.subarray(start + from, start + to)) },
      ],
    ),
  );
}

/** The quantization config of a fixture. */
export function configOf(fixture: string): Record<string, unknown> {
  const text = readFileSync(path.join(fixtures, fixture, 'config.json'), 'utf8');
  return (JSON.parse(text) as { quantization_config: Record<string, unknown> }).quantization_config;
}

/** Writes a model into a folder of its own, which goes when the test ends; returns its path. @param config none is written where it is null */
export function writeModel(tensors: Tensors, config: Record<string, unknown> | null): string {
  const header: Record<string, unknown> = {};
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const data = Buffer.concat(Object.values(tensors).map(t => t.bytes));
  const folder = mkdtempSync(path.join(tmpdir(), 'qweight-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'model.safetensors');
  writeFileSync(file, safetensors(header, data));
  if (config)
    writeFileSync(
      path.join(folder, 'config.json'),
      JSON.stringify({ quantization_config: config }),
    );
  return file;
}

/** A tensor of 32-bit words. */
export function words(shape: number[], values: readonly number[]): Stored {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((v, i) => {
    view.setUint32(4 * i, v >>> 0, true);
  });
  return { dtype: 'I32', shape, bytes };
}

/** A tensor of float32. */
export function floats(shape: number[], values: readonly number[]): Stored {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((v, i) => {
    view.setFloat32(4 * i, v, true);
  });
  return { dtype: 'F32', shape, bytes };
}

/** Numbers of [0, below) that repeat from run to run. */
export function numbers(count: number, below: number, seed = 1): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  });
}

/** Words of an LSB-first stream, made as one long number. */
export function streamWords(codes: readonly number[], bits: number): number[] {
  let stream = 0n;
  codes.forEach((code, i) => {
    stream |= BigInt(code) << BigInt(i * bits);
  });
  const count = Math.ceil((codes.length * bits) / 32);
  return Array.from({ length: count }, (_, w) => Number((stream >> BigInt(32 * w)) & 0xffffffffn));
}

/** Row-major [rows, columns] to [columns, rows]. */
export function turned<T>(values: readonly T[], columns: number): T[] {
  const rows = values.length / columns;
  return Array.from(
    { length: values.length },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}

/** A row-major matrix by its rows. */
export function rowsOf<T>(values: readonly T[], columns: number): T[][] {
  return Array.from({ length: values.length / columns }, (_, r) =>
    values.slice(r * columns, (r + 1) * columns),
  );
}
