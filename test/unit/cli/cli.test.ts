import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npyHeader } from '../../../src/formats/npyHeader';
import { buildCli, json, quantscope, quantscopeInto } from './runCli';

const fixtures = path.resolve(import.meta.dirname, '../../fixtures');
const golden = path.join(fixtures, 'golden/affine.input.safetensors');
const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-cli-'));

beforeAll(buildCli);
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** Statistics as numpy computed them in float64. */
interface Numpy {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly nonFinite: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly std: number | null;
  readonly row0: readonly (number | string)[];
}
const numpy = JSON.parse(readFileSync(path.join(fixtures, 'npy/expected.json'), 'utf8')) as Record<
  string,
  Numpy
>;

interface Stats {
  tensors: {
    name: string;
    dtype: string;
    shape: number[];
    count: number;
    nonFinite: number;
    zeros: number;
    min: number | null;
    max: number | null;
    absMax: number | null;
    mean: number | null;
    std: number | null;
    outliers: { threshold: number | null; count: number };
  }[];
}

describe('tensors', () => {
  test('a .npy is one tensor, named after its file', () => {
    expect(json('tensors', path.join(fixtures, 'npy/f4-le-C.npy'))).toEqual({
      format: 'npy',
      metadata: {},
      tensors: [{ name: 'f4-le-C', dtype: 'F32', shape: [12, 10], byteLength: 480 }],
      weights: [
        {
          ...{ name: 'f4-le-C', scheme: 'F32', bits: 32, groupSize: null, shape: [12, 10] },
          ...{ bitsPerWeight: 32, tensors: ['f4-le-C'] },
        },
      ],
    });
  });

  test('a .npz lists its members without .npy', () => {
    const { format, tensors } = json<{
      format: string;
      tensors: { name: string; dtype: string }[];
    }>('tensors', path.join(fixtures, 'npy/deflated.npz'));
    expect(format).toBe('npz');
    expect(tensors.map(t => [t.name, t.dtype])).toEqual([
      ['weight', 'F32'],
      ['ids', 'I64'],
    ]);
  });

  test('without --json it is a table with aligned columns', () => {
    const lines = quantscope('tensors', golden).stdout.split('\n');
    expect(lines[0]).toMatch(/^NAME +DTYPE +SHAPE +ELEMENTS +BYTES$/);
    expect(new Set(lines.slice(0, 4).map(l => l.length)).size).toBe(1);
    expect(lines[4]).toBe('safetensors: 3 tensors, 18,432 parameters, 49.2 KB');
  });
});

describe('stats', () => {
  test.each(Object.entries(numpy).filter(([f]) => f.endsWith('.npy')))(
    '%s as numpy has it',
    (file, want) => {
      const [got] = json<Stats>('stats', path.join(fixtures, 'npy', file)).tensors;
      expect(got).toMatchObject({
        count: want.count,
        nonFinite: want.nonFinite,
        shape: want.shape,
        min: want.min,
        max: want.max,
      });
      if (want.std === null) {
        expect(got).toMatchObject({ mean: null, std: null, absMax: null });
        return;
      }
      expect(Math.abs(got!.mean! - want.mean!)).toBeLessThanOrEqual(
        1e-12 * (want.std + Math.abs(want.mean!)),
      );
      expect(Math.abs(got!.std! - want.std)).toBeLessThanOrEqual(1e-12 * want.std);
      expect(got!.absMax).toBe(Math.max(Math.abs(want.min!), Math.abs(want.max!)));
    },
  );

  test('every figure of the contract, zeros and values that are not finite counted, sigma 6 unless told', () => {
    const [got] = json<Stats>('stats', path.join(fixtures, 'npy/nonfinite.npy')).tensors;
    expect(Object.keys(got!).sort()).toEqual(
      'absMax count dtype max mean min name nonFinite outliers shape std zeros'.split(' ').sort(),
    );
    expect(got!.nonFinite).toBe(numpy['nonfinite.npy']!.nonFinite);
    expect(got!.nonFinite).toBeGreaterThan(0);
    expect(got!.outliers.threshold).toBe(6 * got!.std!);
    const file = path.join(temp, 'zeros.npy');
    const bytes = Buffer.from(Float32Array.of(0, 1, -0, Number.NaN).buffer);
    writeFileSync(file, Buffer.concat([npyHeader('<f4', [4]), bytes]));
    expect(json<Stats>('stats', file).tensors[0]).toMatchObject({ zeros: 2, nonFinite: 1 });
  });

  test('--sigma moves the threshold, --match and --tensor choose', () => {
    const at = (sigma: string) =>
      json<Stats>('stats', golden, '--match', 'f32', '--sigma', sigma).tensors;
    expect(at('6')).toHaveLength(1);
    const [one] = at('1');
    expect(one!.outliers.threshold).toBe(one!.std);
    expect(one!.outliers.count).toBeGreaterThan(at('6')[0]!.outliers.count);
    expect(
      json<Stats>('stats', golden, '--tensor', 'model.layers.0.f16.weight').tensors[0]!.dtype,
    ).toBe('F16');
  });
});

