import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { cols, expected, golden, reference, rows } from './reference';
import { type Outcome, runScheme } from './runScheme';

/** Checks what a scheme made of the reference against what a golden entry holds. */
type Check<T> = (outcome: Outcome, wanted: T) => void;

/** A golden entry, the scheme's text that stands for it, and the values if they are not the reference's. */
interface Case {
  readonly key: string;
  readonly text: string;
  readonly check: (outcome: Outcome, wanted: never) => void;
  readonly values?: Float32Array;
}

const caseOf =
  <T>(check: Check<T>) =>
  (key: string, text: string, values?: Float32Array): Case => ({
    key,
    text,
    check,
    ...(values && { values }),
  });

function expectClose(actual: number | null, wanted: number, tolerance = 1e-5): void {
  expect(Math.abs(actual! / wanted - 1)).toBeLessThan(tolerance);
}

type Params = readonly [scale: number, zeroPoint: number];
const goldenRows = [0, 3, 40, 50];
const paramsOf = ({ scales, zeroPoints }: Outcome, at: number): Params => [
  scales[at]!,
  zeroPoints[at]!,
];

const params = caseOf<Params>((outcome, wanted) => expect(paramsOf(outcome, 0)).toEqual(wanted));
const rowParams = caseOf<Params[]>((outcome, wanted) =>
  expect(goldenRows.map(row => paramsOf(outcome, row))).toEqual(wanted),
);

const torch = [
  params('torch.MinMaxObserver.quint8_affine', 'torch-eager uint8 tensor'),
  params('torch.MinMaxObserver.qint8_affine', 'torch-eager int8 asym tensor'),
  params('torch.MinMaxObserver.qint8_sym', 'torch-eager int8 tensor'),
  params('torch.MinMaxObserver.quint8_sym', 'torch-eager uint8 sym tensor'),
  params('torch.MinMax.qint8_sym[-127,127]', 'torch-eager int8 tensor range=narrow'),
  params('torch.MinMax.reduce_range.quint8_affine', 'torch-eager uint7 tensor'),
  params('torch.MinMax.reduce_range.qint8_affine', 'torch-eager int7 asym tensor'),
  params('torch.MinMax.reduce_range.qint8_sym', 'torch-eager int7 tensor'),
  params('torch.HistogramObserver.quint8_affine', 'torch-eager uint8 tensor calib=torch-histogram'),
  params(
    'torch.HistogramObserver.qint8_affine',
    'torch-eager int8 asym tensor calib=torch-histogram',
  ),
  params('torch.HistogramObserver.qint8_sym', 'torch-eager int8 tensor calib=torch-histogram'),
  params(
    'torch.HistogramObserver.quint8_sym',
    'torch-eager uint8 sym tensor calib=torch-histogram',
  ),
  rowParams('torch.PerChannel.qint8_sym.rows[0,3,40,50]', 'torch-eager int8'),
  rowParams('torch.PerChannel.qint8_affine.rows[0,3,40,50]', 'torch-eager int8 asym'),
];

const ties = Float32Array.of(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5);
/** -0 and 0 are the same number. */
const plain = (values: ArrayLike<number>) => Array.from(values, x => x + 0);
const rounded = caseOf<number[]>(({ results }, wanted) =>
  expect(plain(results)).toEqual(plain(wanted)),
);
const coded = caseOf<number[]>(({ codes }, wanted) => expect(codes).toEqual(wanted));
/** With this range an 8-bit scale is 1 and the zero point 3. */
const zeroPoint3 = 'int8 asym tensor calib=range:-131,124';

const rounding = [
  rounded('round.torch.round', 'int8 tensor calib=scale:1', ties),
  rounded('round.numpy.round', 'int8 tensor calib=scale:1', ties),
  coded(
    'round.torch.quantize_per_tensor(s=1,zp=0,qint8)',
    'torch-eager int8 tensor calib=scale:1',
    ties,
  ),
  coded('round.torch.quantize_per_tensor(s=1,zp=3,qint8)', `torch-eager ${zeroPoint3}`, ties),
  rounded('round.torch.fake_quantize(s=1,zp=3)', `torch-fake-quant ${zeroPoint3}`, ties),
  coded('round.ort.QuantizeLinear(s=1,zp=3)', `onnxruntime ${zeroPoint3}`, ties),
];

interface Errors {
  readonly mse: number;
  readonly maxerr: number;
}

