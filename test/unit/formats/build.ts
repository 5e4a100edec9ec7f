import { crc32, deflateRawSync } from 'node:zlib';
import type { TensorEntry } from '../../../src/formats/tensorFile';

/** A safetensors file from the text (or object) of its header and its data. */
export function safetensors(header: unknown, data: Uint8Array | number = 0): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  return safetensorsBytes(new TextEncoder().encode(text), data);
}

export function safetensorsBytes(header: Uint8Array, data: Uint8Array | number = 0): Uint8Array {
  const payload = typeof data === 'number' ? new Uint8Array(data) : data;
  const bytes = new Uint8Array(8 + header.length + payload.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  bytes.set(payload, 8 + header.length);
  return bytes;
}

/** A .npy file from the text of its header. */
export function npy(header: string, data: Uint8Array | number = 0, version = 1): Uint8Array {
  const payload = typeof data === 'number' ? new Uint8Array(data) : data;
  const text = new TextEncoder().encode(header);
  const start = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(start + text.length + payload.length);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  bytes.set(text, start);
  bytes.set(payload, start + text.length);
  return bytes;
}

/** The usual header text. */
export function npyText(descr: string, shape: readonly number[], fortran = false): string {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  return `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }\n`;
}

/** One member of a zip, and the lies its records may tell. */
export interface Member {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  /** What the central directory says instead of the truth. */
  readonly size?: number;
  readonly compressedSize?: number;
  /** As numpy writes: sizes in a ZIP64 field of the local header, though they are small. */
  readonly localZip64?: boolean;
}

/** A zip of these members; `zip64` moves all sizes and offsets of the directory into ZIP64 records. */
export function zip(members: readonly Member[], zip64 = false): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const m of members) {
    const stored = m.deflate ? deflateRawSync(m.data) : Buffer.from(m.data);
    const record = { m, stored, offset };
    const local = localHeader(record);
    parts.push(local, stored);
    directory.push(centralRecord(record, zip64));
    offset += local.length + stored.length;
  }
  const central = Buffer.concat(directory);
  return new Uint8Array(
    Buffer.concat([
      ...parts,
      central,
      endRecords(members.length, central.length, { offset, zip64 }),
    ]),
  );
}

interface Placed {
  readonly m: Member;
  readonly stored: Buffer;
  readonly offset: number;
}

const methodOf = (m: Member) => m.method ?? (m.deflate ? 8 : 0);
const crcOf = (m: Member) => m.crc ?? crc32(m.data);

function localHeader({ m, stored }: Placed): Buffer {
  const name = Buffer.from(m.name);
  const extra = Buffer.alloc(m.localZip64 ? 20 : 0);
  if (m.localZip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(16, 2);
    extra.writeBigUInt64LE(BigInt(m.data.length), 4);
    extra.writeBigUInt64LE(BigInt(stored.length), 12);
  }
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(45, 4);
  head.writeUInt16LE(m.flags ?? 0, 6);
  head.writeUInt16LE(methodOf(m), 8);
  head.writeUInt32LE(crcOf(m), 14);
  head.writeUInt32LE(m.localZip64 ? 0xffffffff : stored.length, 18);
  head.writeUInt32LE(m.localZip64 ? 0xffffffff : m.data.length, 22);
  head.writeUInt16LE(name.length, 26);
  head.writeUInt16LE(extra.length, 28);
  return Buffer.concat([head, name, extra]);
}

function centralRecord({ m, stored, offset }: Placed, zip64: boolean): Buffer {
  const name = Buffer.from(m.name);
  const size = m.size ?? m.data.length;
  const compressed = m.compressedSize ?? stored.length;
  const extra = Buffer.alloc(zip64 ? 28 : 0);
  if (zip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(size), 4);
    extra.writeBigUInt64LE(BigInt(compressed), 12);
    extra.writeBigUInt64LE(BigInt(offset), 20);
  }
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(45, 4);
  head.writeUInt16LE(45, 6);
  head.writeUInt16LE(m.flags ?? 0, 8);
  head.writeUInt16LE(methodOf(m), 10);
  head.writeUInt32LE(crcOf(m), 16);
  head.writeUInt32LE(zip64 ? 0xffffffff : compressed, 20);
  head.writeUInt32LE(zip64 ? 0xffffffff : size, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(zip64 ? 0xffffffff : offset, 42);
  return Buffer.concat([head, name, extra]);
}

function endRecords(
  count: number,
  length: number,
  { offset, zip64 }: { offset: number; zip64: boolean },
): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  if (!zip64) return end;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(length), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}

/** An entry whose data begins at offset 0. */
export function entryOf(
  dtype: TensorEntry['dtype'],
  shape: readonly number[],
  data: Partial<TensorEntry['data']> & { byteLength: number },
): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1);
  const place = { path: 'x', offset: 0, byteOrder: 'little', fortranOrder: false } as const;
  return { name: 'x', dtype, shape, count, data: { ...place, ...data } };
}

/** A random generator with a seed: the same numbers on every machine. */
export function seeded(seed: number): () => number {
  let s = seed >>> 0;
  return () => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