describe('params', () => {
  const file = path.join(fixtures, 'golden/reference.npy');
  const params = (scheme: string, ...more: string[]) =>
    json<{
      axis: number | null;
      groupSize: number | null;
      scale: { shape: number[]; data: (number | null)[] };
      zeroPoint: { shape: number[]; data: (number | null)[] };
      range: ([number, number] | null)[];
      curve: [number, number][];
    }>('params', file, '--tensor', 'reference', '--scheme', scheme, ...more);

  test('scales, zero points and ranges of every group, and one curve', () => {
    const found = params('uint4 group=128 calib=mse', '--group', '3');
    expect(found).toMatchObject({ axis: 1, groupSize: 128 });
    expect(found.scale.shape).toEqual([64, 2]);
    expect([found.scale.data.length, found.zeroPoint.data.length, found.range.length]).toEqual([
      128, 128, 128,
    ]);
    expect(found.curve).toHaveLength(80);
    const [best] = found.curve.toSorted((a, b) => a[1] - b[1]);
    const whole = params('uint4 group=128').range[3]!;
    expect(found.range[3]![1] / whole[1]).toBeCloseTo(best![0], 6);
  });

  test('the zero row has scale 1; a cast has no scale; formats know no range', () => {
    expect(params('int8').scale.data[50]).toBe(1);
    expect(params('fp16').scale.data).toEqual([null]);
    expect(params('q4_0').range[0]).toBeNull();
  });

  test('more segments than one piece of output', () => {
    const { scale, range } = params('int8 group=2');
    expect(scale.shape).toEqual([64, 128]);
    expect([scale.data.length, range.length]).toEqual([8192, 8192]);
    expect(scale.data.every(s => s !== null && s > 0)).toBe(true);
  });

  test.each(['int8', 'int4 group=32', 'uint4 asym group=128', 'uint8 asym channel=1', 'q4_0'])(
    '%s: the report’s median is that of all scales and zero points',
    scheme => {
      const { scale, zeroPoint } = params(scheme);
      const [layer] = json<{
        tensors: { scale: Record<string, number>; zeroPoint: Record<string, number> }[];
      }>('quantize', file, '--tensor', 'reference', '--scheme', scheme).tensors;
      for (const [reported, { data }] of [
        [layer!.scale, scale],
        [layer!.zeroPoint, zeroPoint],
      ] as const) {
        const sorted = data.map(Number).sort((a, b) => a - b);
        const middle = (sorted.length - 1) / 2;
        const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
        expect(reported).toMatchObject({ min: sorted[0], max: sorted.at(-1) });
        expect(reported.median).toBe(median);
      }
    },
  );

  test('a group that is not there, and a tensor that no scheme applies to', () => {
    const asked = ['params', file, '--tensor', 'reference', '--scheme', 'int8', '--group', '64'];
    expect(quantscope(...asked)).toMatchObject({ code: 1 });
    expect(quantscope(...asked).stderr).toMatch(/there is no group 64: the scheme has 64/);
  });
});

