import type { Example, ExampleId } from '../explain/examples';
import type { Rulers } from '../explain/ruler';
import type { Steps } from '../explain/steps';
import type { TensorEntry } from '../formats/tensorFile';
import type { Range } from '../quant/arithmetic';
import type { TensorRef } from './tensor';

/** The examples, in the order of the menu. */
export const exampleIds = [
  'formats',
  'levels',
  'vectors',
  'symmetric',
  'asymmetric',
  'ruler',
  'calibration',
  'outliers',
  'sensitivity',
] as const satisfies readonly ExampleId[];

/** Most values that are watched at a time. */
export const mostWatched = 16;

/** What the steps view may ask of the host. */
export interface StepsRequests {
  /** One to `mostWatched` numbers as a tensor of their own. Rejects for a bad scheme, and for one that needs more values. */
  'steps/values': [ValuesRequest, Steps];
  'steps/example': [{ readonly example: ExampleId }, Example];
  /**
   * Consecutive values of a tensor, with the parameters that the scheme gives them there. Reports progress where the whole
   * tensor has to be read for these.
   */
  'steps/row': [{ readonly tensor: TensorRef } & RowPlace, RowSteps];
  /** Grids laid over a range of values. */
  'steps/ruler': [RulerRequest, Rulers];
}

/** What the host may ask of a worker for it. */
export interface StepsWork {
  'steps/values': [ValuesRequest, Steps];
  'steps/example': [{ readonly example: ExampleId }, Example];
  'steps/row': [
    RowPlace & {
      readonly entry: TensorEntry;
      readonly fileSize: number;
      readonly urgent?: boolean;
    },
    RowSteps,
  ];
  'steps/ruler': [RulerRequest, Rulers];
}

/** Values and a scheme's text. */
export interface ValuesRequest {
  readonly scheme: string;
  readonly values: readonly number[];
}

/** A range of values; the scheme's text tells bits or levels. */
export interface RulerRequest {
  readonly scheme: string;
  readonly range: Range;
}

/** Which values of a tensor: `mostWatched` at most, from a column of a row on. What lies beyond the tensor is its last row or column. */
export interface RowPlace {
  readonly scheme: string;
  readonly row: number;
  readonly col: number;
}

/** Values of a tensor, step by step. */
export interface RowSteps {
  readonly steps: Steps;
  /** Rows and columns that the scheme sees. */
  readonly matrix: { readonly rows: number; readonly cols: number };
  readonly row: number;
  readonly col: number;
  /** What was read to find the parameters. */
  readonly read: 'row' | 'tensor';
}
