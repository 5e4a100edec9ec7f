import { webcrypto } from 'node:crypto';
import { pacer } from './pace';

/** What the results of one file of the cache are of. */
export interface Owner {
  /** The file of tensors. */
  readonly path: string;
  /** Its identity, see `FileIdentity`. */
  readonly stamp: string;
  /** Of the product: another one may compute other figures. */
  readonly version: string;
}

/** Results as JSON texts, by key (32 hexadecimal digits). */
export type Entries = ReadonlyMap<string, string>;

/** Names the format in its first line; another number, another format. */
const format = 'quantscope results 2';
const newline = 0x0a;
const keyLength = 32;

interface Head extends Owner {
  readonly format: string;
  /** Of everything after the first line. */
  readonly sha256: string;
}

/** A file of the cache: a line of JSON that says whose results follow, then a line for each: key, space, JSON. */
export async function encodeShelf(owner: Owner, entries: Entries): Promise<Uint8Array> {
  const pause = pacer();
  const lines: Uint8Array[] = [];
  for (const [key, text] of entries) {
    lines.push(Buffer.from(`${key} ${text}\n`));
    await pause();
  }
  const body = Buffer.concat(lines);
  const head: Head = { format, ...owner, sha256: await digest(body) };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

/** The entries of a file of the cache; null when it is corrupt, foreign, or of another owner. */
export async function decodeShelf(bytes: Uint8Array, owner: Owner): Promise<Entries | null> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.indexOf(newline);
  const head = end < 0 ? null : parseHead(buffer.toString('utf8', 0, end));
  if (!head || !isOf(head, owner)) return null;
  const body = buffer.subarray(end + 1);
  return (await digest(body)) === head.sha256 ? readLines(body) : null;
}

function parseHead(line: string): Partial<Head> | null {
  try {
    const head: unknown = JSON.parse(line);
    return typeof head === 'object' ? head : null;
  } catch {
    return null; // not a line of ours
  }
}

function isOf(head: Partial<Head>, { path, stamp, version }: Owner): boolean {
  const { format: found } = head;
  return found === format && head.path === path && head.stamp === stamp && head.version === version;
}

/** Each text is a string of its own: one that is kept does not keep the file. */
async function readLines(body: Buffer): Promise<Entries> {
  const pause = pacer();
  const entries = new Map<string, string>();
  let from = 0;
  for (let end = body.indexOf(newline); end >= 0; end = body.indexOf(newline, from)) {
    const key = body.toString('latin1', from, from + keyLength);
    entries.set(key, body.toString('utf8', from + keyLength + 1, end));
    from = end + 1;
    await pause();
  }
  return entries;
}

/** Computed on another thread, however much it is. */
async function digest(bytes: Buffer): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}
