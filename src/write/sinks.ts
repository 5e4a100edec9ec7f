import { type DType, dtypeInfo } from '../formats/dtype';
import { encoderFor } from '../formats/encode';
import { Fingerprint } from './fingerprint';
import type { OutputFile } from './output';
import type { Part, PlannedFile } from './plan';

/** A file that is open for writing. */
export interface OpenFile extends PlannedFile {
  readonly file: OutputFile;
  /** Of what was written of each tensor, by name. */
  readonly prints: Map<string, Fingerprint>;
}

/** Where a tensor goes: bytes from its first on. */
export interface Sink {
  put(bytes: Uint8Array, at: number): void;
  flush(): Promise<void>;
}

/** Opens a planned file's place for a tensor. Its bytes are remembered by their fingerprint. */
export function sinkOf({ file, offsets, prints }: OpenFile, name: string): Sink {
  const start = offsets.get(name)!;
  const print = new Fingerprint();
  prints.set(name, print);
  return {
    put(bytes, at) {
      print.add(bytes, at);
      file.put(bytes, start + at);
    },
    flush: () => file.flush(),
  };
}

/** Where a tensor of a dtype is written, and how many elements it has. */
export interface Place {
  readonly sink: Sink;
  readonly dtype: DType;
  readonly count: number;
}

/** The place of a tensor. */
export function placed(to: OpenFile, name: string, { dtype, shape }: Part): Place {
  return { sink: sinkOf(to, name), dtype, count: shape.reduce((a, b) => a * b, 1) };
}

/** Elements that come in order. */
export function sequence({ sink, dtype, count }: Place) {
  const encode = encoderFor(dtype);
  let done = 0;
  let at = 0;
  return {
    append(values: Float32Array | Int32Array) {
      const bytes = encode(values);
      sink.put(bytes, at);
      at += bytes.length;
      done += values.length;
    },
    check: () => checkCount(done, count),
  };
}

/** Elements of whole bytes that come with their numbers, mostly in order: neighbours are written together. */
export function column({ sink, dtype, count }: Place) {
  const encode = encoderFor(dtype);
  const bytesPerElement = dtypeInfo(dtype).bits / 8;
  let held: number[] = [];
  let first = 0;
  let done = 0;
  const release = () => {
    if (held.length > 0) sink.put(encode(held), first * bytesPerElement);
    first += held.length;
    held = [];
  };
  return {
    set(index: number, value: number) {
      if (index !== first + held.length) {
        release();
        first = index;
      }
      held.push(value);
      done++;
    },
    release,
    check() {
      release();
      checkCount(done, count);
    },
  };
}

/** What was not written would read as zeros. */
export function checkCount(done: number, count: number): void {
  if (done !== count) throw new Error(`${done} of ${count} elements were written`);
}
