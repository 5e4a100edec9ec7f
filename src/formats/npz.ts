import { type ByteSource, readBytes } from '../base/bytes';
import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import { npyHeadBytes, parseNpyHeader, surplus } from './npy';
import type { Finding, TensorEntry, TensorFile, ZipMember } from './tensorFile';
import { inflateMember, type ListedMember, listZip, memberStart, zipFlaw } from './zip';

/**
 * Reads the names and headers of a .npz: a zip of .npy members, as numpy's savez and savez_compressed write it. Other
 * members are passed over. A member that cannot be read is a Finding, unless none can.
 * @throws WeightError 'truncated', 'malformed', 'over-limit', 'unsupported', and what `source` throws
 * @source numpy/numpy numpy/lib/_npyio_impl.py, class NpzFile
 */
export async function readNpz(
  source: ByteSource,
  path: string,
  signal?: AbortSignal,
): Promise<TensorFile> {
  const members = await listZip(source, signal).catch(e => explain(e, source, signal));
  const arrays = members.filter(m => m.name.endsWith('.npy'));
  if (arrays.length === 0)
    throw zipFlaw('malformed', `no .npy member among the ${members.length} in the archive`, {
      expected: 1,
      actual: 0,
    });
  const findings: Finding[] = [];
  const tensors: TensorEntry[] = [];
  let firstFlaw: WeightError | undefined;
  for (const listed of lastOfEachName(arrays, findings)) {
    const name = listed.name.slice(0, -'.npy'.length);
    try {
      const { entry, findings: own } = await readMember(source, listed, { path, name }, signal);
      tensors.push(entry);
      findings.push(...own);
    } catch (e) {
      if (!WeightError.is(e) || e.tag === 'io' || e.tag === 'cancelled') throw e;
      firstFlaw ??= e;
      findings.push({
        severity: 'error',
        message: `${quote(name)} is left out: ${e.message}`,
        tensor: name,
      });
    }
  }
  if (tensors.length === 0 && firstFlaw) throw noneReadable(firstFlaw, arrays.length);
  return { format: 'npz', metadata: {}, tensors, findings };
}

/** A zip may have anything in front of it, so only one that cannot be listed is asked whether it starts like one. */
async function explain(e: unknown, source: ByteSource, signal?: AbortSignal): Promise<never> {
  if (!WeightError.is(e, 'truncated', 'malformed')) throw e;
  const head = await readBytes(source, 0, Math.min(2, source.size), signal);
  const start = String.fromCharCode(...head);
  if (start === 'PK' || start === '') throw e;
  throw zipFlaw(
    'not-this-format',
    `the file is not a zip archive: it starts with ${JSON.stringify(start)}, expected "PK"`,
    { offset: 0, expected: 'PK', actual: start },
  );
}

/** When a name comes twice, zip readers take the last. */
function lastOfEachName(arrays: readonly ListedMember[], findings: Finding[]): ListedMember[] {
  const byName = new Map<string, ListedMember>();
  for (const m of arrays) {
    if (byName.has(m.name))
      findings.push({
        severity: 'warning',
        message: `the archive has member ${quote(m.name)} more than once; the last one is shown`,
        tensor: m.name.slice(0, -'.npy'.length),
      });
    byName.set(m.name, m);
  }
  return [...byName.values()];
}

async function readMember(
  source: ByteSource,
  listed: ListedMember,
  { path, name }: { path: string; name: string },
  signal: AbortSignal | undefined,
): Promise<{ entry: TensorEntry; findings: Finding[] }> {
  if ('flaw' in listed) throw listed.flaw;
  const { member } = listed;
  const head = await readHead(source, member, signal);
  const { dtype, shape, count, ...place } = inMember(member, () =>
    parseNpyHeader(head, member.size, name),
  );
  return {
    entry: { name, dtype, shape, count, data: { path, ...place, zip: member } },
    findings: surplus(place, member.size, name),
  };
}

/** Names the member in an error of the .npy reader. */
function inMember<T>({ name }: ZipMember, parse: () => T): T {
  try {
    return parse();
  } catch (e) {
    if (!WeightError.is(e)) throw e;
    throw zipFlaw(e.tag, `member ${quote(name)}: ${e.message}`, { ...e.details, format: 'npz' });
  }
}

/** The first bytes of a member's content: enough for its .npy header. Inflates no more than that. */
async function readHead(
  source: ByteSource,
  member: ZipMember,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const start = await memberStart(source, member, signal);
  const head = new Uint8Array(Math.min(member.size, npyHeadBytes));
  if (member.method === 'stored') {
    await source.read(start, head, signal);
    return head;
  }
  const compressedSize = Math.min(member.compressedSize, maxCompressedHead);
  const job = { member: { ...member, compressedSize }, start, pieceBytes: maxCompressedHead / 3 };
  let filled = 0;
  for await (const piece of inflateMember(source, job, signal)) {
    const part = piece.subarray(0, head.length - filled);
    head.set(part, filled);
    filled += part.length;
    if (filled === head.length) return head;
  }
  throw zipFlaw(
    'truncated',
    `member ${quote(member.name)} inflates to ${filled} bytes, expected ${member.size}`,
    { tensor: member.name, expected: member.size, actual: filled },
  );
}

/**
 * A header of at most 10 kB never deflates to more than a third of this, which is read at a time; what does is made to
 * waste time, and is cut off.
 */
const maxCompressedHead = 48 * 1024;

function noneReadable(first: WeightError, count: number): WeightError {
  if (count === 1) return first;
  return new WeightError(
    first.tag,
    `${first.message}; none of the ${count} arrays can be read`,
    first.details,
    { cause: first },
  );
}
