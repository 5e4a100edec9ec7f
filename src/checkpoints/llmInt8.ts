import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import { contentsOf } from './contents';
import {
  dtypeProblem,
  missing,
  type Problem,
  scaleDtypes,
  shapeProblem,
  undecoded,
} from './findings';
import { scaleOnly } from './fp4';
import type { Decoder, Layout } from './layout';
import { moduleOf, weightName } from './moduleName';
import { packedRows } from './storedCodes';
import { unpackSignedBytes } from './unpack';

const scheme = 'LLM.int8()';

/** What the library multiplies by for a division by 127. */
const inverse = Math.fround(7.874015718698502e-3);

/**
 * bitsandbytes LLM.int8(): `(q * SCB) * float32(1 / 127)`, both products rounded. Outlier columns are found in the
 * activations; nothing of them is stored. Parameters: the rows' absmax [out].
 * @source bitsandbytes-foundation/bitsandbytes bitsandbytes/functional.py, int8_vectorwise_dequant
 */
export const llmInt8: Layout = {
  name: 'llmInt8',
  recognise(codes, around) {
    if (codes.dtype !== 'I8' || !codes.name.endsWith('.weight')) return null;
    const [scale, format] = ['SCB', 'weight_format'].map(end =>
      around.find(`${moduleOf(codes.name)}.${end}`),
    );
    if (!scale && !format) return null;
    const name = weightName(codes.name);
    if (!scale) return undecoded(name, scheme, missing(`${moduleOf(codes.name)}.SCB`));
    const problem = problemOf(codes, scale, format);
    if (problem !== null) return undecoded(name, scheme, problem);
    const parts = { codes, scale, ...(format && { format }) };
    const packed = { layout: 'llmInt8', scheme, bits: 8, groupSize: null, parts, facts: {} };
    return { kind: 'weight', name, shape: codes.shape, packed };
  },
  async open({ shape }, parts) {
    const inner = shape.at(-1)!;
    const scale = await parts.floats('scale');
    return {
      codes: { first: -128, count: 256, available: 255, ends: [-127, 127] },
      params: scaleOnly(parts.entry('scale').shape, scale),
      codesOf: packedRows(parts, 'codes', { rowBytes: inner, unpack: unpackSignedBytes }),
      dequantize: rowsTimes(scale, inner),
    };
  },
};

function problemOf(codes: TensorEntry, scale: TensorEntry, format?: TensorEntry): Problem {
  if (codes.shape.length !== 2) return `${quote(codes.name)} has ${codes.shape.length} dimensions`;
  return (
    dtypeProblem(scale, scaleDtypes) ??
    shapeProblem(scale, [codes.shape[0]!]) ??
    formatProblem(format)
  );
}

/** 0 is row-major; the others are tilings of kernels that the library itself no longer reads. */
function formatProblem(format: TensorEntry | undefined): Problem {
  const tiling = format && contentsOf(format)?.[0];
  return tiling ? `${quote(format.name)} is ${tiling}: tiled for a kernel, not row-major` : null;
}

function rowsTimes(scale: Float32Array, inner: number): Decoder['dequantize'] {
  return ({ row, rows }, codes, out) => {
    for (let i = 0, r = 0; r < rows; r++) {
      const s = scale[row + r]!;
      for (const end = i + inner; i < end; i++) out[i] = Math.fround(codes[i]! * s) * inverse;
    }
  };
}
