import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npy, npyText, safetensors, seeded, zip } from '../formats/build';
import { bundle, runCli } from './runCli';

const { buildKernels } = createRequire(import.meta.url)('../../../esbuild.js') as {
  buildKernels: () => string;
};
const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-workers-'));
const cli = path.join(temp, 'cli.js');
const model = path.join(temp, 'model.safetensors');

beforeAll(async () => {
  await bundle('src/cli/main.ts', cli);
  await bundle('src/worker/main.ts', path.join(temp, 'worker.js'));
  copyFileSync(buildKernels(), path.join(temp, 'kernels.wasm'));
  writeFileSync(model, makeModel());
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** Rows of all are of this length. */
const cols = 4096;
/** Of 2 MiB and less each but the first, whose rows are shared: it is done last. */
const rowsOf: Readonly<Record<string, number>> = {
  large: 8800,
  ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`small${i}`, 256 >> (i % 4)])),
};

/** 80 MiB of BF16: mostly positive, so that no mean or skewness is near zero; extremes in the first and the last row of the large. */
function makeModel(): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, rows] of Object.entries(rowsOf)) {
    const data_offsets = [end, end + 2 * rows * cols];
    header[name] = { dtype: 'BF16', shape: [rows, cols], data_offsets };
    end += 2 * rows * cols;
  }
  const values = new Uint16Array(end / 2);
  // An odd length: rows differ although the block is repeated.
  const block = makeBlock(2 ** 18 + 1);
  for (let at = 0; at < values.length; at += block.length)
    values.set(block.subarray(0, values.length - at), at);
  values[7] = 0x40a0; // 5
  values[rowsOf.large! * cols - 7] = 0xc040; // -3
  return safetensors(header, new Uint8Array(values.buffer));
}

/** BF16 patterns of magnitudes from 1/8 to 2; one in eight is negative. */
function makeBlock(length: number): Uint16Array {
  const random = seeded(5);
  return Uint16Array.from({ length }, () => {
    const sign = random() < 1 / 8 ? 0x8000 : 0;
    return sign + 0x3e00 + Math.floor(random() * 0x200);
  });
}

