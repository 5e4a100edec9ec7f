import { extent, extreme, nearestInt } from './rounding';

/** Groups whose largest magnitude is below this (in float32) count as zeros. */
export const tiny = Math.fround(1e-15);
/** ggml's step between the scales it tries. */
const tenth = Math.fround(0.1);

/** Weights of a group, how much each counts, and the codes to choose; arrays of one length, at most 32. */
export interface Group {
  readonly x: Float32Array;
  readonly importance: Float32Array;
  readonly codes: Int32Array;
}

/** x^ = scale * code - min. */
export interface Line {
  readonly scale: number;
  readonly min: number;
}

/** How a line is searched for: codes 0..top, spread over top + first, top + first + 0.1, ... top + first + 0.1 * tries. */
export interface LineSearch {
  readonly top: number;
  readonly first: number;
  readonly tries: number;
  /** Whether |error| is weighed instead of its square. */
  readonly absolute: boolean;
}

/** Codes of the try under way. */
const trialCodes = new Int32Array(32);

/**
 * Chooses codes, scale and minimum (never below 0) of a group. First the codes spread from the smallest value to the
 * largest, then over slightly wider and narrower spans, each time with the line of weighted least squares through them.
 * What a try improves also moves the start of the next span.
 * @source ggml-org/ggml src/ggml-quants.c, make_qkx2_quants
 */
export function fitLine(group: Group, { top, first, tries, absolute }: LineSearch): Line {
  const { x, codes } = group;
  const trial = trialCodes.subarray(0, x.length);
  const { min, max } = extent(x);
  let best = { scale: 0, min: min > 0 ? -0 : -min };
  codes.fill(0);
  if (max === -best.min) return best;
  const totals = sums(group);
  const spread = Math.fround(top / Math.fround(max + best.min));
  best = { scale: Math.fround(1 / spread), min: best.min };
  roundAll(x, spread, best.min, top, codes);
  let bestError = errorOf(group, codes, best, absolute);
  for (let i = 0; i <= tries; i++) {
    const span = Math.fround(Math.fround(Math.fround(first) + Math.fround(tenth * i)) + top);
    roundAll(x, Math.fround(span / Math.fround(max + best.min)), best.min, top, trial);
    const line = leastSquares(group, trial, totals);
    if (line === null) continue;
    const error = errorOf(group, trial, line, absolute);
    if (error < bestError) {
      codes.set(trial);
      bestError = error;
      best = line;
    }
  }
  return best;
}

/** Sums of a group's importance w, and of w x; serial, as everything here that ggml sums in float32. */
interface Totals {
  readonly w: number;
  readonly wx: number;
}

function sums({ x, importance }: Group): Totals {
  let w = 0;
  let wx = 0;
  for (let i = 0; i < x.length; i++) {
    w = Math.fround(w + importance[i]!);
    wx = Math.fround(wx + Math.fround(importance[i]! * x[i]!));
  }
  return { w, wx };
}

function roundAll(x: Float32Array, spread: number, min: number, top: number, codes: Int32Array) {
  for (let i = 0; i < x.length; i++) {
    const q = nearestInt(Math.fround(spread * Math.fround(x[i]! + min)));
    codes[i] = q < 0 ? 0 : q > top ? top : q;
  }
}

/** The line through given codes, or null where they do not determine one. A minimum above 0 is held at 0. */
function leastSquares({ x, importance }: Group, codes: Int32Array, { w, wx }: Totals): Line | null {
  let wq = 0;
  let wqq = 0;
  let wqx = 0;
  for (let i = 0; i < x.length; i++) {
    const q = codes[i]!;
    const v = Math.fround(importance[i]! * q);
    wq = Math.fround(wq + v);
    wqq = Math.fround(wqq + Math.fround(v * q));
    wqx = Math.fround(wqx + Math.fround(v * x[i]!));
  }
  const determinant = Math.fround(Math.fround(w * wqq) - Math.fround(wq * wq));
  if (!(determinant > 0)) return null;
  const start = Math.fround(
    Math.fround(Math.fround(wqq * wx) - Math.fround(wq * wqx)) / determinant,
  );
  if (start > 0) return { scale: Math.fround(wqx / wqq), min: -0 };
  const slope = Math.fround(Math.fround(w * wqx) - Math.fround(wx * wq));
  return { scale: Math.fround(slope / determinant), min: -start };
}

