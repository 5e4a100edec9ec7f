/** Every way a weight file, or a request about one, can fail. The tag is the contract; the text is for people. */
export type WeightErrorTag =
  | 'not-this-format'
  | 'malformed'
  | 'truncated'
  | 'over-limit'
  | 'unsupported'
  | 'io'
  | 'cancelled';

/** What is known about a failure beyond its text. */
export interface WeightErrorDetails {
  readonly format?: string;
  readonly tensor?: string;
  /** The file at fault when it is not the one that was asked for (a shard). */
  readonly file?: string;
  /** Absolute byte offset in the file, when one byte is to blame. */
  readonly offset?: number;
  readonly expected?: string | number;
  readonly actual?: string | number;
}

/** A failure that a person can understand and act on. The message names no path: whoever shows it puts the file in front. */
export class WeightError extends Error {
  override readonly name = 'WeightError';
  readonly tag: WeightErrorTag;
  readonly details: WeightErrorDetails;

  constructor(
    tag: WeightErrorTag,
    message: string,
    details: WeightErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.tag = tag;
    this.details = details;
  }

  /** Narrows `e` to a WeightError; with tags, only to those. */
  static is(e: unknown, ...tags: WeightErrorTag[]): e is WeightError {
    return e instanceof WeightError && (tags.length === 0 || tags.includes(e.tag));
  }
}

/** What crosses a thread or iframe boundary: structured clone drops class identity, so we send data. */
export interface WireError {
  readonly tag: WeightErrorTag | 'internal';
  readonly message: string;
  readonly details: WeightErrorDetails;
}

/** Makes any thrown value fit to cross a boundary. */
export function toWire(e: unknown): WireError {
  if (WeightError.is(e)) return { tag: e.tag, message: e.message, details: e.details };
  return { tag: 'internal', message: e instanceof Error ? e.message : String(e), details: {} };
}

/** The inverse of `toWire`. */
export function fromWire(w: WireError): Error {
  return w.tag === 'internal' ? new Error(w.message) : new WeightError(w.tag, w.message, w.details);
}

/** Throws `cancelled` when the signal was aborted. Call it between chunks. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new WeightError('cancelled', 'cancelled');
}
