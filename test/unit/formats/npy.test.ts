import { describe, expect, test } from 'vitest';
import { WeightError } from '../../../src/base/errors';
import { readNpy } from '../../../src/formats/npy';
import { parsePythonLiteral } from '../../../src/formats/pythonLiteral';
import { bytesSource, countingSource, noCounts } from '../countingSource';
import { npy, npyText } from './build';

const read = (bytes: Uint8Array) => readNpy(bytesSource(bytes), { path: 'a.npy', name: 'a' });

async function refusal(bytes: Uint8Array): Promise<WeightError> {
  const e = await read(bytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!WeightError.is(e)) throw new Error(`not refused with a WeightError: ${String(e)}`);
  return e;
}

describe('dtypes', () => {
  test.each([
    ['|b1', 'BOOL', 1],
    ['|i1', 'I8', 1],
    ['<i2', 'I16', 2],
    ['<i4', 'I32', 4],
    ['<i8', 'I64', 8],
    ['|u1', 'U8', 1],
    ['<u2', 'U16', 2],
    ['<u4', 'U32', 4],
    ['<u8', 'U64', 8],
    ['<f2', 'F16', 2],
    ['<f4', 'F32', 4],
    ['<f8', 'F64', 8],
    ['<c8', 'C64', 8],
    ['<c16', 'C128', 16],
    ['<V2', 'BF16', 2],
    ['|V2', 'BF16', 2],
    ['bfloat16', 'BF16', 2],
    ['<f1', 'F8_E5M2', 1],
    ['=f4', 'F32', 4],
  ])('%s is %s', async (descr, dtype, size) => {
    const text = npyText(descr, [3]);
    const { tensors, findings } = await read(npy(text, 3 * size));
    expect(tensors).toEqual([
      {
        name: 'a',
        dtype,
        shape: [3],
        count: 3,
        data: {
          path: 'a.npy',
          offset: 10 + text.length,
          byteLength: 3 * size,
          byteOrder: 'little',
          fortranOrder: false,
        },
      },
    ]);
    expect(findings).toEqual([]);
  });

  test.each([
    ['>i2', 'big'],
    ['>f4', 'big'],
    ['>c16', 'big'],
    ['>i1', 'little'],
  ])('%s is stored %s', async (descr, order) => {
    expect((await read(npy(npyText(descr, [2]), 32))).tensors[0]?.data.byteOrder).toBe(order);
  });

  test.each([
    ['|O', /pickles/],
    ['<U2', /text/],
    ['|S3', /text/],
    ['<M8[ns]', /dates/],
    ['<m8[s]', /time spans/],
    ['|V1', /raw bytes/],
    ['|V4', /raw bytes/],
    ['>V2', /raw bytes/],
    ['<f16', /differs between machines/],
    ['<c32', /differs between machines/],
    ['<i3', /not known/],
    ['', /not known/],
    ['f', /differs/],
    ['<f4x', /differs/],
    ['constructor', /complex|not known/],
  ])('%j is unsupported, with the reason', async (descr, reason) => {
    const e = await refusal(npy(npyText(descr, [2]), 64));
    expect(e.tag).toBe('unsupported');
    expect(e.message).toMatch(reason);
    expect(e.message).toContain(JSON.stringify(descr));
  });
});

describe('headers that other writers make', () => {
  test.each([
    ['keys in any order', "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': True}"],
    ['double quotes and no spaces', '{"descr":"<f4","fortran_order":True,"shape":(2,3)}'],
    ['long integers of Python 2', "{'descr': '<f4', 'fortran_order': True, 'shape': (2L, 3L), }"],
    ['a list as shape', "{'descr': '<f4', 'fortran_order': True, 'shape': [2, 3]}"],
    ['padding', `{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }${' '.repeat(60)}\n`],
  ])('%s', async (_, text) => {
    for (const version of [1, 2, 3]) {
      const { tensors } = await read(npy(text, 24, version));
      expect(tensors[0]).toMatchObject({
        dtype: 'F32',
        shape: [2, 3],
        data: { fortranOrder: true },
      });
    }
  });
});

