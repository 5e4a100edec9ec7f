/** A metadata value: its type's number, and the bytes of the value; see the makers below. */
export interface Value {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** A tensor; sizes have the innermost first. */
export interface Tensor {
  readonly name: string | Uint8Array;
  readonly sizes: readonly (number | bigint)[];
  readonly type: number;
  readonly data?: Uint8Array;
  /** What the header says instead of the truth. */
  readonly offset?: number | bigint;
}

/** A GGUF file, and the lies that it may tell. */
export interface File {
  readonly version?: number;
  readonly big?: boolean;
  readonly values?: readonly (readonly [key: string, Value])[];
  readonly tensors?: readonly Tensor[];
  readonly valueCount?: number | bigint;
  readonly tensorCount?: number | bigint;
  readonly alignment?: number;
}

function number(
  byteLength: number,
  write: (view: DataView, little: boolean) => void,
  big: boolean,
): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  write(new DataView(bytes.buffer), !big);
  return bytes;
}

const u32 = (x: number, big = false) => number(4, (v, little) => v.setUint32(0, x, little), big);
const u64 = (x: number | bigint, big = false) =>
  number(8, (v, little) => v.setBigUint64(0, BigInt(x), little), big);
const joinAll = (parts: readonly Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const join = (...parts: readonly Uint8Array[]) => joinAll(parts);
const utf8 = (text: string | Uint8Array) =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;
const text = (x: string | Uint8Array, big = false) => join(u64(utf8(x).length, big), utf8(x));

/** Makers of values, in one byte order. */
export function valuesIn(big: boolean) {
  const of = (
    type: number,
    byteLength: number,
    write: (v: DataView, l: boolean) => void,
  ): Value => ({
    type,
    bytes: number(byteLength, write, big),
  });
  return {
    u8: (x: number) => of(0, 1, v => v.setUint8(0, x)),
    i8: (x: number) => of(1, 1, v => v.setInt8(0, x)),
    u16: (x: number) => of(2, 2, (v, l) => v.setUint16(0, x, l)),
    i16: (x: number) => of(3, 2, (v, l) => v.setInt16(0, x, l)),
    u32: (x: number) => of(4, 4, (v, l) => v.setUint32(0, x, l)),
    i32: (x: number) => of(5, 4, (v, l) => v.setInt32(0, x, l)),
    f32: (x: number) => of(6, 4, (v, l) => v.setFloat32(0, x, l)),
    bool: (x: boolean) => of(7, 1, v => v.setUint8(0, Number(x))),
    string: (x: string | Uint8Array): Value => ({ type: 8, bytes: text(x, big) }),
    /** Items of one type; `count` is what the header says instead of the truth. */
    array: (
      type: number,
      items: readonly Value[],
      count: number | bigint = items.length,
    ): Value => ({
      type: 9,
      bytes: join(u32(type, big), u64(count, big), joinAll(items.map(i => i.bytes))),
    }),
    u64: (x: bigint) => of(10, 8, (v, l) => v.setBigUint64(0, x, l)),
    i64: (x: bigint) => of(11, 8, (v, l) => v.setBigInt64(0, x, l)),
    f64: (x: number) => of(12, 8, (v, l) => v.setFloat64(0, x, l)),
  };
}

/** Little-endian ones. */
export const values = valuesIn(false);

/** The bytes of a file. Data is laid out in the order of the tensors, padded to the alignment. */
export function gguf(file: File): Uint8Array {
  const { version = 3, big = false, alignment = 32 } = file;
  const { values: own = [], tensors = [] } = file;
  const padded = (length: number) => Math.ceil(length / alignment) * alignment;
  let next = 0;
  const infos = tensors.map(t => {
    const offset = t.offset ?? next;
    next += padded(t.data?.length ?? 0);
    return join(
      ...[text(t.name, big), u32(t.sizes.length, big), ...t.sizes.map(n => u64(n, big))],
      ...[u32(t.type, big), u64(offset, big)],
    );
  });
  const head = join(
    ...[utf8('GGUF'), u32(version, big)],
    ...[u64(file.tensorCount ?? tensors.length, big), u64(file.valueCount ?? own.length, big)],
    ...own.map(([key, { type, bytes }]) => join(text(key, big), u32(type, big), bytes)),
    ...infos,
  );
  const bytes = new Uint8Array(padded(head.length) + next);
  bytes.set(head);
  let at = padded(head.length);
  for (const { data = new Uint8Array(0) } of tensors) {
    bytes.set(data, at);
    at += padded(data.length);
  }
  return bytes;
}

/** Float32 values as bytes. */
export function floats(count: number, big = false): Uint8Array {
  const bytes = new Uint8Array(4 * count);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count; i++) view.setFloat32(4 * i, i / 2, !big);
  return bytes;
}
