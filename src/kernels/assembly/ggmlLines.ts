// The search for scale and minimum that the K types with minima share, for eight sub-blocks at a time, one to a lane:
// each lane does what fitLine of src/quant/ggml/search.ts does, in its order, and so its float32 sums have the same bits.
import { magic, nearestCodes } from './ggmlScalar';

/** Values: number i of the eight sub-blocks at 32 i. */
const values = memory.data(3072, 16);
/** How far from a value lie its importance and its code on trial. */
const importance = 1024;
const code = 2048;

/** What is known of the eight lanes: fields of 32 bytes. */
const lanes = memory.data(512, 16);
const lowest = lanes;
const highest = lanes + 32;
/** Where codes start: the value of code 0, negated. */
const start = lanes + 64;
/** 1 / step of the codes on trial. */
const spread = lanes + 96;
/** All ones where a lane is done: its values are all equal. */
const flat = lanes + 128;
/** Sums of w, w x over a sub-block; of w q, w q^2, w q x for the codes on trial. */
const sumW = lanes + 160;
const sumWX = lanes + 192;
const sumWQ = lanes + 224;
const sumWQQ = lanes + 256;
const sumWQX = lanes + 288;
/** The line on trial, and its error. */
const trialScale = lanes + 320;
const trialMin = lanes + 352;
const error = lanes + 384;
const bestError = lanes + 416;

/** The scale, the minimum (negated), and the spread and start of the codes of the best line: f32 [8] each. */
const found = memory.data(128, 16);

/** Address of the best scales, f32 [8]. */
export const foundScales = found;
/** Address of the best minima, negated: f32 [8]. */
export const foundMins = found + 32;
/** Address of the spreads that gave the best lines' codes: f32 [8]. */
export const foundSpreads = found + 64;
/** Address of the starts that gave the best lines' codes: f32 [8]. */
export const foundStarts = found + 96;

/** Lane by lane a where the mask is set, else b. */
// @ts-ignore: decorator
@inline
function pick(a: v128, b: v128, mask: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/**
 * Lays eight sub-blocks into lanes.
 * @param x      f32 [8 length]
 * @param length values of a sub-block, a multiple of 4, at most 32
 */
export function loadLanes(x: usize, length: i32): void {
  const row = <usize>length << 2;
  for (let half: usize = 0; half < 32; half += 16, x += 4 * row) {
    for (let i: usize = 0; i < row; i += 16) {
      transpose(x + i, row, values + 8 * i + half);
    }
  }
}

/** Four values of four rows become four lanes of four vectors, 32 bytes apart. */
// @ts-ignore: decorator
@inline
function transpose(from: usize, row: usize, to: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + row);
  const c = v128.load(from + 2 * row);
  const d = v128.load(from + 3 * row);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const gh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + 32, v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 64, v128.shuffle<i32>(ef, gh, 0, 1, 4, 5));
  v128.store(to + 96, v128.shuffle<i32>(ef, gh, 2, 3, 6, 7));
}

/** Counts each value by its magnitude. */
export function weighByMagnitude(length: i32): void {
  const end = <usize>length << 5;
  for (let p = values; p < values + end; p += 16) {
    v128.store(p, f32x4.abs(v128.load(p)), importance);
  }
}

/** Counts each value by its magnitude plus the root of the mean square of its sub-block. */
export function weighEvenly(length: i32): void {
  const end = values + (<usize>length << 5);
  for (let first = values; first < values + 32; first += 16) {
    let squares = f32x4.splat(0);
    for (let p = first; p < end; p += 32) {
      const x = v128.load(p);
      squares = f32x4.add(squares, f32x4.mul(x, x));
    }
    const typical = f32x4.sqrt(f32x4.div(squares, f32x4.splat(<f32>length)));
    for (let p = first; p < end; p += 32) {
      v128.store(p, f32x4.add(typical, f32x4.abs(v128.load(p))), importance);
    }
  }
}

/** Extent and sums of the lanes of one half. */
function survey(half: usize, end: usize): void {
  let min = v128.load(values + half);
  let max = min;
  let w = f32x4.splat(0);
  let wx = f32x4.splat(0);
  for (let p = values + half; p < end; p += 32) {
    const x = v128.load(p);
    const v = v128.load(p, importance);
    min = f32x4.pmin(min, x);
    max = f32x4.pmax(max, x);
    w = f32x4.add(w, v);
    wx = f32x4.add(wx, f32x4.mul(v, x));
  }
  v128.store(lowest + half, min);
  v128.store(highest + half, max);
  v128.store(sumW + half, w);
  v128.store(sumWX + half, wx);
  const zero = f32x4.splat(0);
  const from = f32x4.neg(pick(zero, min, f32x4.gt(min, zero)));
  v128.store(start + half, from);
  v128.store(flat + half, f32x4.eq(max, f32x4.neg(from)));
}

