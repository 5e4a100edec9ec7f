import type { TensorEntry } from '../../formats/tensorFile';
import type { ValuesPrint } from '../fingerprint';
import { checkCount, column, type OpenFile, placed, sequence, sinkOf } from '../sinks';
import type { TensorWriter } from '../tensorWriter';
import { packColumns, rowPacker } from './lines';
import { moduleOf, type Packing, packedTensors } from './packing';

/**
 * Writes a weight [out, in] as compressed-tensors stores it, tile by tile. Memory is bounded by the tile and, of an
 * asymmetric one, a byte for each zero point: these are packed across rows.
 * @param values is told of the values that a reader must find
 */
export function packedWriter(
  entry: TensorEntry,
  packing: Packing,
  { to, values }: { readonly to: OpenFile; readonly values: ValuesPrint },
): TensorWriter {
  const codes = codesSink(entry, packing, to);
  const parts = packedTensors(entry, packing);
  const scale = parts.find(p => p.name.endsWith('.weight_scale'))!;
  const scales = column(placed(to, scale.name, scale));
  const groups = scale.shape[1] ?? 1;
  const zeroPoints = packing.symmetric
    ? null
    : zerosSink(scale.shape, groups, { entry, packing, to });
  return {
    watch: {
      listeners: [
        {
          piece(piece) {
            codes.append(piece.codes);
            values.append(piece.results);
          },
          settled(segment, { params }) {
            if (!params) return;
            scales.set(segment, params.scale);
            zeroPoints?.set(segment, params.zeroPoint);
          },
        },
      ],
      async afterTile() {
        scales.release();
        await to.file.flush();
      },
    },
    check() {
      for (const part of [codes, scales, zeroPoints]) part?.check();
      if (packing.format === 'pack-quantized') putShape(entry, to);
    },
  };
}

function codesSink(entry: TensorEntry, packing: Packing, to: OpenFile) {
  const { format, bits, shift } = packing;
  const signed = (codes: Int32Array) => (shift === 0 ? codes : codes.map(code => code - shift));
  if (format !== 'pack-quantized') {
    // The codes of fp8-e4m3 are its bytes.
    const dtype = format === 'int-quantized' ? 'I8' : 'U8';
    const { append, check } = sequence(placed(to, entry.name, { dtype, shape: entry.shape }));
    return { append: (codes: Int32Array) => append(signed(codes)), check };
  }
  const sink = sinkOf(to, `${moduleOf(entry.name)}.weight_packed`);
  const pack = rowPacker(bits, entry.shape[1]!);
  let done = 0;
  let at = 0;
  return {
    append(codes: Int32Array) {
      const bytes = pack(signed(codes));
      sink.put(bytes, at);
      at += bytes.length;
      done += codes.length;
    },
    check: () => checkCount(done, entry.count),
  };
}

function zerosSink(
  shape: readonly number[],
  groups: number,
  { entry, packing, to }: { entry: TensorEntry; packing: Packing; to: OpenFile },
) {
  const zeroPoints = new Int8Array(shape.reduce((a, b) => a * b, 1));
  const sink = sinkOf(to, `${moduleOf(entry.name)}.weight_zero_point`);
  let done = 0;
  return {
    set(index: number, value: number) {
      zeroPoints[index] = value - packing.shift;
      done++;
    },
    check() {
      checkCount(done, zeroPoints.length);
      const isPacked = packing.format === 'pack-quantized';
      const bytes = isPacked
        ? packColumns(zeroPoints, groups, packing.bits)
        : new Uint8Array(zeroPoints.buffer);
      sink.put(bytes, 0);
    },
  };
}

function putShape({ name, shape }: TensorEntry, to: OpenFile): void {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  shape.forEach((size, i) => void view.setBigInt64(8 * i, BigInt(size), true));
  sinkOf(to, `${moduleOf(name)}.weight_shape`).put(bytes, 0);
}