function json(args: readonly string[], workers: number): { tensors: { name: string }[] } {
  const { code, stdout, stderr } = runCli(cli, [...args, '--json', '--workers', String(workers)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

/** Sums of shared rows are added in another order: some digits of 16 may differ. Counts are below 10^11, so they are exact. */
const tolerance = 1e-11;

/** Paths at which two values differ. */
function differences(a: unknown, b: unknown, at = ''): string[] {
  if (typeof a === 'number' && typeof b === 'number')
    return Math.abs(a - b) <= tolerance * Math.abs(a) ? [] : [`${at}: ${a} ${b}`];
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b)
    return Object.is(a, b) ? [] : [`${at}: ${a} ${b}`];
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.flatMap(key => differences(left[key], right[key], `${at}/${key}`));
}

describe('two workers find what one thread does, in the order of the file', () => {
  test.each([
    [['stats']],
    [['stats', '--detail', '--channels']],
    [['quantize', '--scheme', 'uint8 asym tensor']],
    [['quantize', '--scheme', 'int8 channel', '--channels']],
    [['quantize', '--scheme', 'int4 group=128']],
  ])('%j', ([command, ...more]) => {
    const args = [command!, model, ...more];
    const [one, two] = [json(args, 1), json(args, 2)];
    expect(two.tensors.map(t => t.name)).toEqual(Object.keys(rowsOf));
    expect(differences(one, two)).toEqual([]);
  });

  test('the extremes are those that were put in', () => {
    const [large] = json(['stats', model], 2).tensors;
    expect(large).toMatchObject({ name: 'large', min: -3, max: 5 });
  });
});

describe('where the work is done', () => {
  /** The command line in a folder where worker.js, if any, only fails. */
  function cliBeside(name: string, worker?: string): string {
    const folder = path.join(temp, name);
    mkdirSync(folder, { recursive: true });
    for (const file of ['cli.js', 'kernels.wasm'])
      copyFileSync(path.join(temp, file), path.join(folder, file));
    if (worker) writeFileSync(path.join(folder, 'worker.js'), worker);
    return path.join(folder, 'cli.js');
  }
  const broken = () => cliBeside('broken', 'throw new Error("broken on purpose")');
  const failure = `quantscope: ${model}: the worker thread stopped with code 1: broken on purpose; try again\n`;

  test.each([[['stats']], [['quantize', '--scheme', 'int8']]])(
    '%j: in workers where they are asked for; else, of less than 256 MiB, in no other thread',
    ([command, ...more]) => {
      const args = [command!, model, ...more];
      const file = broken();
      expect(runCli(file, [...args, '--workers', '2'])).toEqual({
        code: 1,
        stdout: '',
        stderr: failure,
      });
      expect(runCli(file, [...args, '--workers', '1']).code).toBe(0);
      expect(runCli(file, args).code).toBe(0);
    },
  );

  test('unless told, a large model in workers where there is more than one core', () => {
    const large = path.join(temp, 'large.safetensors');
    const byteLength = 256 * 2 ** 20 + 4;
    const header = JSON.stringify({
      zeros: { dtype: 'F32', shape: [byteLength / 4], data_offsets: [0, byteLength] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(large, Buffer.concat([length, Buffer.from(header)]));
    // Sparse where the file system has that.
    truncateSync(large, 8 + header.length + byteLength);
    const { stderr } = runCli(broken(), ['stats', large]);
    expect(stderr).toBe(availableParallelism() > 1 ? failure.replace(model, large) : '');
  });

  test('in the one thread where no worker was built', () => {
    const file = cliBeside('alone');
    expect(existsSync(path.join(path.dirname(file), 'worker.js'))).toBe(false);
    const args = ['stats', model, '--json', '--workers'];
    expect(runCli(file, [...args, '2'])).toEqual(runCli(cli, [...args, '1']));
  });
});

describe('a flaw of one tensor is one line, and the end', () => {
  const zeros = npy(npyText('<f4', [17, 2 ** 20]), 4 * 17 * 2 ** 20);
  const flawed = path.join(temp, 'flawed.npz');
  beforeAll(() => {
    const small = npy(npyText('<f4', [4]), 16);
    const members = [
      { name: 'zeros.npy', data: zeros, deflate: true },
      { name: 'bad.npy', data: small, crc: 1 },
      { name: 'good.npy', data: small },
    ];
    writeFileSync(flawed, zip(members));
  });

  test.each(['1', '2', '7'])('--workers %s: damaged data', workers => {
    const { stderr, ...run } = runCli(cli, ['stats', flawed, '--workers', workers]);
    expect(run).toEqual({ code: 1, stdout: '' });
    expect(stderr.startsWith(`quantscope: ${flawed}: npz: `)).toBe(true);
    expect(stderr).toMatch(/ member "bad.npy" is damaged[^\n]+\n$/);
  });

  test('the others of that file can be read', () => {
    const { code, stdout } = runCli(cli, ['stats', flawed, '--match', 'o', '--workers', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^zeros .*\ngood .*\n2 tensors/m);
  });

  test('a file that was cut', () => {
    const cut = path.join(temp, 'cut.safetensors');
    copyFileSync(model, cut);
    truncateSync(cut, 70 * 2 ** 20);
    const [one, two] = ['1', '2'].map(n => runCli(cli, ['stats', cut, '--workers', n]));
    expect(two).toEqual(one);
    expect(two).toMatchObject({ code: 1, stdout: '' });
    expect(two!.stderr).toMatch(/^quantscope: [^\n]*past the end of the file[^\n]*\n$/);
  });
});

describe('--workers', () => {
  test.each(['0', '-1', '1.5', '65', '1e1', 'two', ''])('%j is no number of threads', value => {
    for (const args of [['stats'], ['quantize', '--scheme', 'int8']]) {
      const run = runCli(cli, [args[0]!, model, ...args.slice(1), '--workers', value]);
      expect(run).toEqual({
        code: 1,
        stdout: '',
        stderr: `quantscope: option '--workers <n>' argument '${value}' is invalid. Expected a whole number from 1 to 64.\n`,
      });
    }
  });

  test('is not for --out, where one thread computes and writes', () => {
    const args = ['quantize', model, '--scheme', 'int8', '--out', path.join(temp, 'out')];
    const run = runCli(cli, [...args, '--workers', '2']);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^quantscope: [^\n]*'--workers <n>' cannot be used with [^\n]*\n$/);
  });

  test.each(['stats', 'quantize'])('is in the help of %s', command => {
    expect(runCli(cli, [command, '--help']).stdout).toContain('--workers <n>');
  });
});