test('schemes lists every grid and preset with bits per weight and source', () => {
  const { grids, presets } = json<{
    grids: { name: string; bits: number; values: number[] | null }[];
    presets: { name: string; scheme: string; bitsPerWeight: number; source: string }[];
  }>('schemes');
  expect(grids.find(g => g.name === 'nf4')?.values).toHaveLength(16);
  expect(presets.find(p => p.name === 'int4-g128')).toMatchObject({
    scheme: 'int4 group=128',
    bitsPerWeight: 4.25,
  });
  expect(presets.every(p => p.source !== '')).toBe(true);
});

describe('quantize', () => {
  const quantize = (file: string, ...more: string[]) =>
    json<{ scheme: string; tensors: Record<string, unknown>[] }>(
      'quantize',
      file,
      '--scheme',
      'int8 sym channel',
      ...more,
    );

  test('has every figure of the contract', () => {
    const { scheme, tensors } = quantize(path.join(fixtures, 'npy/stored.npz'));
    expect(scheme).toBe('int8');
    expect(tensors.map(t => t.name)).toEqual(['weight', 'bias']);
    expect(Object.keys(tensors[0]!).sort()).toEqual([
      'bitsPerWeight',
      'clippedFraction',
      'codeEntropy',
      'codesAvailable',
      'codesUsed',
      'cosine',
      'maxAbsError',
      'meanAbsError',
      'mse',
      'name',
      'relativeFrobenius',
      'rmse',
      'rmseOverScale',
      'scale',
      'sqnrDb',
      'zeroPoint',
    ]);
    expect(tensors[0]).toMatchObject({
      bitsPerWeight: 8 + 32 / 10,
      scale: { count: 12 },
      zeroPoint: { min: 0, max: 0 },
    });
  });

  test('a tensor named that no scheme applies to is an error, an empty one is told of', () => {
    const all = path.join(fixtures, 'npy/empty.npy');
    const run = quantscope('quantize', all, '--scheme', 'int8', '--tensor', 'empty');
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/tensor "empty": it holds no values/);
    expect(quantscope('quantize', all, '--scheme', 'int8').stdout).toMatch(
      /note: "empty" is left out: it holds no values/,
    );
  });

  test('leaves out integers, booleans and empty tensors', () => {
    const names = (file: string) =>
      quantize(path.join(fixtures, 'npy', file)).tensors.map(t => t.name);
    expect(names('deflated.npz')).toEqual(['weight']);
    for (const file of ['i4-le-C.npy', 'b1-le-C.npy', 'empty.npy']) expect(names(file)).toEqual([]);
  });

  test('equal directions have a cosine of at most 1', () => {
    const file = path.join(temp, 'ones.npy');
    writeFileSync(
      file,
      Buffer.concat([npyHeader('<f4', [3]), Buffer.from(Float32Array.of(1, 1, 1).buffer)]),
    );
    expect(quantize(file).tensors[0]!.cosine).toBe(1);
  });
});