describe('what is refused', () => {
  const usual = npyText('<f4', [4]);
  const cases: [what: string, bytes: Uint8Array, tag: string, message: RegExp][] = [
    [
      'a call',
      npy("{'descr': open('x'), 'fortran_order': False, 'shape': ()}", 4),
      'malformed',
      /expected a literal .*found "open\('x'\), '" \(byte 20\)/,
    ],
    [
      'an operator',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1+1,)}", 8),
      'malformed',
      /found "\+1/,
    ],
    [
      'a key twice',
      npy("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4),
      'malformed',
      /"descr" comes twice/,
    ],
    [
      'a key too many',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}", 4),
      'malformed',
      /unknown key "x"/,
    ],
    [
      'a bare number as shape',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3)}", 12),
      'malformed',
      /shape is not a tuple/,
    ],
    ['a negative dimension', npy(npyText('<f4', [-1]), 4), 'malformed', /dimension -1/],
    [
      'a boolean dimension',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (True,)}", 4),
      'malformed',
      /dimension true/,
    ],
    [
      'a fraction as dimension',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1.0,)}", 4),
      'malformed',
      /expected a literal/,
    ],
    ['65 dimensions', npy(npyText('<f4', new Array(65).fill(1)), 4), 'malformed', /65 dimensions/],
    [
      'a number as fortran_order',
      npy("{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", 4),
      'malformed',
      /neither True nor False/,
    ],
    ['a list that is not a dict', npy('[1, 2]', 4), 'malformed', /not a dict/],
    [
      'elements that overflow',
      npy(npyText('<f4', [2 ** 40, 2 ** 40]), 4),
      'malformed',
      /overflows/,
    ],
    ['bytes that overflow', npy(npyText('<f8', [2 ** 52]), 4), 'malformed', /overflows/],
    [
      'more data than there is',
      npy(npyText('<f4', [2 ** 40]), 4),
      'truncated',
      /ends at byte 43980465111\d\d, past the end of the file/,
    ],
    [
      'a structured dtype',
      npy("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': ()}", 4),
      'unsupported',
      /structured/,
    ],
    [
      'an integer past 2^53',
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (9007199254740993,)}", 4),
      'malformed',
      /too large/,
    ],
    ['a minor version', npy(usual, 16).fill(1, 7, 8), 'unsupported', /version 1\.1/],
    [
      'a header over the limit',
      npy(usual.padEnd(10_001), 16, 2),
      'over-limit',
      /10001 bytes long, over the limit of 10000/,
    ],
    ['UTF-8 that is none', npy(usual.padEnd(90), 16, 3).fill(0xff, 80, 81), 'malformed', /UTF-8/],
    ['nesting without end', npy('('.repeat(5000), 16), 'malformed', /nested deeper/],
  ];
  test.each(cases)('%s', async (_, bytes, tag, message) => {
    const e = await refusal(bytes);
    expect(e.message).toMatch(message);
    expect(e.tag).toBe(tag);
  });
});

test('bytes after the array are a finding', async () => {
  const { findings } = await read(npy(npyText('<f4', [4]), 19));
  expect(findings).toEqual([
    {
      severity: 'warning',
      tensor: 'a',
      message: expect.stringMatching(/^3 bytes follow the array "a"/),
    },
  ]);
});

test('a header of 10 000 bytes is read, in one read of no more than the header may take', async () => {
  const bytes = npy(npyText('<f4', [40_000]).padEnd(10_000), 160_000);
  const counts = noCounts();
  const file = await readNpy(countingSource(bytesSource(bytes), counts), { path: 'a', name: 'a' });
  expect(file.tensors[0]?.data.offset).toBe(10_010);
  expect([counts.reads, counts.bytes]).toEqual([1, 10_012]);
});

test.each([
  ["'a\\'b'", "a'b"],
  ['(1)', 1],
  ['(1,)', [1]],
  ['()', []],
  ['[[], None, -5, True]', [[], null, -5, true]],
  ['  ("x" , )  ', ['x']],
])('the literal %s', (text, value) => {
  expect(parsePythonLiteral(text, reason => new Error(reason))).toEqual(value);
});

test.each([
  '',
  '1 2',
  '(,)',
  '[1',
  "'a",
  "'a\\n'",
  '{1: 2}',
  "{'a'}",
  'true',
  '1_000',
  '0x10',
  '1e3',
  '1j',
  'b"x"',
  '...',
  '(1,,)',
  '*x',
])('%j is no literal', text => {
  expect(() => parsePythonLiteral(text, reason => new Error(reason))).toThrow();
});