function errorOf(
  { x, importance }: Group,
  codes: Int32Array,
  { scale, min }: Line,
  absolute: boolean,
): number {
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    const e = Math.fround(Math.fround(Math.fround(scale * codes[i]!) - min) - x[i]!);
    const loss = absolute ? Math.abs(e) : Math.fround(e * e);
    error = Math.fround(error + Math.fround(importance[i]! * loss));
  }
  return error;
}

/** Sums of x^2 * x q and of x^2 * q^2: the scale of weighted least squares is their quotient. */
interface Projection {
  readonly xq: number;
  readonly qq: number;
}

/**
 * Chooses codes and scale of a group around `half`: w = scale * (q - half). Nineteen scales near the one that puts the
 * extreme value on the lowest code are tried; an error counts in proportion to the square of the value.
 * @param codes written: 0..2 * half - 1
 * @returns the scale, 0 for a group of zeros (its codes are then 0); may be negative
 * @source ggml-org/ggml src/ggml-quants.c, make_qx_quants with rmse_type 1
 */
export function fitScale(x: Float32Array, codes: Int32Array, half: number): number {
  const far = extreme(x);
  codes.fill(0);
  if (Math.abs(far) < tiny) return 0;
  let spread = Math.fround(-half / far);
  const start = project(x, spread, half);
  let scale = start.qq === 0 ? 0 : Math.fround(start.xq / start.qq);
  let best = Math.fround(scale * start.xq);
  for (let i = -9; i <= 9; i++) {
    if (i === 0) continue;
    const trial = Math.fround(-Math.fround(half + Math.fround(tenth * i)) / far);
    const { xq, qq } = project(x, trial, half);
    if (qq > 0 && Math.fround(xq * xq) > Math.fround(best * qq)) {
      scale = Math.fround(xq / qq);
      best = Math.fround(scale * xq);
      spread = trial;
    }
  }
  for (let i = 0; i < x.length; i++) codes[i] = half + signedCode(spread * x[i]!, half);
  return scale;
}

/** Nearest code of -half..half - 1. */
function signedCode(v: number, half: number): number {
  const q = nearestInt(Math.fround(v));
  return q < -half ? -half : q < half ? q : half - 1;
}

function project(x: Float32Array, spread: number, half: number): Projection {
  let xq = 0;
  let qq = 0;
  for (let i = 0; i < x.length; i++) {
    const q = signedCode(spread * x[i]!, half);
    const w = Math.fround(x[i]! * x[i]!);
    xq = Math.fround(xq + Math.fround(Math.fround(w * x[i]!) * q));
    qq = Math.fround(qq + Math.fround(Math.fround(w * q) * q));
  }
  return { xq, qq };
}

/**
 * Like `fitScale`, but one start, and then one code at a time moved to where it is best given the others, at most five
 * times over.
 * @source ggml-org/ggml src/ggml-quants.c, make_q3_quants
 */
export function fitScaleByDescent(x: Float32Array, codes: Int32Array, half: number): number {
  const far = extreme(x);
  codes.fill(0);
  if (Math.abs(far) < tiny) return 0;
  const spread = Math.fround(-half / far);
  for (let i = 0; i < x.length; i++) codes[i] = signedCode(spread * x[i]!, half);
  let sums = project(x, spread, half);
  for (let pass = 0; pass < 5; pass++) {
    const before = sums;
    for (let i = 0; i < x.length; i++) sums = improve(x[i]!, i, { codes, half, sums });
    if (sums === before) break;
  }
  for (let i = 0; i < x.length; i++) codes[i]! += half;
  return sums.qq > 0 ? Math.fround(sums.xq / sums.qq) : 0;
}

/** Moves the code of one value if that helps. Returns the sums then: the same object where the code stays. */
function improve(
  x: number,
  at: number,
  { codes, half, sums }: { codes: Int32Array; half: number; sums: Projection },
): Projection {
  const w = Math.fround(x * x);
  const wx = Math.fround(w * x);
  const old = codes[at]!;
  const othersXq = Math.fround(sums.xq - Math.fround(wx * old));
  if (!(othersXq > 0)) return sums;
  const othersQq = Math.fround(sums.qq - Math.fround(Math.fround(w * old) * old));
  const q = signedCode(Math.fround(x * othersQq) / othersXq, half);
  if (q === old) return sums;
  const xq = Math.fround(othersXq + Math.fround(wx * q));
  const qq = Math.fround(othersQq + Math.fround(Math.fround(w * q) * q));
  const ours = Math.fround(Math.fround(xq * xq) * sums.qq);
  const theirs = Math.fround(Math.fround(sums.xq * sums.xq) * qq);
  if (!(qq > 0 && ours > theirs)) return sums;
  codes[at] = q;
  return { xq, qq };
}
