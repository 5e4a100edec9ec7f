import type { TileMemory } from '../base/tile';
import type { QuantParams } from '../quant/arithmetic';
import { clipSearch } from '../quant/calibration/clipSearch';
import { addSums, noErrors } from '../quant/errorSums';
import { codeRange, type IntegerGrid, integerRule } from '../quant/grids/integer';
import { integerCodec } from '../quant/grids/integerCodec';
import { levelGridOf } from '../quant/grids/levelGrids';
import { calibrate } from '../quant/run/composed';
import type { Engine, ParamsKernel, SegmentKernel, SegmentTotals } from '../quant/run/engine';
import { storedFormat } from '../quant/run/formatMethod';
import { storeScale } from '../quant/scaleStore';
import type { Scheme } from '../quant/scheme';
import { areAffineParams, isAffineGrid } from './affine';
import type { Kernels } from './kernels';
import { type KernelLevels, prepareLevels } from './levels';
import type { KernelSums } from './sums';
import { isWidened } from './widen';

/** Kernels as a run and a stream of rows use them. */
export function kernelEngine(kernels: Kernels): { engine: Engine; memory: TileMemory } {
  return {
    engine: {
      stats: (values, pivot) => kernels.stats(values, pivot),
      countBeyond: (values, threshold) => kernels.countBeyond(values, threshold),
      collectBetween: (values, band) => kernels.collectBetween(values, band),
      segmentKernel: scheme => segmentKernel(kernels, scheme),
      paramsKernel: scheme => affineApply(kernels, scheme) ?? levelApply(kernels, scheme),
    },
    memory: {
      floats: length => kernels.floats(length),
      bytes: (length, offset) => kernels.bytes(length, offset),
      widen(dtype, bytes, out) {
        if (!isWidened(dtype)) return false;
        kernels.widen(dtype, bytes, out);
        return true;
      },
      countPatterns: bytes => kernels.countPatterns(bytes),
      takePatterns: () => kernels.takePatterns(),
    },
  };
}

function segmentKernel(kernels: Kernels, scheme: Scheme): SegmentKernel | undefined {
  const { kind } = scheme.calibration;
  if (kind === 'mse') return clippedSegments(kernels, scheme);
  if (kind !== 'minmax') return undefined;
  return (
    affineSegments(kernels, scheme) ??
    levelSegments(kernels, scheme) ??
    ggmlSegments(kernels, scheme)
  );
}

/** Whether a scheme rounds and stores its scale as the kernels do. */
function isPlain({ rounding, scale }: Scheme): boolean {
  return rounding.kind === 'even' && scale === 'f32';
}

/** The grid of a scheme that follows our own rule in every respect; undefined for others. */
function plainGrid(scheme: Scheme): IntegerGrid | undefined {
  const { runtime, grid } = scheme;
  if (runtime !== null || grid.kind !== 'integer' || !isPlain(scheme)) return undefined;
  const merged = { ...scheme, ...grid };
  return isAffineGrid(merged) ? merged : undefined;
}

function affineSegments(kernels: Kernels, scheme: Scheme): SegmentKernel | undefined {
  const grid = plainGrid(scheme);
  return grid && ((values, width) => kernels.affineSegments({ values, width, grid }));
}

/** How the kernels compute. */
const usual = {
  rounding: { kind: 'even' },
  division: 'divide',
  zeroPoint: 'after',
} as const;

/** Searches the range of each segment, where the kernel cannot tell by its twin, then quantizes it. */
function clippedSegments(kernels: Kernels, scheme: Scheme): SegmentKernel | undefined {
  const grid = plainGrid(scheme);
  const { calibration: c } = scheme;
  if (!grid || c.kind !== 'mse') return undefined;
  const norm = ([2, 2.4] as const).find(n => n === c.norm);
  if (norm === undefined) return undefined;
  const codes = codeRange(grid);
  const params = integerRule(grid, storeScale('f32'));
  const options = { grid: c.grid, shrink: c.shrink, norm, params, codes, hasCurve: false };
  const codec = integerCodec({ ...codes, ...usual });
  const twin = (values: Float32Array) =>
    calibrate(clipSearch({ ...c, params, codec }), { values, from: 0, to: values.length });
  return (values, width) => {
    // A copy: each call may move the kernels' memory.
    const own = values.slice();
    const totals = noTotals(Math.ceil(own.length / width), codes.qmax - codes.qmin + 1);
    for (let from = 0, i = 0; from < own.length; from += width, i++) {
      const segment = own.subarray(from, from + width);
      const chosen = kernels.clipSearch(segment, options)?.params ?? params(twin(segment).range);
      const sums = kernels.affineApply({ values: segment, params: chosen, grid });
      addSegment(totals, i, chosen, sums);
    }
    return totals;
  };
}

interface Totals extends SegmentTotals {
  readonly zeroPoints: Float32Array;
  readonly codeCounts: Float64Array;
}

function noTotals(segments: number, codes: number): Totals {
  return {
    sums: noErrors(),
    scales: new Float32Array(segments),
    zeroPoints: new Float32Array(segments),
    codeCounts: new Float64Array(codes),
  };
}

function addSegment(
  totals: Totals,
  segment: number,
  { scale, zeroPoint }: QuantParams,
  { sums, codeCounts }: KernelSums,
): void {
  addSums(totals.sums, sums);
  totals.scales[segment] = scale;
  totals.zeroPoints[segment] = zeroPoint;
  for (let code = 0; code < codeCounts.length; code++)
    totals.codeCounts[code]! += codeCounts[code]!;
}

const none = new Float32Array(0);

/** What quantizing by given parameters adds up, as totals without any. */
function withoutParams(sums: KernelSums): SegmentTotals {
  return { ...sums, scales: none, zeroPoints: none };
}

function affineApply(kernels: Kernels, scheme: Scheme): ParamsKernel | undefined {
  const grid = plainGrid(scheme);
  if (!grid) return undefined;
  return (values, params) =>
    areAffineParams(params) ? withoutParams(kernels.affineApply({ values, params, grid })) : null;
}

/** The levels of a scheme's grid as the kernels use them; undefined where they do not. */
function plainLevels(scheme: Scheme): KernelLevels | undefined {
  const { runtime, grid, rounding } = scheme;
  const isLevels = grid.kind === 'named' || grid.kind === 'levels';
  if (!isLevels || !isPlain(scheme)) return undefined;
  const division = runtime === 'bitsandbytes' ? 'reciprocal' : 'divide';
  return prepareLevels({ ...levelGridOf(grid), rounding, division }) ?? undefined;
}

function levelApply(kernels: Kernels, scheme: Scheme): ParamsKernel | undefined {
  const levels = scheme.runtime === null ? plainLevels(scheme) : undefined;
  return (
    levels && ((values, { scale }) => withoutParams(kernels.levelApply({ values, scale, levels })))
  );
}

function levelSegments(kernels: Kernels, scheme: Scheme): SegmentKernel | undefined {
  const levels = plainLevels(scheme);
  if (!levels) return undefined;
  const isBnb = scheme.runtime === 'bitsandbytes';
  // bitsandbytes divides in a block that is short, and multiplies in all others.
  return (values, width) =>
    isBnb && values.length % width !== 0 ? null : kernels.levelSegments({ values, width, levels });
}

function ggmlSegments(kernels: Kernels, { grid }: Scheme): SegmentKernel | undefined {
  if (grid.kind !== 'format') return undefined;
  const stored = storedFormat(grid.name);
  const kernel = stored.kind === 'ggml' ? kernels.ggml(stored.format) : null;
  return kernel ? values => kernel.totals(values) : undefined;
}
