import { quote } from '../base/limits';
import type { TensorEntry } from '../formats/tensorFile';
import { contentsOf } from './contents';
import { dtypeProblem, missing, type Problem, shapeProblem, undecoded } from './findings';
import { scaleOnly } from './fp4';
import type { Decoder, Layout, PackedWeight, Recognised, Surroundings } from './layout';
import { levelCodes } from './levelCodes';
import { levelRun } from './levelRun';
import { weightName } from './moduleName';
import { lookUpBlocks, valuesBy } from './nibbleValues';
import type { Parts } from './parts';
import { type QuantState, quantStateOf } from './quantState';
import { unpackHighFirst } from './unpack';

/**
 * bitsandbytes NF4 and FP4: `quant_map[code] * absmax`, over blocks of the row-major flattened weight, which may span rows.
 * Double-quantized, `absmax = nested_quant_map[u8] * nested_absmax + nested_offset`, each step rounded to float32.
 * Parameters: absmax [blocks].
 * @source bitsandbytes-foundation/bitsandbytes bitsandbytes/functional.py, QuantState and dequantize_4bit
 */
export const bitsandbytes: Layout = {
  name: 'bitsandbytes',
  recognise(anchor, around) {
    const part = (end: string) => around.find(`${anchor.name}.${end}`);
    const [nf4, fp4] = ['nf4', 'fp4'].map(type => part(`quant_state.bitsandbytes__${type}`));
    const state = nf4 ?? fp4;
    if (!state && !(part('absmax') && part('quant_map'))) return null;
    const scheme = `bitsandbytes ${nf4 ? 'NF4' : fp4 ? 'FP4' : '4-bit'}`;
    return told(anchor, { state, scheme, around });
  },
  async open(weight, parts) {
    const scale = await absmaxOf(weight, parts);
    const blockSize = Number(weight.packed.facts.blockSize);
    const inner = weight.shape.at(-1)!;
    const levels = await parts.floats('table');
    return {
      codes: levelCodes(levels),
      params: scaleOnly([scale.length], scale),
      codesOf: flatNibbles(weight, parts),
      dequantize: flatBlocks(scale, { inner, blockSize, levels }),
      // Rows and blocks of an even number of weights begin with a byte.
      ...(inner % 2 === 0 &&
        blockSize % 2 === 0 && {
          valuesOf: valuesBy(
            flatBytes(parts, inner),
            lookUpBlocks(levels, scale, { inner, block: blockSize }),
          ),
        }),
    };
  },
};

interface Found {
  readonly state: TensorEntry | undefined;
  readonly scheme: string;
  readonly around: Surroundings;
}

function told(codes: TensorEntry, { state, scheme, around }: Found): Recognised {
  const name = weightName(codes.name);
  const bytes = state && contentsOf(state);
  const quantState = bytes && quantStateOf(bytes);
  if (!state || !bytes) return undecoded(name, scheme, missing(`${codes.name}.quant_state`));
  if (typeof quantState !== 'object')
    return undecoded(name, scheme, `${quote(state.name)} ${quantState}`);
  const parts = partsOf(codes, state, { quantState, around });
  if (typeof parts === 'string') return undecoded(name, scheme, parts);
  const problem = problemOf(parts, quantState);
  if (problem !== null) return undecoded(name, scheme, problem);
  const { shape, blockSize, nested } = quantState;
  const isAlongRows = shape.at(-1)! % blockSize === 0;
  return {
    kind: 'weight',
    name,
    shape,
    packed: {
      layout: 'bitsandbytes',
      scheme: `${scheme}, block ${blockSize}${nested ? ', double-quantized' : ''}`,
      bits: 4,
      groupSize: isAlongRows ? blockSize : null,
      parts,
      facts: {
        blockSize,
        ...(nested && { nestedBlockSize: nested.blockSize, nestedOffset: nested.offset }),
      },
    },
  };
}

