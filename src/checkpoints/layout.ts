import type { Packed, TensorEntry } from '../formats/tensorFile';
import type { Codes } from '../quant/arithmetic';
import type { Parts } from './parts';

/** What a recogniser may look at: headers only. */
export interface Surroundings {
  /** A stored tensor by its full name, in any shard. */
  find(name: string): TensorEntry | undefined;
  /** `quantization_config` and the like beside the file; a hint, shapes decide. Null where there is none. */
  readonly config: QuantConfig | null;
  /** The file's own metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The quantization part of config.json (or quantize_config.json, hf_quant_config.json, quanto_qmap.json), as it is. */
export type QuantConfig = Readonly<Record<string, unknown>>;

/** What came of an anchor. */
export type Recognised =
  | {
      readonly kind: 'weight';
      readonly name: string;
      readonly shape: readonly number[];
      readonly packed: Draft;
      /** What a person should look at, though it can be decoded: each a sentence. */
      readonly notes?: readonly string[];
    }
  /** It is the layout's, but cannot be decoded: why, as one sentence for people. The stored tensors stay readable. */
  | { readonly kind: 'finding'; readonly name: string; readonly message: string };

/** A Packed before the sizes of files are known. */
export type Draft = Omit<Packed, 'parts' | 'bitsPerWeight'> & {
  /** The stored tensors by their role. All of them are hidden behind the weight. */
  readonly parts: Readonly<Record<string, TensorEntry>>;
};

/** One way of storing a quantized weight. One file each. */
export interface Layout {
  /** Names it in `Packed.layout`. */
  readonly name: string;
  /** Null when `anchor` is not the tensor by which this layout is known. Never throws for odd shapes: that is a finding. */
  recognise(anchor: TensorEntry, around: Surroundings): Recognised | null;
  /**
   * Reads what is small (scales, zero points, tables).
   * @throws WeightError 'malformed' when what is stored contradicts itself
   */
  open(weight: PackedWeight, parts: Parts): Promise<Decoder>;
}

/** A weight in several tensors. */
export type PackedWeight = TensorEntry & { readonly packed: Packed };

/** Stored parameters of a weight, float32, row-major. */
export interface StoredParams {
  /** [out, groups], or as the format stores them: see the format's file. */
  readonly shape: readonly number[];
  /** As they are applied. */
  readonly scale: Float32Array;
  /** As applied: after any +1 rule and sign offset. Null where there is none. */
  readonly zeroPoint: Float32Array | null;
  /** Additive term of a group (MLX biases; AWQ gemv_fast -scale * zero); null where there is none. */
  readonly bias: Float32Array | null;
  /** Subtracted term of a group (quanto int4); null where there is none. */
  readonly shift: Float32Array | null;
  /** Group of every input column, where that is stored; else null. */
  readonly groupIndex: Int32Array | null;
  /** Of blocks whose scales are steps of a scale of many: that scale, and that of the minimums (null where there are none). */
  readonly superBlocks?: { readonly scale: Float32Array; readonly min: Float32Array | null };
}

/**
 * Codes and values of a weight, by its rows: `inner` weights each, `shape` without its last axis many. A row of an expert
 * stack [experts, out, in] is one output of one expert.
 */
export interface Decoder {
  /** The range of the codes. */
  readonly codes: Codes;
  readonly params: StoredParams;
  /** What a person should look at, found in what was read: each a sentence. */
  readonly notes?: readonly string[];
  /** Rows that are worth reading together, where reading few costs as much; 1 when absent. */
  readonly rowsAtOnce?: number;
  /** Reads the codes of rows [row, row + rows). @param out Int32 [rows * inner] */
  codesOf(rows: { readonly row: number; readonly rows: number }, out: Int32Array): Promise<void>;
  /** Values of those codes, float32, each operation rounded as the format's own software does. */
  dequantize(
    rows: { readonly row: number; readonly rows: number },
    codes: Int32Array,
    out: Float32Array,
  ): void;
  /** Values without codes on the way, where that is faster: just those that `codesOf` and `dequantize` give. */
  valuesOf?(
    rows: { readonly row: number; readonly rows: number },
    out: Float32Array,
  ): Promise<void>;
}
