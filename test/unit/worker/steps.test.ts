import { describe, expect, test } from 'vitest';
import type { FileSystem } from '../../../src/base/bytes';
import type { RowPlace } from '../../../src/protocol/steps';
import { workerHandlers } from '../../../src/worker/handlers';
import { entry } from '../host/fakes';
import { normals } from '../quant/normals';
import { runScheme } from '../quant/runScheme';

const shape = [40, 256] as const;
const tensor = entry('t', shape);
const values = normals(shape[0] * shape[1], 5);
const fileSize = tensor.data.byteLength;

/** The tensor in a file, and how many bytes of it were read. */
function open() {
  let read = 0;
  const bytes = new Uint8Array(values.buffer);
  const files = {
    open: async () => ({
      size: fileSize,
      async read(offset: number, into: Uint8Array) {
        read += into.length;
        into.set(bytes.subarray(offset, offset + into.length));
      },
      close: async () => {},
    }),
  } as unknown as FileSystem;
  const handlers = workerHandlers(files, { chunkBytes: 8192 });
  const controller = new AbortController();
  const context = { signal: controller.signal, progress: () => {} };
  const ask = async (place: RowPlace, of = tensor) =>
    handlers['steps/row']({ entry: of, fileSize, ...place }, context);
  return { ask, controller, handlers, context, bytesRead: () => read };
}

describe.each([
  ['int8', 'row'],
  ['int4 asym group=32', 'row'],
  ['bitsandbytes nf4', 'row'],
  ['q4_k', 'row'],
  ['int8 outliers=abs:2', 'row'],
  ['int8 tensor', 'tensor'],
  ['int8 channel=1', 'tensor'],
  ['fp8-e4m3 block=16x100', 'tensor'],
  ['int4 outliers=1%', 'tensor'],
  ['nvfp4', 'tensor'],
  ['int4 round=stochastic:3', 'row'],
])('%s', (scheme, read) => {
  test('a row has the parameters that the whole tensor gives it', async () => {
    const { ask, bytesRead } = open();
    const asked = await ask({ scheme, row: 17, col: 96 });
    const whole = runScheme(scheme, values, shape);
    const index = 17 * 256 + 96;
    expect(asked).toMatchObject({ row: 17, col: 96, read, matrix: { rows: 40, cols: 256 } });
    expect([...asked.steps.values]).toEqual(Array.from(values.subarray(index, index + 16)));
    const results = [...asked.steps.columns.find(c => c.kind === 'dequantize')!.values];
    expect(results).toEqual(Array.from(whole.results.subarray(index, index + 16)));
    if (read === 'row') expect(bytesRead()).toBe(1024);
    else expect(bytesRead()).toBeGreaterThanOrEqual(fileSize);
  });
});

test('beyond the tensor it is the last row, and the columns that are left', async () => {
  const { ask } = open();
  const asked = await ask({ scheme: 'int8', row: 1e9, col: 250 });
  expect(asked).toMatchObject({ row: 39, col: 250 });
  expect([...asked.steps.values]).toEqual(Array.from(values.subarray(-6)));
  expect(await ask({ scheme: 'int8', row: 0, col: 1e9 })).toMatchObject({ col: 255 });
});

test('cancelled while the whole tensor is read', async () => {
  const { ask, controller } = open();
  const asked = ask({ scheme: 'int8 tensor calib=entropy:nv', row: 0, col: 0 });
  controller.abort();
  await expect(asked).rejects.toMatchObject({ tag: 'cancelled' });
});

test.each([
  ['integers', { ...tensor, dtype: 'I32' } as typeof tensor, 'int8', /floating-point/],
  ['a scheme that does not fit', entry('t', [40, 3]), 'q4_0', /32 weights/],
  ['a bad scheme', tensor, 'int8 tensro', /tensor/],
])('%s: refused with a sentence', async (_, of, scheme, message) => {
  const { ask } = open();
  await expect(ask({ scheme, row: 0, col: 0 }, of)).rejects.toThrow(message);
});

test('values, rulers and examples need no file', async () => {
  const { handlers, context } = open();
  const steps = await handlers['steps/values']({ scheme: 'int8 tensor', values: [1, -3] }, context);
  expect([...steps.columns.find(c => c.kind === 'saturate')!.values]).toEqual([42, -127]);
  const range = { lo: 3, hi: 10 };
  const { rulers } = await handlers['steps/ruler']({ scheme: 'int8', range }, context);
  expect(rulers[2]!.zeroPoint).toBe(-109);
  expect((await handlers['steps/example']({ example: 'levels' }, context)).parts).toHaveLength(3);
});