describe('dump', () => {
  const values = (bytes: Buffer) =>
    Array.from({ length: (bytes.length - 128) / 4 }, (_, i) => bytes.readFloatLE(128 + 4 * i));

  test.each(
    Object.entries(numpy).filter(([f]) => /^(f2-be-F|f8-le-F|i2-le-C|bfloat16|nonfinite)/.test(f)),
  )('%s begins with the row numpy has', (file, want) => {
    const out = path.join(temp, 'dump.npy');
    const name = file.replace('.npy', '');
    expect(
      quantscope('dump', path.join(fixtures, 'npy', file), '--tensor', name, '--out', out),
    ).toMatchObject({ code: 0, stderr: '' });
    const bytes = readFileSync(out);
    expect(bytes.toString('latin1', 10, 127).trimEnd()).toBe(
      `{'descr': '<f4', 'fortran_order': False, 'shape': (${want.shape.join(', ')}), }`,
    );
    const special: Record<string, number> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
    const row = want.row0.map(x => (typeof x === 'string' ? special[x]! : Math.fround(x)));
    expect(values(bytes).slice(0, row.length)).toEqual(row);
  });

  test('never writes over the file it reads, also through a link', () => {
    const file = path.join(temp, 'own.npy');
    const link = path.join(temp, 'link.npy');
    copyFileSync(path.join(fixtures, 'npy/f4-le-C.npy'), file);
    symlinkSync(file, link);
    const before = readFileSync(file);
    for (const out of [file, link]) {
      const run = quantscope('dump', file, '--tensor', 'own', '--out', out);
      expect(run).toMatchObject({ code: 1, stdout: '' });
      expect(run.stderr).toMatch(/is the file being read/);
    }
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('writes through a link, and replaces nothing that is not a file', () => {
    const target = path.join(temp, 'target.npy');
    const link = path.join(temp, 'out-link.npy');
    writeFileSync(target, '');
    symlinkSync(target, link);
    const dump = (out: string) =>
      quantscope('dump', golden, '--tensor', 'model.layers.0.f32.weight', '--out', out);
    expect(dump(link).code).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target).length).toBe(128 + 4 * 24 * 256);
    expect(dump(temp).stderr).toMatch(/it is a folder/);
    if (existsSync('/dev/null')) {
      expect(dump('/dev/null').stderr).toMatch(/not a regular file/);
      expect(lstatSync('/dev/null').isFile()).toBe(false);
    }
    expect(readdirSync(temp).filter(f => f.endsWith('.partial'))).toEqual([]);
  });

  test('a folder that does not exist is one clear line, and nothing is left behind', () => {
    const out = path.join(temp, 'no/such/x.npy');
    const run = quantscope('dump', golden, '--tensor', 'model.layers.0.f32.weight', '--out', out);
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr: `quantscope: ${out}: cannot be written: the folder does not exist\n`,
    });
  });
});

describe('what a header finds strange is said by every command', () => {
  const file = path.join(temp, 'trailing.npy');
  beforeAll(() => {
    const good = readFileSync(path.join(fixtures, 'npy/f4-le-C.npy'));
    writeFileSync(file, Buffer.concat([good, Buffer.from('extra')]));
  });

  test.each([['tensors'], ['stats'], ['quantize', '--scheme', 'int8']])('%s', (...args) => {
    expect(quantscope(args[0]!, file, ...args.slice(1)).stdout).toMatch(/^note: .*5 .*$/m);
    const { findings } = json<{ findings: { message: string }[] }>(
      args[0]!,
      file,
      ...args.slice(1),
    );
    expect(findings).toHaveLength(1);
  });
});

describe.skipIf(!existsSync('/dev/full'))('output that cannot be written', () => {
  test.each([['--help'], ['tensors', golden], ['stats', golden, '--json']])('%s', (...args) => {
    const run = quantscopeInto('/dev/full', ...args);
    expect(run).toMatchObject({ code: 1 });
    expect(run.stderr).toBe('quantscope: the output cannot be written: the disk is full\n');
  });
});

describe('a folder stands for', () => {
  const folder = (name: string, files: readonly string[]) => {
    const dir = path.join(temp, name);
    mkdirSync(dir);
    for (const f of files) copyFileSync(golden, path.join(dir, f));
    return dir;
  };

  test('its only index.json, before anything else', () => {
    const dir = folder('index', ['a.safetensors', 'model.safetensors']);
    const weight_map = { 'model.layers.0.f32.weight': 'a.safetensors' };
    writeFileSync(
      path.join(dir, 'x.safetensors.index.json'),
      JSON.stringify({ metadata: {}, weight_map }),
    );
    expect(json<{ format: string }>('tensors', dir).format).toBe('safetensors-index');
  });

  test('model.safetensors, else its only tensor file', () => {
    expect(
      json<Stats>('tensors', folder('model', ['a.safetensors', 'model.safetensors'])).tensors,
    ).toHaveLength(3);
    expect(json<Stats>('tensors', folder('only', ['b.safetensors'])).tensors).toHaveLength(3);
  });

  test('model.safetensors, when there are several indexes; hidden files and folders do not count', () => {
    const two = folder('two-indexes', ['model.safetensors', 'a.safetensors']);
    for (const name of ['a.index.json', 'b.index.json']) writeFileSync(path.join(two, name), '{}');
    expect(json<Stats>('tensors', two).tensors).toHaveLength(3);
    const dir = folder('hidden', ['b.safetensors', '._b.safetensors', '.old.npy']);
    mkdirSync(path.join(dir, 'folder.npy'));
    expect(json<Stats>('tensors', dir).tensors).toHaveLength(3);
  });

  test('nothing, when there is a choice: the candidates are named', () => {
    const dir = folder('choice', ['a.safetensors', 'b.safetensors']);
    expect(quantscope('tensors', dir)).toEqual({
      code: 1,
      stdout: '',
      stderr: `quantscope: ${dir}: the folder holds 2 candidates, name one: a.safetensors, b.safetensors\n`,
    });
    expect(quantscope('tensors', folder('empty', [])).stderr).toMatch(/holds no /);
  });
});

