import type { Cursor } from './cursor';
import { flaw } from './flaw';

/** Entries of an array that are kept. */
const shownEntries = 8;
/** Bytes of a string that are kept: a chat template has some ten thousand. */
const shownString = 2 ** 18;
/** Bytes of a string in an array that are kept. */
const shownEntryString = 200;
/** ggml's own limit on the length of names of values and tensors is lower; on strings and arrays it is 2^30. */
const maxName = 65535;

/** One value's type: its size, and its text once its bytes are there. */
interface NumberType {
  readonly name: string;
  readonly bytes: number;
  text(cursor: Cursor): string;
}

/** By type number; a string is 8 and an array 9. */
const numberTypes: Readonly<Record<number, NumberType>> = {
  0: { name: 'u8', bytes: 1, text: c => String(c.u8()) },
  1: { name: 'i8', bytes: 1, text: c => String(c.i8()) },
  2: { name: 'u16', bytes: 2, text: c => String(c.u16()) },
  3: { name: 'i16', bytes: 2, text: c => String(c.i16()) },
  4: { name: 'u32', bytes: 4, text: c => String(c.u32()) },
  5: { name: 'i32', bytes: 4, text: c => String(c.i32()) },
  6: { name: 'f32', bytes: 4, text: c => shortestFloat32(c.f32()) },
  7: { name: 'bool', bytes: 1, text: c => String(c.u8() !== 0) },
  10: { name: 'u64', bytes: 8, text: c => String(c.u64()) },
  11: { name: 'i64', bytes: 8, text: c => String(c.i64()) },
  12: { name: 'f64', bytes: 8, text: c => String(c.f64()) },
};
const stringType = 8;
const arrayType = 9;

/** The fewest digits that tell a float32 from its neighbours. */
function shortestFloat32(x: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return String(short);
  }
  return String(x);
}

/** A value of the metadata. */
export interface Value {
  /** The type's number in the file. */
  readonly type: number;
  /** For people; an array is its count and its first entries. */
  readonly text: string;
}

/**
 * Reads a value. Only a little of a long array or string is kept, and what is stepped over is read only where it has to be.
 * @param key for messages
 */
export async function readValue(cursor: Cursor, key: string): Promise<Value> {
  const what = `metadata value ${key}`;
  await cursor.need(4, `the type of ${what}`);
  const type = cursor.u32();
  if (type === arrayType) return { type, text: await readArray(cursor, what) };
  if (type === stringType) return { type, text: await readText(cursor, shownString, what) };
  const number = numberTypes[type];
  if (!number) throw unknownType(type, what, cursor.position - 4);
  await cursor.need(number.bytes, what);
  return { type, text: number.text(cursor) };
}

function unknownType(type: number, what: string, offset: number) {
  return flaw('malformed', `${what} has the unknown type ${type}`, { offset, actual: type });
}

async function readArray(cursor: Cursor, what: string): Promise<string> {
  await cursor.need(12, `the header of ${what}`);
  const type = cursor.u32();
  const count = readLength(cursor, what, type === stringType ? 8 : (numberTypes[type]?.bytes ?? 1));
  if (type === arrayType)
    throw flaw('malformed', `${what} is an array of arrays, which GGUF does not have`, {
      offset: cursor.position - 12,
    });
  if (type === stringType) return listed('string', count, await readTexts(cursor, count, what));
  const number = numberTypes[type];
  if (!number) throw unknownType(type, what, cursor.position - 12);
  const shown = Math.min(count, shownEntries);
  await cursor.need(shown * number.bytes, what);
  const entries = Array.from({ length: shown }, () => number.text(cursor));
  cursor.skip((count - shown) * number.bytes, what);
  return listed(number.name, count, entries);
}

function listed(type: string, count: number, entries: readonly string[]): string {
  const more = count > entries.length ? ', ...' : '';
  return `[${type} x ${count}]${entries.length > 0 ? ' ' : ''}${entries.join(', ')}${more}`;
}

/** All strings have to be stepped through: each says how long it is. */
async function readTexts(cursor: Cursor, count: number, what: string): Promise<string[]> {
  const shown = Math.min(count, shownEntries);
  const texts: string[] = [];
  for (let i = 0; i < shown; i++) texts.push(await readText(cursor, shownEntryString, what));
  for (let i = shown; i < count; i++) {
    if (!cursor.has(8)) await cursor.need(8, what);
    cursor.skip(readLength(cursor, what, 1), what);
  }
  return texts;
}

async function readText(cursor: Cursor, most: number, what: string): Promise<string> {
  await cursor.need(8, `the length of ${what}`);
  const length = readLength(cursor, what, 1);
  if (length <= most) {
    await cursor.need(length, what);
    return cursor.text(length);
  }
  await cursor.need(most, what);
  const start = cursor.text(most).replace(/\ufffd$/, '');
  cursor.skip(length - most, what);
  return `${start}... (${length} bytes)`;
}

/** A length that `need` has made ready; so many items of so many bytes must be in the file. */
function readLength(cursor: Cursor, what: string, itemBytes: number): number {
  const offset = cursor.position;
  const length = cursor.u64();
  if (length * BigInt(itemBytes) <= BigInt(cursor.left)) return Number(length);
  throw flaw(
    'truncated',
    `${what} has length ${length} at byte ${offset}, past the end of the file`,
    { offset, actual: String(length), expected: Math.floor(cursor.left / itemBytes) },
  );
}

/**
 * Reads the name of a value or a tensor.
 * @param what it names, for messages
 */
export async function readName(cursor: Cursor, what: string): Promise<string> {
  await cursor.need(8, `the name of ${what}`);
  const offset = cursor.position;
  const length = readLength(cursor, `the name of ${what}`, 1);
  if (length > maxName)
    throw flaw(
      'over-limit',
      `the name of ${what} has ${length} bytes, over the limit of ${maxName}`,
      {
        ...{ offset, expected: maxName, actual: length },
      },
    );
  await cursor.need(length, `the name of ${what}`);
  const name = cursor.name(length);
  if (name === undefined)
    throw flaw('malformed', `the name of ${what} at byte ${offset + 8} is not valid UTF-8`, {
      offset: offset + 8,
    });
  return name;
}
