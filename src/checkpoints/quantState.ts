import { countOf, objectOf } from './quantHints';

/** What bitsandbytes stores of a 4-bit weight as JSON. */
export interface QuantState {
  /** [out, in] */
  readonly shape: readonly number[];
  /** Weights of a block. */
  readonly blockSize: number;
  /** How absmax is quantized in turn; null where it is not. */
  readonly nested: { readonly blockSize: number; readonly offset: number } | null;
}

/** Parses that JSON; else what is wrong with it, as the end of a sentence. */
export function quantStateOf(bytes: Uint8Array): QuantState | string {
  const json = objectOf(parsed(bytes));
  const shape = shapeOf(json.shape);
  if (!shape) return 'tells no shape of positive integers';
  const blockSize = json.blocksize === undefined ? 64 : countOf(json.blocksize);
  if (!blockSize) return 'tells no block size';
  if (json.nested_blocksize === undefined && json.nested_offset === undefined)
    return { shape, blockSize, nested: null };
  const nestedBlockSize = countOf(json.nested_blocksize);
  const offset = json.nested_offset;
  if (!nestedBlockSize || typeof offset !== 'number')
    return 'tells a nested block size without an offset, or the reverse';
  return { shape, blockSize, nested: { blockSize: nestedBlockSize, offset } };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null; // it then tells nothing
  }
}

function shapeOf(value: unknown): readonly number[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const shape = value.map(countOf);
  const isWhole = (d: number | null): d is number => d !== null;
  if (!shape.every(isWhole)) return null;
  return Number.isSafeInteger(shape.reduce((a, b) => a * b, 1)) ? shape : null;
}