function checkErrors({ report }: Outcome, { mse, maxerr }: Errors): void {
  expectClose(report.mse, mse);
  expectClose(report.maxAbsError, maxerr);
}

interface OrtEntry extends Errors {
  readonly scale: number;
  readonly zp: number;
  /** The smallest and the largest code that occur. */
  readonly qmin: number;
  readonly qmax: number;
}

const ortData = caseOf<OrtEntry>((outcome, wanted) => {
  expect(paramsOf(outcome, 0)).toEqual([wanted.scale, wanted.zp]);
  expect(Math.min(...outcome.codes)).toBe(wanted.qmin);
  expect(Math.max(...outcome.codes)).toBe(wanted.qmax);
  checkErrors(outcome, wanted);
});
const range = caseOf<readonly [lo: number, hi: number]>(({ settled }, [lo, hi]) =>
  expect(settled[0]!.range).toEqual({ lo, hi }),
);

const ort = [
  ortData('ort.quantize_data.int8_sym', 'onnxruntime int8 tensor'),
  ortData('ort.quantize_data.int8_asym', 'onnxruntime int8 asym tensor'),
  ortData('ort.quantize_data.uint8_asym', 'onnxruntime uint8 tensor'),
  ortData('ort.quantize_data.uint8_sym', 'onnxruntime uint8 sym tensor'),
  ortData('ort.quantize_data.int8_sym_reduce', 'onnxruntime int7 tensor'),
  ortData('ort.quantize_data.int4_sym', 'onnxruntime int4 tensor'),
  ortData('ort.quantize_data.int4_asym', 'onnxruntime int4 asym tensor'),
  ortData('ort.quantize_data.uint4_asym', 'onnxruntime uint4 tensor'),
  range('ort.entropy.default(128,128)', 'int8 tensor calib=entropy:ort'),
  range('ort.entropy(2048,128)', 'int8 tensor calib=entropy:ort,2048,128'),
  range('ort.entropy(8001,255)', 'int8 tensor calib=entropy:ort,8001,255'),
  ...[99.9, 99.99, 99.999].flatMap(p => [
    range(`ort.percentile.sym(2048,${p})`, `int8 tensor calib=ort-percentile:${p}`),
    range(`ort.percentile.asym(2048,${p})`, `uint8 tensor calib=ort-percentile:${p}`),
  ]),
];

const threshold = caseOf<number>(({ settled }, wanted) =>
  expect(settled[0]!.range).toEqual({ lo: -wanted, hi: wanted }),
);

const nvidia = [
  threshold('nv.entropy.8b(2048 bins,start128)', 'int8 tensor calib=entropy:nv'),
  threshold('nv.mse.8b', 'int8 tensor calib=nv-mse'),
  threshold('nv.mse.4b', 'int4 tensor calib=nv-mse'),
  ...[99.9, 99.99, 99.999].map(p =>
    threshold(`nv.percentile.${p}`, `int8 tensor calib=nv-percentile:${p}`),
  ),
];

interface GptqEntry {
  readonly 'rows[0,3,40,50]': readonly Params[];
  readonly mse: number;
  readonly 'l2.4': number;
}

const gptqOf = caseOf<GptqEntry>((outcome, wanted) => {
  expect(goldenRows.map(row => paramsOf(outcome, row))).toEqual(wanted['rows[0,3,40,50]']);
  expectClose(outcome.report.mse, wanted.mse);
  const powers = reference.map((x, i) => Math.abs(x - outcome.results[i]!) ** 2.4);
  expectClose(sum(powers), wanted['l2.4']);
});
const sum = (values: Float32Array) => values.reduce((total, x) => total + x, 0);

const gptq = [4, 8].flatMap(bits =>
  ['sym', 'asym'].flatMap(symmetry =>
    ['minmax', 'mse'].map(calibration =>
      gptqOf(
        `gptq.find_params.${bits}b.${symmetry}.${calibration}`,
        `gptq int${bits} ${symmetry} calib=${calibration}`,
      ),
    ),
  ),
);

interface HqqEntry {
  readonly mse: number;
  readonly mae: number;
  readonly scale0: number;
  readonly zero0: number;
}

const hqqOf = caseOf<HqqEntry>((outcome, wanted) => {
  expectClose(outcome.report.mse, wanted.mse);
  expectClose(outcome.report.meanAbsError, wanted.mae);
  expectClose(outcome.scales[0]!, wanted.scale0, 1e-6);
  expectClose(outcome.zeroPoints[0]!, wanted.zero0, 1e-6);
});

