import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Calibrated, Calibrator } from '../../../../src/quant/calibration/calibrator';
import type { Values } from '../../../../src/stats/moments';

const folder = path.resolve(import.meta.dirname, '../../../fixtures/golden');

/** A golden file. */
export async function goldenJson<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(path.join(folder, name), 'utf8')) as T;
}

/** The 64 x 256 values of golden/reference.npy, row-major. */
export async function referenceValues(): Promise<Float32Array> {
  const bytes = await readFile(path.join(folder, 'reference.npy'));
  return new Float32Array(Uint8Array.from(bytes.subarray(-64 * 256 * 4)).buffer);
}

/** The outcome for these values, as many passes over as it takes, in pieces of the given length. */
export function calibrate(
  calibrator: Calibrator,
  values: Values,
  pieceLength = 1000,
): Calibrated & { readonly passes: number } {
  for (let passes = 1; passes <= 10; passes++) {
    for (let i = 0; i < values.length; i += pieceLength)
      calibrator.add(values, i, Math.min(i + pieceLength, values.length));
    const result = calibrator.finish();
    if (result !== null) return { ...result, passes };
  }
  throw new Error('does not come to an end');
}

/** As the scripts in test/fixtures/make make them; storing rounds to float32. */
const makers: Record<string, (flat: Float32Array) => Float32Array> = {
  all: flat => flat,
  'row 3': flat => flat.subarray(3 * 256, 4 * 256),
  'row 10': flat => flat.subarray(10 * 256, 11 * 256),
  magnitudes: flat => flat.map(Math.abs),
  cubes: flat => flat.map(x => Math.fround(x * x) * x),
  thirds: flat => flat.map(x => x / 3),
  'shifted up': flat => flat.map(x => x + 3),
  'shifted down': flat => flat.map(x => x - 3),
  zeros: () => new Float32Array(5),
  ones: () => new Float32Array(5).fill(1),
};

/** The values of a golden case, made of the reference tensor's. */
export function valuesOf(name: string, flat: Float32Array): Float32Array {
  return makers[name]!(flat);
}
