import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeShelf, encodeShelf, type Owner } from '../../../../src/host/cache/shelf';

const owner: Owner = { path: '/m.safetensors', stamp: '1 2 3 4', version: '1.0.0' };
const key = (i: number) => i.toString(16).padStart(32, '0');
const entries = new Map([
  [key(1), '{"a":1}'],
  [key(2), '{"name":"größe\\n"}'],
]);

describe('a file of the cache', () => {
  it.each([0, 1, 2])('comes back as it was: %i entries', async count => {
    const some = new Map([...entries].slice(0, count));
    expect(await decodeShelf(await encodeShelf(owner, some), owner)).toEqual(some);
  });

  it.each(['path', 'stamp', 'version'] as const)('counts for no other %s', async field => {
    const bytes = await encodeShelf(owner, entries);
    expect(await decodeShelf(bytes, { ...owner, [field]: 'other' })).toBeNull();
  });

  it('is refused when any byte of it is another one', async () => {
    const bytes = await encodeShelf(owner, entries);
    for (let at = 0; at < bytes.length; at++) {
      const broken = Uint8Array.from(bytes);
      broken[at]! ^= 1;
      const found = await decodeShelf(broken, owner);
      expect(found, `byte ${at}`).toBeNull();
    }
  });

  it('is refused when it is cut off', async () => {
    const bytes = await encodeShelf(owner, entries);
    for (let length = 0; length < bytes.length; length++)
      expect(await decodeShelf(bytes.subarray(0, length), owner)).toBeNull();
  });

  it('is refused when it is no file of ours', async () => {
    for (const text of ['', '\n', 'null\n', '[]\n', '"x"\n', '{}\n', '{"format":'])
      expect(await decodeShelf(Buffer.from(text), owner)).toBeNull();
  });

  it('is read to its end when somebody else wrote it without one', async () => {
    const sha256 = createHash('sha256').update('no newline').digest('hex');
    const head = JSON.stringify({ format: 'quantscope results 2', ...owner, sha256 });
    expect(await decodeShelf(Buffer.from(`${head}\nno newline`), owner)).toEqual(new Map());
  });
});
