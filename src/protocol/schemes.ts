import type { Scheme } from '../quant/scheme';

/** Most schemes that are shown side by side. */
export const maxSchemes = 4;

/** What the scheme bar may ask of the host. */
export interface SchemeRequests {
  /** Every preset, in the order in which they are listed. */
  'schemes/presets': [null, readonly PresetView[]];
  /** Reads a text; a bad one is an answer, too. */
  'schemes/describe': [{ readonly text: string }, SchemeDescription];
  /** One to `maxSchemes` texts that are shown and analysed from now on, in all views of the file. Rejects for a bad text. */
  'schemes/set': [{ readonly schemes: readonly string[] }, null];
}

/** A scheme with a name. */
export interface PresetView {
  readonly name: string;
  /** The text it stands for. */
  readonly scheme: string;
  /** Whose rule it follows. */
  readonly source: string;
}

/** A text as it was understood, or why it was not. */
export type SchemeDescription =
  | {
      readonly isGood: true;
      /** The shortest text that means the same. */
      readonly text: string;
      /** Name of a preset that means the same; null where there is none. */
      readonly preset: string | null;
      readonly scheme: Scheme;
      readonly facts: SchemeFacts;
    }
  | {
      readonly isGood: false;
      /** What is wrong with it, and the nearest right word. */
      readonly message: string;
    };

/** What a scheme means, and what it would make of this model. */
export interface SchemeFacts {
  /** In words: `symmetric, one scale per output channel`. */
  readonly meaning: string;
  /** Of the weights that it applies to: floating-point tensors of two or more dimensions. Null where there are none. Outliers kept apart are not counted, their number is not known before. */
  readonly bitsPerWeight: number | null;
  /** Of the whole model, everything else as it is stored. */
  readonly byteLength: number;
}
