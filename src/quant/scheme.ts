import type { IntegerGrid } from './grids/integer';
import type { Rounding } from './rounding';

/**
 * How a tensor is quantized: the values that can be represented, which weights share a scale, how the scale is chosen,
 * how values are rounded, and what is kept apart. Its text form is in `schemeText.ts`.
 */
export interface Scheme {
  /** The software whose arithmetic is followed; null: ONNX QuantizeLinear's order with our own default rule. */
  readonly runtime: RuntimeName | null;
  readonly grid: Grid;
  readonly symmetric: boolean;
  readonly granularity: Granularity;
  readonly calibration: Calibration;
  readonly rounding: Rounding;
  /** `full` adds the code -2^(b-1) to a symmetric integer grid. */
  readonly range: IntegerGrid['range'];
  /** `in`: the range of an asymmetric integer grid is widened to hold 0. */
  readonly zero: IntegerGrid['zero'];
  readonly scale: ScaleType;
  readonly outliers: Outliers | null;
}

/** Software whose rules can be followed. */
export type RuntimeName =
  | 'onnxruntime'
  | 'torch-eager'
  | 'torch-fake-quant'
  | 'tflite'
  | 'gptq'
  | 'awq'
  | 'hqq'
  | 'bitsandbytes';

/** The set of values that codes stand for. */
export type Grid =
  /** Integers of `bits` bits, laid over the values by a scale and a zero point. */
  | { readonly kind: 'integer'; readonly bits: number; readonly signed: boolean }
  /** A named table of levels, or a small float: laid over the values by a scale. */
  | { readonly kind: 'named'; readonly name: NamedGrid }
  /** Levels given by hand, ascending. */
  | { readonly kind: 'levels'; readonly levels: readonly number[] }
  /** A plain cast: no scale. */
  | { readonly kind: 'cast'; readonly name: 'fp16' | 'bf16' }
  /** A format that fixes its blocks, its scales and how they are found. */
  | { readonly kind: 'format'; readonly name: FormatName };

/** Grids with a name of their own. */
export type NamedGrid =
  | 'nf4'
  | 'fp4'
  | 'fp4-bnb'
  | 'fp6-e2m3'
  | 'fp6-e3m2'
  | 'fp8-e4m3'
  | 'fp8-e5m2'
  | 'ternary'
  | 'binary';

/** Formats whose blocks and scales are fixed. */
export type FormatName =
  | 'mxfp4'
  /** E2M3 elements. */
  | 'mxfp6'
  | 'mxfp6-e3m2'
  /** E4M3 elements. */
  | 'mxfp8'
  | 'mxfp8-e5m2'
  | 'nvfp4'
  | 'nf4-double'
  | GgmlName;

/** ggml's types. */
export type GgmlName =
  | 'q4_0'
  | 'q4_1'
  | 'q5_0'
  | 'q5_1'
  | 'q8_0'
  | 'q2_k'
  | 'q3_k'
  | 'q4_k'
  | 'q5_k'
  | 'q6_k'
  | 'iq4_nl'
  | 'iq4_xs'
  | 'tq1_0'
  | 'tq2_0';

/** Which weights share a scale and a zero point. */
export type Granularity =
  | { readonly kind: 'tensor' }
  /** Axis 0: a row (output channel); axis 1: a column (input channel). */
  | { readonly kind: 'channel'; readonly axis: 0 | 1 }
  /** `size` neighbours in a row; the last group of a row may be short. */
  | { readonly kind: 'group'; readonly size: number }
  /** A rectangle of `rows` by `cols`; those at the edges may be smaller. */
  | { readonly kind: 'block'; readonly rows: number; readonly cols: number };

/** How the range, and so the scale, is chosen. */
export type Calibration =
  | { readonly kind: 'minmax' }
  /** s = mean |x| (ternary and binary grids). */
  | { readonly kind: 'absmean' }
  /** Percentiles of the values, in per cent. */
  | { readonly kind: 'percentile'; readonly lo: number; readonly hi: number }
  | { readonly kind: 'entropy-ort'; readonly bins: number; readonly levels: number }
  | { readonly kind: 'entropy-nv'; readonly bins: number }
  /** Clip search over `grid` steps down to 1 - `shrink` of the range, loss sum |e|^norm. */
  | {
      readonly kind: 'mse';
      readonly grid: number;
      readonly shrink: number;
      readonly norm: number;
    }
  | { readonly kind: 'hqq' }
  | { readonly kind: 'range'; readonly lo: number; readonly hi: number }
  | { readonly kind: 'scale'; readonly scale: number }
  | { readonly kind: 'torch-histogram' }
  | { readonly kind: 'ort-percentile'; readonly percent: number }
  | { readonly kind: 'nv-percentile'; readonly percent: number }
  | { readonly kind: 'nv-mse' };

/** What a scale is stored as, before it is used. */
export type ScaleType = 'f32' | 'f16' | 'bf16' | 'e8m0';

/** Values that are kept apart in FP16 (FP32 beyond 65504), so that the others get a smaller range. */
export type Outliers =
  /** |x| > k standard deviations of the tensor, not centred on its mean. */
  | { readonly kind: 'sigma'; readonly k: number }
  /** |x| >= t. */
  | { readonly kind: 'abs'; readonly threshold: number }
  /** The largest |x|: this share of the values, rounded down to a count. */
  | { readonly kind: 'top'; readonly percent: number }
  /** Whole input columns that hold a value with |x| >= t: LLM.int8()'s rule for activations, applied to weights. */
  | { readonly kind: 'columns'; readonly threshold: number };
