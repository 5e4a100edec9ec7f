import type { Values } from '../../stats/moments';
import type { Stretch } from '../arithmetic';
import type { BlockFormat } from '../blockFormat';
import type { Calibrator } from '../calibration/calibrator';
import { selfScaledFormats } from '../formats/all';
import type { SelfScaled } from '../formats/selfScaled';
import { ggmlTypes } from '../ggml/types';
import type { FormatName } from '../scheme';
import type { Looker } from './chunks';
import type { Method, OnSettled, Output } from './method';

/** A format by its name: one that scales its blocks itself, or one of ggml's types. */
export type StoredFormat =
  | { readonly kind: 'selfScaled'; readonly format: SelfScaled }
  | { readonly kind: 'ggml'; readonly format: BlockFormat };

/** Looks a format up. */
export function storedFormat(name: FormatName): StoredFormat {
  const ggml = ggmlTypes.find(t => t.name === name);
  if (ggml) return { kind: 'ggml', format: ggml };
  const format = selfScaledFormats[name as keyof typeof selfScaledFormats];
  return { kind: 'selfScaled', format };
}

/** The method of a format that fixes its blocks and how their scales are found. */
export function formatMethod(name: FormatName): Method {
  const stored = storedFormat(name);
  return stored.kind === 'ggml' ? ggmlMethod(stored.format) : selfScaledMethod(stored.format);
}

function selfScaledMethod(format: SelfScaled): Method {
  const { blockSize, blocksPerRun, isFlat, codes, gather } = format;
  const scales = new Float32Array(blocksPerRun);
  let tensor = 1;
  return {
    codes,
    granularity: { kind: 'group', size: blockSize },
    flat: isFlat,
    span: blockSize * blocksPerRun,
    ...(gather && { prepare: each => gatherFirst(each, gather(), found => (tensor = found)) }),
    quantize(run, out, onSettled) {
      format.quantize(run, tensor, { ...out, scales });
      for (let from = run.from, block = 0; from < run.to; from += blockSize, block++) {
        const scale = scales[block]!;
        out.scales.fill(scale, from, Math.min(from + blockSize, run.to));
        const params = { scale, zeroPoint: 0 };
        onSettled(run.index + from - run.from, { params, range: null, curve: [] });
      }
    },
  };
}

/** A look at every block before any is quantized. */
function gatherFirst(
  eachSegment: (make: () => Calibrator) => Looker,
  gatherer: ReturnType<NonNullable<SelfScaled['gather']>>,
  onFound: (tensor: number) => void,
): Looker {
  const nothing = { range: { lo: 0, hi: 0 }, curve: [] };
  const calibrator: Calibrator = {
    add: (values, from, to) => gatherer.add({ values, from, to, index: 0, stride: 1 }),
    finish: () => nothing,
  };
  const looker = eachSegment(() => calibrator);
  return {
    add: chunk => looker.add(chunk),
    finish() {
      if (!looker.finish()) return false;
      onFound(gatherer.finish());
      return true;
    },
  };
}

/** Blocks that are handed over together: a call for each would cost more than the arithmetic of the small ones. */
const ggmlSpan = 16_384;

function ggmlMethod(format: BlockFormat): Method {
  const { blockSize, bytesPerBlock, subBlockSize, codes } = format;
  const values = new Float32Array(ggmlSpan);
  const results = new Float32Array(ggmlSpan);
  const codeOf = new Int32Array(ggmlSpan);
  const blocks = new Uint8Array((ggmlSpan / blockSize) * bytesPerBlock);
  const scales = new Float32Array(ggmlSpan / subBlockSize);
  const zeroPoints = new Float32Array(ggmlSpan / subBlockSize);
  return {
    codes,
    granularity: { kind: 'group', size: subBlockSize },
    flat: false,
    span: ggmlSpan,
    unit: blockSize,
    quantize(run, out, onSettled) {
      const count = run.to - run.from;
      // A sample of a tensor may cut a block: zeros fill it.
      const whole = Math.ceil(count / blockSize);
      const bytes = blocks.subarray(0, whole * bytesPerBlock);
      values.fill(0, count, whole * blockSize);
      takeFinite(run, blockSize, values);
      format.quantize(values.subarray(0, whole * blockSize), bytes);
      format.dequantize(bytes, results.subarray(0, whole * blockSize));
      format.codesOf(bytes, codeOf.subarray(0, whole * blockSize));
      format.paramsOf(bytes, scales, zeroPoints);
      out.results.set(results.subarray(0, count), run.from);
      out.codes.set(codeOf.subarray(0, count), run.from);
      out.clipped.fill(0, run.from, run.to);
      settleEach(run, { scales, zeroPoints, size: subBlockSize }, out, onSettled);
    },
  };
}

/**
 * ggml's quantizers take finite values only. In place of others stands the first finite value of their block, so that they
 * do not widen its range; 0 in a block without one.
 */
function takeFinite({ values, from, to }: Stretch, blockSize: number, into: Float32Array): void {
  for (let start = from; start < to; start += blockSize) {
    const end = Math.min(start + blockSize, to);
    const other = firstFinite(values, start, end);
    for (let i = start; i < end; i++) {
      const x = Math.fround(values[i]!);
      into[i - from] = x - x === 0 ? x : other;
    }
  }
}

function firstFinite(values: Values, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const x = Math.fround(values[i]!);
    if (x - x === 0) return x;
  }
  return 0;
}

function settleEach(
  { from, to, index }: Stretch,
  params: { scales: Float32Array; zeroPoints: Float32Array; size: number },
  out: Output,
  onSettled: OnSettled,
): void {
  for (let at = from, i = 0; at < to; at += params.size, i++) {
    const [scale, zeroPoint] = [params.scales[i]!, params.zeroPoints[i]!];
    // A block that is all minimum has scale 0, and its error no measure in steps.
    out.scales.fill(scale || Number.NaN, at, Math.min(at + params.size, to));
    onSettled(index + at - from, { params: { scale, zeroPoint }, range: null, curve: [] });
  }
}