/** Spreads codes so that `span` of them reach from the start to the largest value. */
function setSpread(half: usize, span: f32): void {
  const reach = f32x4.add(v128.load(highest + half), v128.load(start + half));
  const width = pick(f32x4.splat(1), reach, v128.load(flat + half));
  v128.store(spread + half, f32x4.div(f32x4.splat(span), width));
}

/**
 * Whether the codes of a half are below 2^22 before they are limited: those of all values lie between those of the
 * smallest and the largest. Where they are not, or NaN, only the integer way rounds as ggml does.
 */
// @ts-ignore: decorator
@inline
function isTame(half: usize): bool {
  const bound = f32x4.splat(4194304);
  const step = v128.load(spread + half);
  const from = v128.load(start + half);
  const low = f32x4.mul(step, f32x4.add(v128.load(lowest + half), from));
  const high = f32x4.mul(step, f32x4.add(v128.load(highest + half), from));
  const below = v128.and(f32x4.lt(f32x4.abs(low), bound), f32x4.lt(f32x4.abs(high), bound));
  return i32x4.all_true(below);
}

/** Chooses the trial codes of all lanes and sums over them. */
function project(end: usize, top: f32): void {
  if (isTame(0) && isTame(16)) projectTame(end, top);
  else for (let half: usize = 0; half < 32; half += 16) projectWild(half, end, top);
}

/** Rounds and limits in floats: half the work. Both halves go together, so that their sums do not wait for each other. */
function projectTame(end: usize, top: f32): void {
  const least = f32x4.splat(magic);
  const most = f32x4.splat(magic + top);
  const spread0 = v128.load(spread);
  const spread1 = v128.load(spread, 16);
  const start0 = v128.load(start);
  const start1 = v128.load(start, 16);
  let wq0 = f32x4.splat(0);
  let wq1 = wq0;
  let wqq0 = wq0;
  let wqq1 = wq0;
  let wqx0 = wq0;
  let wqx1 = wq0;
  let p = values;
  do {
    const x0 = v128.load(p);
    const x1 = v128.load(p, 16);
    const t0 = f32x4.add(f32x4.mul(spread0, f32x4.add(x0, start0)), least);
    const t1 = f32x4.add(f32x4.mul(spread1, f32x4.add(x1, start1)), least);
    const q0 = f32x4.sub(f32x4.pmin(f32x4.pmax(t0, least), most), least);
    const q1 = f32x4.sub(f32x4.pmin(f32x4.pmax(t1, least), most), least);
    v128.store(p, q0, code);
    v128.store(p, q1, code + 16);
    const v0 = f32x4.mul(v128.load(p, importance), q0);
    const v1 = f32x4.mul(v128.load(p, importance + 16), q1);
    wq0 = f32x4.add(wq0, v0);
    wq1 = f32x4.add(wq1, v1);
    wqq0 = f32x4.add(wqq0, f32x4.mul(v0, q0));
    wqq1 = f32x4.add(wqq1, f32x4.mul(v1, q1));
    wqx0 = f32x4.add(wqx0, f32x4.mul(v0, x0));
    wqx1 = f32x4.add(wqx1, f32x4.mul(v1, x1));
    p += 32;
  } while (p < end);
  v128.store(sumWQ, wq0);
  v128.store(sumWQ, wq1, 16);
  v128.store(sumWQQ, wqq0);
  v128.store(sumWQQ, wqq1, 16);
  v128.store(sumWQX, wqx0);
  v128.store(sumWQX, wqx1, 16);
}

function projectWild(half: usize, end: usize, top: f32): void {
  const most = i32x4.splat(<i32>top);
  const step = v128.load(spread + half);
  const from = v128.load(start + half);
  let wq = f32x4.splat(0);
  let wqq = wq;
  let wqx = wq;
  for (let p = values + half; p < end; p += 32) {
    const x = v128.load(p);
    const q = f32x4.convert_i32x4_s(nearestCodes(f32x4.mul(step, f32x4.add(x, from)), most));
    v128.store(p, q, code);
    const v = f32x4.mul(v128.load(p, importance), q);
    wq = f32x4.add(wq, v);
    wqq = f32x4.add(wqq, f32x4.mul(v, q));
    wqx = f32x4.add(wqx, f32x4.mul(v, x));
  }
  v128.store(sumWQ + half, wq);
  v128.store(sumWQQ + half, wqq);
  v128.store(sumWQX + half, wqx);
}

