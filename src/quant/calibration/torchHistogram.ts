import type { Calibrated, Calibrator, Candidate } from './calibrator';
import { type Bins, type Extremes, histogramCalibrator } from './histogramPasses';

const binCount = 2048;
/** Share of the values that a step may leave out at one end. */
const stepSize = 1e-5;

/**
 * The range that PyTorch's HistogramObserver finds in one call: bins are left out from the two ends of a histogram, at
 * each step from the end that holds less for its length, until the error grows. The error is that of values spread evenly
 * within their bins. The curve holds the width of each range tried and its error; the last one is where it grew.
 *
 * Float32 wherever the source is. The source sums the error of the bins in float32 too, in an order that is the
 * processor's, and counts in float32; here both are float64.
 * @param bits the grid has 2^bits levels
 * @source pytorch/pytorch torch/ao/quantization/observer.py, HistogramObserver._non_linear_param_search
 */
export function torchHistogram(bits: number): Calibrator {
  return histogramCalibrator(openBins, ({ counts }, extremes) =>
    search({ counts, ...extremes, levels: 2 ** bits }),
  );
}

/**
 * torch.histc: bins by division alone, in float32.
 * @source pytorch/pytorch aten/src/ATen/native/cpu/HistogramKernel.cpp, histogramdd_cpu_contiguous
 */
function openBins({ lo, hi }: Extremes): Bins | null {
  const width = Math.fround(hi - lo);
  const binWidth = Math.fround(width / binCount);
  if (binWidth === 0 || binWidth === Infinity) return null;
  const counts = new Float64Array(binCount);
  return {
    counts,
    add(values, from, to, occurrences) {
      for (let i = from; i < to; i++) {
        const x = Math.fround(values[i]!);
        if (x - x !== 0) continue;
        const place = Math.fround(Math.fround(Math.fround(x - lo) * binCount) / width);
        const bin = Math.min(Math.trunc(place), binCount - 1);
        if (occurrences === undefined) counts[bin]!++;
        else counts[bin]! += occurrences[i]!;
      }
    },
  };
}

interface Problem extends Extremes {
  readonly counts: Float64Array;
  readonly levels: number;
}

function search(problem: Problem): Calibrated {
  const { counts, lo, hi } = problem;
  const binWidth = Math.fround(Math.fround(hi - lo) / binCount);
  const sums = runningSums(counts);
  const total = sums[binCount - 1]!;
  const curve: Candidate[] = [];
  let alpha = 0;
  let beta = 1;
  let start = 0;
  let end = binCount - 1;
  let least = Infinity;
  while (alpha < beta) {
    const left = Math.fround((alpha + stepSize) * total);
    const right = Math.fround((beta - stepSize) * total);
    let nextStart = start;
    let nextEnd = end;
    while (nextStart < end && sums[nextStart]! < left) nextStart++;
    while (nextEnd > start && sums[nextEnd]! > right) nextEnd--;
    if (nextStart - start > end - nextEnd) {
      alpha += stepSize;
      nextEnd = end;
    } else {
      beta -= stepSize;
      nextStart = start;
    }
    if (nextStart === start && nextEnd === end) continue;
    const loss = squaredError(problem, nextStart, nextEnd);
    curve.push([Math.fround(binWidth * (nextEnd + 1 - nextStart)), loss]);
    if (loss > least) break;
    least = loss;
    start = nextStart;
    end = nextEnd;
  }
  const edge = (bin: number) => Math.fround(lo + Math.fround(binWidth * bin));
  return { range: { lo: edge(start), hi: edge(end + 1) }, curve };
}

/** Element i is the sum of the counts up to i, itself included, rounded to float32. */
function runningSums(counts: Float64Array): Float32Array {
  const sums = new Float32Array(counts.length);
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i]!;
    sums[i] = sum;
  }
  return sums;
}

/**
 * Squared error of all values when the bins [start, end] are cut into the levels: for each bin the part in its first
 * level, the whole levels between, and the part in its last one.
 * @source pytorch/pytorch torch/ao/quantization/observer.py, HistogramObserver._compute_quantization_error
 */
function squaredError({ counts, lo, hi, levels }: Problem, start: number, end: number): number {
  const exactWidth = (hi - lo) / binCount;
  const exactStep = (exactWidth * (end - start + 1)) / levels;
  const width = Math.fround(exactWidth);
  const step = Math.fround(exactStep);
  const half = Math.fround(exactStep / 2);
  const whole = thirdOfCubes(half, -half);
  let sum = 0;
  for (let bin = 0; bin < binCount; bin++) {
    if (counts[bin] === 0) continue;
    const density = Math.fround(Math.fround(counts[bin]!) / width);
    const from = Math.fround((bin - start) * width);
    const to = Math.fround(from + width);
    const first = Math.min(Math.max(floorQuotient(from, step), 0), levels - 1);
    const last = Math.min(Math.max(floorQuotient(to, step), 0), levels - 1);
    const firstCentre = Math.fround((first + 0.5) * step);
    const lastCentre = Math.fround(Math.fround(last * step) + half);
    const head = Math.fround(density * thirdOfCubes(half, Math.fround(from - firstCentre)));
    const middle = Math.fround((last - first - 1) * Math.fround(density * whole));
    const tail = Math.fround(density * thirdOfCubes(Math.fround(to - lastCentre), -half));
    sum += Math.fround(Math.fround(head + middle) + tail);
  }
  return sum;
}

/** (b^3 - a^3) / 3: the integral of x^2 from a to b. */
function thirdOfCubes(b: number, a: number): number {
  return Math.fround(Math.fround(cube(b) - cube(a)) / 3);
}

function cube(x: number): number {
  return Math.fround(Math.fround(x * x) * x);
}

/**
 * Floor of a / b, from the exact remainder: it may differ from the floor of the quotient.
 * @param b above 0
 * @source pytorch/pytorch c10/util/generic_math.h, div_floor_floating
 */
function floorQuotient(a: number, b: number): number {
  const remainder = a % b;
  const quotient = Math.fround(Math.fround(a - remainder) / b);
  const lower = remainder < 0 ? Math.fround(quotient - 1) : quotient;
  const floor = Math.floor(lower);
  return lower - floor > 0.5 ? floor + 1 : floor;
}