/** Groups of 64 along a row; on axis 0, where the matrix has 64 rows, a group is a column. */
const hqqGroups = { axis0: 'channel=1', axis1: 'group=64' };
const x16 = reference.map(x => x * 16);
const hqq = [2, 3, 4, 8].flatMap(bits =>
  (['axis0', 'axis1'] as const).flatMap(axis => {
    const [key, text] = [`hqq.${bits}b.g64.${axis}`, `hqq int${bits} ${hqqGroups[axis]}`];
    return [
      hqqOf(`${key}.rtn`, `${text} calib=minmax`),
      hqqOf(`${key}.opt`, text),
      hqqOf(`${key}.opt.x16`, text, x16),
    ];
  }),
);

/** The bytes themselves are held to their hash in ggml/types.test.ts. */
const gguf = ['Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'BF16', 'TQ1_0', 'TQ2_0', 'MXFP4'].map(name =>
  caseOf<Errors & { bytes: number }>((outcome, wanted) => {
    checkErrors(outcome, wanted);
    expect((outcome.report.bitsPerWeight * reference.length) / 8).toBe(wanted.bytes);
  })(`gguf.${name}`, name.toLowerCase()),
);

const nf4 = caseOf<Errors & { codes_sha256: string }>((outcome, wanted) => {
  expect(sha256(Uint8Array.from(outcome.codes))).toBe(wanted.codes_sha256);
  checkErrors(outcome, wanted);
});
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const fp8Tensor = caseOf<{ scale: number; mse: number }>((outcome, { scale, mse }) => {
  expect(outcome.scales).toEqual([scale]);
  expectClose(outcome.report.mse, mse);
});
const fp8Rows = caseOf<{ mse: number }>(({ report }, { mse }) => expectClose(report.mse, mse));

const levels = [
  nf4('bnb.nf4.bs64', 'nf4'),
  nf4('bnb.nf4.bs128', 'bitsandbytes nf4 group=128'),
  fp8Tensor('fp8.torch.float8_e4m3fn.per_tensor_absmax', 'fp8-e4m3 tensor'),
  fp8Tensor('fp8.torch.float8_e5m2.per_tensor_absmax', 'fp8-e5m2 tensor'),
  fp8Rows('fp8.torch.float8_e4m3fn.per_row_absmax', 'fp8-e4m3'),
  fp8Rows('fp8.torch.float8_e5m2.per_row_absmax', 'fp8-e5m2'),
];

const wanted = { ...expected, ...golden('reference-x16.hqq.json') };
const groups = { torch, rounding, ort, nvidia, gptq, hqq, gguf, levels };

describe.each(Object.entries(groups))('%s', (_, cases) => {
  test.each(cases.map(c => [c.key, c.text, c] as const))(
    '%s: %s',
    (key, text, { values, check }) => {
      const shape = values === ties ? ([1, ties.length] as const) : ([rows, cols] as const);
      check(runScheme(text, values ?? reference, shape), wanted[key] as never);
    },
  );
});

const ofTheData = ['shape', 'first8', 'min', 'max', 'sum64', 'sha256_le_f32'];

test('the reference is the tensor that the entries were made of', () => {
  expect([rows, cols]).toEqual(wanted.shape);
  expect([...reference.subarray(0, 8)]).toEqual(wanted.first8);
  expect(Math.min(...reference)).toBe(wanted.min);
  expect(Math.max(...reference)).toBe(wanted.max);
  expect(sha256(new Uint8Array(reference.buffer))).toBe(wanted.sha256_le_f32);
  expectClose(sum(reference), wanted.sum64 as number, 1e-12);
});

test('no golden entry is left out', () => {
  const covered = Object.values(groups).flatMap((cases): string[] => cases.map(c => c.key));
  expect([...covered, ...ofTheData].sort()).toEqual(Object.keys(wanted).sort());
});

test('torch searches with 256 bins whatever grid is used: int4 gets the range of int8', () => {
  const rangeFor = (grid: string) =>
    runScheme(`torch-fake-quant ${grid} asym tensor calib=torch-histogram`, reference, [rows, cols])
      .settled[0]!.range;
  expect(rangeFor('int4')).toEqual(rangeFor('int8'));
});