/** The line of least squares through the trial codes; a lane that has none gets NaN, whose error is below nothing. */
function fitTrial(half: usize): void {
  const zero = f32x4.splat(0);
  const w = v128.load(sumW + half);
  const wx = v128.load(sumWX + half);
  const wq = v128.load(sumWQ + half);
  const wqq = v128.load(sumWQQ + half);
  const wqx = v128.load(sumWQX + half);
  const determinant = f32x4.sub(f32x4.mul(w, wqq), f32x4.mul(wq, wq));
  const at0 = f32x4.div(f32x4.sub(f32x4.mul(wqq, wx), f32x4.mul(wq, wqx)), determinant);
  const slope = f32x4.div(f32x4.sub(f32x4.mul(w, wqx), f32x4.mul(wx, wq)), determinant);
  const isAbove = f32x4.gt(at0, zero);
  const scale = pick(f32x4.div(wqx, wqq), slope, isAbove);
  const isLine = f32x4.gt(determinant, zero);
  v128.store(trialScale + half, pick(scale, f32x4.splat(NaN), isLine));
  v128.store(trialMin + half, f32x4.neg(pick(zero, at0, isAbove)));
}

/** Sums the weighed squares, or magnitudes, of the errors of the line on trial. */
function measure(end: usize, absolute: bool): void {
  if (absolute) measureBy(end, true);
  else measureBy(end, false);
}

// @ts-ignore: decorator
@inline
function measureBy(end: usize, absolute: bool): void {
  const scale0 = v128.load(trialScale);
  const scale1 = v128.load(trialScale, 16);
  const min0 = v128.load(trialMin);
  const min1 = v128.load(trialMin, 16);
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let p = values;
  do {
    const line0 = f32x4.sub(f32x4.mul(scale0, v128.load(p, code)), min0);
    const line1 = f32x4.sub(f32x4.mul(scale1, v128.load(p, code + 16)), min1);
    const e0 = f32x4.sub(line0, v128.load(p));
    const e1 = f32x4.sub(line1, v128.load(p, 16));
    const loss0 = absolute ? f32x4.abs(e0) : f32x4.mul(e0, e0);
    const loss1 = absolute ? f32x4.abs(e1) : f32x4.mul(e1, e1);
    sum0 = f32x4.add(sum0, f32x4.mul(v128.load(p, importance), loss0));
    sum1 = f32x4.add(sum1, f32x4.mul(v128.load(p, importance + 16), loss1));
    p += 32;
  } while (p < end);
  v128.store(error, sum0);
  v128.store(error, sum1, 16);
}

/** Takes the trial where its error is smaller; its minimum is where the next trials start. */
function keepBetter(half: usize): void {
  const better = f32x4.lt(v128.load(error + half), v128.load(bestError + half));
  const from = v128.load(start + half);
  replace(bestError + half, v128.load(error + half), better);
  replace(foundScales + half, v128.load(trialScale + half), better);
  replace(foundMins + half, v128.load(trialMin + half), better);
  replace(foundSpreads + half, v128.load(spread + half), better);
  replace(foundStarts + half, from, better);
  replace(start + half, v128.load(trialMin + half), better);
}

// @ts-ignore: decorator
@inline
function replace(at: usize, value: v128, mask: v128): void {
  v128.store(at, pick(value, v128.load(at), mask));
}

/** The first line: from the smallest value, or 0 if that is less, to the largest. */
function begin(half: usize): void {
  const done = v128.load(flat + half);
  const scale = f32x4.div(f32x4.splat(1), v128.load(spread + half));
  v128.store(trialScale + half, v128.andnot(scale, done));
  v128.store(trialMin + half, v128.load(start + half));
}

/** A lane that is done has the smallest error there is. */
function keepFirst(half: usize): void {
  const nothingBelow = f32x4.splat(-Infinity);
  v128.store(bestError + half, pick(nothingBelow, v128.load(error + half), v128.load(flat + half)));
  v128.store(foundScales + half, v128.load(trialScale + half));
  v128.store(foundMins + half, v128.load(trialMin + half));
  v128.store(foundSpreads + half, v128.load(spread + half));
  v128.store(foundStarts + half, v128.load(start + half));
}

// @ts-ignore: decorator
@inline
function setSpreads(span: f32): void {
  setSpread(0, span);
  setSpread(16, span);
}

/**
 * Searches the lines of the eight sub-blocks in the lanes, weighed already.
 * @param length   values of a sub-block
 * @param top      the largest code
 * @param first    codes on trial are spread over top + first, top + first + 0.1, ... top + first + 0.1 * tries
 * @param absolute whether |error| is weighed instead of its square
 */
export function fitLines(length: i32, top: f32, first: f32, tries: i32, absolute: bool): void {
  const end = values + (<usize>length << 5);
  survey(0, end);
  survey(16, end);
  setSpreads(top);
  project(end, top);
  begin(0);
  begin(16);
  measure(end, absolute);
  keepFirst(0);
  keepFirst(16);
  for (let i = 0; i <= tries; i++) {
    setSpreads(first + <f32>0.1 * <f32>i + top);
    project(end, top);
    fitTrial(0);
    fitTrial(16);
    measure(end, absolute);
    keepBetter(0);
    keepBetter(16);
  }
}