/** The stored tensors by their role, or which is missing. */
function partsOf(
  codes: TensorEntry,
  state: TensorEntry,
  { quantState, around }: { quantState: QuantState; around: Surroundings },
): Readonly<Record<string, TensorEntry>> | string {
  const roles = {
    ...{ scale: 'absmax', table: 'quant_map' },
    ...(quantState.nested && { nestedScale: 'nested_absmax', nestedTable: 'nested_quant_map' }),
  };
  const parts: Record<string, TensorEntry> = { codes, state };
  for (const [role, end] of Object.entries(roles)) {
    const found = around.find(`${codes.name}.${end}`);
    if (!found) return missing(`${codes.name}.${end}`);
    parts[role] = found;
  }
  return parts;
}

function problemOf(
  { codes, scale, table, nestedScale, nestedTable }: Readonly<Record<string, TensorEntry>>,
  { shape, blockSize, nested }: QuantState,
): Problem {
  const count = shape.reduce((a, b) => a * b, 1);
  const blocks = Math.ceil(count / blockSize);
  return (
    sizeProblem(codes!, count) ??
    dtypeProblem(scale!, [nested ? 'U8' : 'F32']) ??
    shapeProblem(scale!, [blocks]) ??
    dtypeProblem(table!, ['F32']) ??
    shapeProblem(table!, [16]) ??
    (nested &&
      (dtypeProblem(nestedScale!, ['F32']) ??
        shapeProblem(nestedScale!, [Math.ceil(blocks / nested.blockSize)]) ??
        dtypeProblem(nestedTable!, ['F32']) ??
        shapeProblem(nestedTable!, [256])))
  );
}

/** Two codes a byte, whatever dtype the bytes are called: up to one element of it is padding. */
function sizeProblem({ name, count, data }: TensorEntry, weights: number): Problem {
  const [least, element] = [Math.ceil(weights / 2), data.byteLength / Math.max(1, count)];
  if (data.byteLength >= least && data.byteLength < least + element) return null;
  return `${quote(name)} has ${data.byteLength} bytes, expected ${least} for ${weights} weights`;
}

async function absmaxOf({ packed }: PackedWeight, parts: Parts): Promise<Float32Array> {
  if (!parts.has('nestedScale')) return parts.floats('scale');
  const codes = await parts.bytes('scale');
  const [scale, table] = [await parts.floats('nestedScale'), await parts.floats('nestedTable')];
  const run = Number(packed.facts.nestedBlockSize);
  const offset = Math.fround(Number(packed.facts.nestedOffset));
  return Float32Array.from(
    codes,
    (code, i) => Math.fround(table[code]! * scale[Math.floor(i / run)]!) + offset,
  );
}

/** Reads codes of the flattened weight: where rows have an odd length, every other one begins within a byte. */
function flatNibbles({ shape }: PackedWeight, parts: Parts): Decoder['codesOf'] {
  const inner = shape.at(-1)!;
  return async ({ row, rows }, out) => {
    const [from, to] = [row * inner, (row + rows) * inner];
    const first = Math.floor(from / 2);
    const bytes = new Uint8Array(Math.ceil(to / 2) - first);
    await parts.read('codes', first, bytes);
    unpackHighFirst(bytes, from % 2, out.subarray(0, to - from));
  };
}

function flatBytes(parts: Parts, inner: number) {
  return async ({ row, rows }: { row: number; rows: number }) => {
    const bytes = new Uint8Array((rows * inner) / 2);
    await parts.read('codes', (row * inner) / 2, bytes);
    return bytes;
  };
}

interface Blocks {
  /** Weights of a row. */
  readonly inner: number;
  /** Weights of a block, which may span rows. */
  readonly blockSize: number;
  readonly levels: Float32Array;
}

function flatBlocks(
  scale: Float32Array,
  { inner, blockSize, levels }: Blocks,
): Decoder['dequantize'] {
  const apply = levelRun(levels, 0);
  return ({ row, rows }, codes, out) => {
    const [first, length] = [row * inner, rows * inner];
    let block = Math.floor(first / blockSize);
    const run = { from: 0, to: 0, scale: 0, zero: 0 };
    for (; run.from < length; block++, run.from = run.to) {
      run.to = Math.min(length, (block + 1) * blockSize - first);
      run.scale = scale[block]!;
      apply(run, codes, out);
    }
  };
}
