import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { dtypes } from '../../../src/formats/dtype';
import { readSafetensors } from '../../../src/formats/safetensors';
import { bytesSource, countingSource, noCounts } from '../countingSource';
import { safetensors, safetensorsBytes, seeded } from './build';

const read = (bytes: Uint8Array) => readSafetensors(bytesSource(bytes), 'm.safetensors');
const one = (fields: object) => ({
  a: { dtype: 'F32', shape: [4], data_offsets: [0, 16], ...fields },
});

async function refusal(bytes: Uint8Array): Promise<WeightError> {
  const e = await read(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!WeightError.is(e)) throw new Error(`not refused with a WeightError: ${String(e)}`);
  return e;
}

test('tensors come in header order, wherever their bytes are', async () => {
  const header = {
    __metadata__: { format: 'pt', '1': 'x' },
    z: { dtype: 'F32', shape: [2, 2], data_offsets: [2, 18] },
    '0': { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
    scalar: { data_offsets: [18, 20], shape: [], dtype: 'BF16', extra: [{ x: 1.5 }] },
    empty: { dtype: 'F64', shape: [0, 7], data_offsets: [20, 20] },
  };
  const text = `{"__metadata__":{"format":"pt","1":"x"},"z":${JSON.stringify(header.z)},"0":${JSON.stringify(header['0'])},"scalar":${JSON.stringify(header.scalar)},"empty":${JSON.stringify(header.empty)}}   `;
  const file = await read(safetensors(text, 20));
  const start = 8 + text.length;
  expect(file.metadata).toEqual({ format: 'pt', '1': 'x' });
  expect(
    file.tensors.map(t => [
      t.name,
      t.dtype,
      t.shape,
      t.count,
      t.data.offset - start,
      t.data.byteLength,
    ]),
  ).toEqual([
    ['z', 'F32', [2, 2], 4, 2, 16],
    ['0', 'U8', [2], 2, 0, 2],
    ['scalar', 'BF16', [], 1, 18, 2],
    ['empty', 'F64', [0, 7], 0, 20, 0],
  ]);
  expect(file.tensors[0]!.data).toMatchObject({
    path: 'm.safetensors',
    byteOrder: 'little',
    fortranOrder: false,
  });
});

test('every dtype of safetensors is listed', async () => {
  for (const [dtype, { bits, block }] of Object.entries(dtypes)) {
    const header = { a: { dtype, shape: [8], data_offsets: [0, block ? 8 : bits] } };
    if (dtype === 'C128' || block)
      expect((await refusal(safetensors(header, bits))).message).toContain(
        `unknown dtype "${dtype}"`,
      );
    else
      expect((await read(safetensors(header, bits))).tensors[0]).toMatchObject({ dtype, count: 8 });
  }
});

test.each([
  ['an empty file of tensors', '{}'],
  ['null metadata', '{"__metadata__":null}'],
  ['white space around', ' \n{} \t\r'],
  ['an empty tensor name', '{"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'],
])('%s is accepted', async (_, text) => {
  expect((await read(safetensors(text))).findings).toEqual([]);
});

describe('what is refused', () => {
  const cases: [what: string, bytes: Uint8Array, tag: string, message: RegExp][] = [
    [
      'data past the end',
      safetensors(one({ shape: [400], data_offsets: [0, 1600] }), 16),
      'truncated',
      /^safetensors: tensor "a" ends at byte \d+, past the end of the file \(\d+\)$/,
    ],
    [
      'a float as dimension',
      safetensors('{"a":{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]}}', 16),
      'malformed',
      /non-negative integer in the shape of tensor "a", found 4\.0 \(byte 37\)/,
    ],
    [
      'an exponent as offset',
      safetensors('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16e0]}}', 16),
      'malformed',
      /data_offsets of tensor "a", found 16e0/,
    ],
    [
      'an integer past 2^53',
      safetensors('{"a":{"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0]}}'),
      'malformed',
      /found 9223372036854775808/,
    ],
    [
      'a tensor twice',
      safetensors(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      'malformed',
      /key "a" twice \(byte 61\)/,
    ],
    [
      'a tensor twice, written differently',
      safetensors(
        '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      ),
      'malformed',
      /key "a" twice/,
    ],
    [
      'a field twice',
      safetensors('{"a":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}}'),
      'malformed',
      /tensor "a" as a JSON object has the key "dtype" twice/,
    ],
    [
      'metadata twice',
      safetensors('{"__metadata__":{},"__metadata__":{}}'),
      'malformed',
      /key "__metadata__" twice/,
    ],
    [
      'a metadata key twice',
      safetensors('{"__metadata__":{"x":"1","x":"2"}}'),
      'malformed',
      /key "x" twice/,
    ],
    [
      'metadata that is a list',
      safetensors('{"__metadata__":[]}'),
      'malformed',
      /expected __metadata__ as a JSON object/,
    ],
    [
      'three offsets',
      safetensors('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0,0]}}'),
      'malformed',
      /data_offsets of tensor "a" has more than 2/,
    ],
    [
      'one offset',
      safetensors('{"a":{"dtype":"U8","shape":[0],"data_offsets":[0]}}'),
      'malformed',
      /not two numbers/,
    ],
    [
      'no dtype',
      safetensors('{"a":{"shape":[0],"data_offsets":[0,0]}}'),
      'malformed',
      /tensor "a" has no dtype/,
    ],
    [
      'no data_offsets',
      safetensors('{"a":{"dtype":"U8","shape":[0]}}'),
      'malformed',
      /tensor "a" has no data_offsets/,
    ],
    [
      'an entry in array form',
      safetensors('{"a":["U8",[0],[0,0]]}'),
      'malformed',
      /expected tensor "a" as a JSON object/,
    ],
    [
      'a dtype of the object prototype',
      safetensors(one({ dtype: 'toString' }), 16),
      'malformed',
      /unknown dtype "toString"/,
    ],
    [
      '65 dimensions',
      safetensors(one({ shape: new Array(65).fill(1) }), 16),
      'malformed',
      /more than 64/,
    ],
    [
      'half a byte',
      safetensors('{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}', 2),
      'malformed',
      /12 bits, which is not a whole number/,
    ],
    [
      'a hole before the first tensor',
      safetensors('{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', 2),
      'malformed',
      /leaving a hole after the header/,
    ],
    [
      'an empty tensor in a hole',
      safetensors('{"a":{"dtype":"U8","shape":[0],"data_offsets":[9,9]}}', 0),
      'malformed',
      /leaving a hole/,
    ],
    [
      'data without tensors',
      safetensors('{}', 3),
      'malformed',
      /the header ends at byte 10, but the file has 13 bytes/,
    ],
    [
      'more than JSON',
      safetensors('{}x'),
      'malformed',
      /expected nothing more, found "x" \(byte 10\)/,
    ],
    ['NUL padding', safetensors('{}\0\0'), 'malformed', /byte 10/],
    ['a byte order mark', safetensors('\ufeff{}'), 'malformed', /expected a JSON object/],
    [
      'a lone surrogate in a name',
      safetensors('{"\\udc00":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      'malformed',
      /not a valid JSON string/,
    ],
    [
      'bits that overflow',
      safetensors('{"a":{"dtype":"F64","shape":[9007199254740991],"data_offsets":[0,0]}}'),
      'malformed',
      /overflows/,
    ],
  ];
  test.each(cases)('%s', async (_, bytes, tag, message) => {
    const e = await refusal(bytes);
    expect(e.message).toMatch(message);
    expect(e.tag).toBe(tag);
    expect(e.details.format).toBe('safetensors');
  });

  test('byte offsets in messages count bytes, not characters', async () => {
    const text = '{"__metadata__":{"äöü":1}}';
    const e = await refusal(safetensors(text));
    const place = new TextEncoder().encode(text.slice(0, text.indexOf('1'))).length + 8;
    expect(e.details.offset).toBe(place);
  });

  test('a length of 2^63, or one byte over the limit, is refused before anything is allocated', async () => {
    for (const length of [2n ** 63n, 2n ** 64n - 1n, 100_000_001n]) {
      const bytes = safetensors('{}', 20);
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      const huge = { ...bytesSource(bytes), size: 2 ** 50 };
      const e = await readSafetensors(huge, 'x').catch((reason: unknown) => reason);
      expect(WeightError.is(e, 'over-limit')).toBe(true);
    }
  });
});

test('the reader reads the length and the header, and nothing else', async () => {
  const bytes = safetensors(one({ shape: [1000], data_offsets: [0, 4000] }), 4000);
  const counts = noCounts();
  await readSafetensors(countingSource(bytesSource(bytes), counts), 'x');
  expect(counts.bytes).toBe(bytes.length - 4000);
  expect(counts.reads).toBe(2);
});

test('a header of 100 000 tensors is read', async () => {
  const parts = Array.from(
    { length: 100_000 },
    (_, i) =>
      `"model.layers.${i}.mlp.experts.down_proj.weight":{"dtype":"BF16","shape":[2,1],"data_offsets":[${4 * i},${4 * i + 4}]}`,
  );
  const file = await read(safetensors(`{${parts.join(',')}}`, 400_000));
  expect(file.tensors.length).toBe(100_000);
  expect(file.tensors[99_999]).toMatchObject({
    name: 'model.layers.99999.mlp.experts.down_proj.weight',
    count: 2,
  });
});

test('bytes that are not UTF-8 are refused wherever they are', async () => {
  const header = new TextEncoder().encode('{"__metadata__":{"k":"vvvv"}}');
  for (const bad of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]]) {
    const bytes = header.slice();
    bytes.set(bad, 22);
    expect((await refusal(safetensorsBytes(bytes))).message).toContain('not valid UTF-8');
  }
});

describe('headers with seeded changes', () => {
  const text =
    '{"__metadata__":{"k":"\\u00e9"},"10":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"shape":[4], "dtype":"F4","data_offsets":[24,26]},"2":{"dtype":"U8","shape":[],"data_offsets":[26,27],"x":[1.5,null]}}';
  const parts = ['0', '9', '00', '9007199254740992', '.', 'e1', '-', '"', '\\', ',', ':', '{', '}'];
  const more = [
    '[',
    ']',
    ' ',
    '\n',
    '\0',
    'é',
    '"b"',
    '"2"',
    '\\u0062',
    '"dtype"',
    '"x":1,',
    'null',
  ];
  const pieces = [...parts, ...more];

  function changed(random: () => number): string {
    const below = (n: number) => Math.floor(random() * n);
    const at = below(text.length);
    const piece = random() < 0.5 ? pieces[below(pieces.length)]! : text.slice(below(text.length));
    const cut = random() < 0.5 ? piece : piece.slice(0, below(60));
    return text.slice(0, at) + cut + text.slice(at + below(3));
  }

  test('what is accepted is what JSON.parse has, key for key', async () => {
    const random = seeded(11);
    let accepted = 0;
    for (let i = 0; i < 20_000; i++) {
      const header = changed(random);
      const file = await read(safetensors(header, 27)).catch((e: unknown) => {
        if (!WeightError.is(e)) throw e;
      });
      if (!file) continue;
      accepted++;
      const { __metadata__: metadata, ...entries } = JSON.parse(header);
      expect(file.metadata).toEqual(metadata ?? {});
      // JSON.parse keeps one of two equal keys: as many as there are means that none came twice.
      expect(file.tensors.map(t => t.name).sort()).toEqual(Object.keys(entries).sort());
      for (const { name, dtype, shape, data } of file.tensors) {
        const start = data.offset - 8 - new TextEncoder().encode(header).length;
        const data_offsets = [start, start + data.byteLength];
        expect({ dtype, shape, data_offsets }).toEqual({
          dtype: entries[name].dtype,
          shape: entries[name].shape,
          data_offsets: entries[name].data_offsets,
        });
      }
    }
    expect(accepted).toBeGreaterThan(100);
  });
});

test('tensors whose data is in any order are placed, and a swap is found', async () => {
  const random = seeded(3);
  const names = Array.from({ length: 500 }, (_, i) => i);
  for (let i = names.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [names[i], names[j]] = [names[j]!, names[i]!];
  }
  const entry = (i: number, shift = 0) =>
    `"t${i}":{"dtype":"U8","shape":[2],"data_offsets":[${2 * i + shift},${2 * i + 2 + shift}]}`;
  const file = await read(safetensors(`{${names.map(i => entry(i)).join(',')}}`, 1000));
  expect(file.tensors.map(t => t.name)).toEqual(names.map(i => `t${i}`));
  const shifted = names.map(i => entry(i, i === 250 ? -1 : 0));
  expect((await refusal(safetensors(`{${shifted.join(',')}}`, 1000))).message).toMatch(
    /^safetensors: tensor "t250" starts at byte \d+, overlapping tensor "t249", which ends/,
  );
});