describe('bad input is one line on stderr and exit code 1', () => {
  const reasons = JSON.parse(
    readFileSync(path.join(fixtures, 'malformed/index.json'), 'utf8'),
  ) as Record<string, string>;
  const files = readdirSync(path.join(fixtures, 'malformed')).filter(f => f !== 'index.json');

  test('the fixtures are those that are described', () => {
    expect(files.sort()).toEqual(
      Object.keys(reasons)
        .filter(f => !f.endsWith('.gguf'))
        .sort(),
    );
  });

  test.each(files)('%s', file => {
    const full = path.join(fixtures, 'malformed', file);
    // A flipped data bit is only seen when the data is read.
    const run = quantscope(file === 'crc.npz' ? 'stats' : 'tensors', full);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^quantscope: [^\n]+\n$/);
    expect(run.stderr.startsWith(`quantscope: ${full}: `)).toBe(true);
    expect(run.stderr).toMatch(/: (safetensors|npy|npz|index\.json): /);
    expect(run.stderr).not.toMatch(/internal error|undefined|NaN|\[object/);
  });

  test.each([
    ['stats', golden, '--tensor', 'nope', /there is no tensor "nope"; the nearest name is/],
    ['stats', golden, '--match', '(', /bad regular expression "\("/],
    ['stats', golden, '--match', 'zzz', /no tensor's name matches "zzz"/],
    [
      'stats',
      golden,
      '--sigma',
      'x',
      /'--sigma <k>' argument 'x' is invalid\. Expected a positive number/,
    ],
    ['quantize', golden, '--scheme', 'int8 symm', /unknown word "symm"; did you mean "sym"\?/],
    ['tensors', path.join(temp, 'missing.npy'), '', '', /the file does not exist/],
  ] as const)('%s %s %s %s', (...args) => {
    const run = quantscope(
      ...args.slice(0, 4).filter((a): a is string => typeof a === 'string' && a !== ''),
    );
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(args[4]);
    expect(run.stderr).toMatch(/^quantscope: [^\n]+\n$/);
  });

  test('control characters in a name cannot steer the terminal', () => {
    const file = path.join(temp, 'evil\u001b[31m.npy');
    writeFileSync(file, 'x');
    expect(quantscope('tensors', file).stderr).toContain('evil\\u001b[31m.npy');
  });
});

describe('wrong use is exit code 2, one line', () => {
  test.each([
    [[], /a command is missing/],
    [['nope'], /unknown command 'nope'/],
    [['tensors'], /missing required argument 'file'/],
    [['tensors', golden, '--nope'], /unknown option '--nope'/],
    [['tensors', golden, 'extra'], /too many arguments/],
    [['quantize', golden], /required option '--scheme <text>' not specified/],
    [['dump', golden, '--tensor', 'x'], /required option '--out <path>' not specified/],
    [['stats', golden, '--match'], /argument missing/],
    [['stats', golden, '--match', 'a', '--tensor', 'b'], /cannot be used with/],
  ])('%j', (args, message) => {
    const run = quantscope(...args);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(message);
    expect(run.stderr).toMatch(/^quantscope: [^\n]+\n$/);
  });

  test('--help and --version succeed', () => {
    expect(quantscope('--version')).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
    const help = quantscope('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['tensors', 'stats', 'quantize', 'dump'])
      expect(help.stdout).toContain(command);
    expect(quantscope('stats', '--help').stdout).toContain('--sigma');
  });
});
