import path from 'node:path';
import { openModel } from '../../../../src/formats/model';
import { streamRows } from '../../../../src/formats/rows';
import { openTensor } from '../../../../src/formats/tensorSource';
import type { Codec, QuantParams } from '../../../../src/quant/arithmetic';
import type { ScaledBlocks, SelfScaled } from '../../../../src/quant/formats/selfScaled';
import { nodeFileSystem } from '../../../../src/worker/fileSystem';

/** The folder of the fixtures. */
export const fixtures = path.resolve(import.meta.dirname, '../../../fixtures');

/** One tensor, decoded. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** All tensors of a small file. */
export async function readTensors(file: string): Promise<Map<string, Tensor>> {
  const model = await openModel(nodeFileSystem, path.join(fixtures, file));
  const tensors = new Map<string, Tensor>();
  for (const entry of model.tensors) {
    const source = await openTensor(nodeFileSystem, entry, model.files[0]!.byteLength);
    const values = new Float64Array(entry.count);
    const stream = streamRows(source, entry, {});
    let at = 0;
    for (const panel of stream.panels())
      for await (const { data } of stream.tiles(panel)) {
        values.set(data, at);
        at += data.length;
      }
    await source.close();
    tensors.set(entry.name, { shape: entry.shape, values });
  }
  return tensors;
}

/** Places for what quantizing `length` values writes. */
export function placesFor(length: number, scales = 1): ScaledBlocks {
  return {
    codes: new Int32Array(length),
    results: new Float32Array(length),
    clipped: new Uint8Array(length),
    scales: new Float32Array(scales),
  };
}

/** Quantizes values that share parameters. */
export function quantized(
  codec: Codec,
  values: Float32Array | Float64Array | readonly number[],
  { scale = 1, zeroPoint = 0 }: Partial<QuantParams> = {},
) {
  const out = placesFor(values.length);
  const stretch = {
    values: Array.isArray(values) ? Float64Array.from(values) : (values as Float32Array),
    from: 0,
    to: values.length,
    index: 0,
    stride: 1,
  };
  codec.quantize(stretch, { scale, zeroPoint }, out);
  return { codes: [...out.codes], results: [...out.results], clipped: [...out.clipped] };
}

/** Quantizes rows of `cols` values in a format with scales of its own. */
export function quantizedRows(
  format: SelfScaled,
  values: Float32Array | Float64Array,
  cols: number,
  known?: number,
) {
  const rowLength = format.isFlat ? values.length : cols;
  const stretches = (step: number) => {
    const all = [];
    for (let row = 0; row < values.length; row += rowLength)
      for (let from = row; from < row + rowLength; from += step)
        all.push({
          values,
          from,
          to: Math.min(from + step, row + rowLength),
          index: from,
          stride: 1,
        });
    return all;
  };
  const gatherer = format.gather?.();
  for (const block of stretches(format.blockSize)) gatherer?.add(block);
  const tensor = gatherer?.finish() ?? 0;
  const out = placesFor(values.length, format.blocksPerRun);
  const scales: number[] = [];
  for (const run of stretches(format.blockSize * format.blocksPerRun)) {
    format.quantize(run, known ?? tensor, out);
    scales.push(...out.scales.subarray(0, Math.ceil((run.to - run.from) / format.blockSize)));
  }
  return { ...out, scales, tensor };
}

/** Nibbles, the low (or high) one of each byte first. */
export function nibbles(bytes: Float64Array, order: 'low' | 'high'): number[] {
  return [...bytes].flatMap(b => (order === 'low' ? [b & 15, b >> 4] : [b >> 4, b & 15]));
}

/** Mean and largest error, in float64. */
export function errors(values: ArrayLike<number>, results: ArrayLike<number>) {
  let squares = 0;
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    const e = values[i]! - results[i]!;
    squares += e * e;
    max = Math.max(max, Math.abs(e));
  }
  return { mse: squares / values.length, max };
}
