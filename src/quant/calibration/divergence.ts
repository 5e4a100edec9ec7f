/** One term of a divergence: x log(x / y). */
type Term = (x: number, y: number) => number;

/**
 * Kullback-Leibler divergence of p from q, in nats: both are divided by their sums, and the terms are summed. All of it is
 * rounded to the type of the arrays, and summed in numpy's order, as the candidates of a calibration differ by little.
 * NaN when one of the two is all zeros.
 * @param p overwritten, as is q
 * @param q as long as p, of the same type
 * @source scipy/scipy scipy/stats/_entropy.py, entropy
 */
export function divergence<T extends Float32Array | Float64Array>(p: T, q: T, term: Term): number {
  // The sums are formed in an array of the same type, which rounds them.
  const lanes = p instanceof Float32Array ? new Float32Array(8) : new Float64Array(8);
  const sumP = pairwiseSum(p, lanes);
  const sumQ = pairwiseSum(q, lanes);
  let [x, y, value] = [Number.NaN, Number.NaN, Number.NaN];
  for (let i = 0; i < p.length; i++) {
    // Most neighbours are alike: empty, or merged.
    if (p[i] !== x || q[i] !== y) {
      x = p[i]!;
      y = q[i]!;
      p[i] = x / sumP;
      q[i] = y / sumQ;
      value = term(p[i]!, q[i]!);
    }
    p[i] = value;
  }
  return pairwiseSum(p, lanes);
}

/** Longest run that is added up in eight lanes; a longer one is cut in two. */
const runLength = 128;

/**
 * Sum of the values, in numpy's order.
 * @param lanes 8 elements of scratch, of the type that the sums are rounded to
 * @source numpy/numpy numpy/_core/src/umath/loops_utils.h.src, pairwise_sum
 */
function pairwiseSum(
  values: Float32Array | Float64Array,
  lanes: Float32Array | Float64Array,
): number {
  const { length } = values;
  if (length > runLength) {
    const half = Math.floor(length / 16) * 8;
    const left = pairwiseSum(values.subarray(0, half), lanes);
    const right = pairwiseSum(values.subarray(half), lanes);
    lanes[0] = left + right;
    return lanes[0];
  }
  lanes.fill(0);
  const whole = length - (length % 8);
  for (let i = 0; i < whole; i++) lanes[i % 8]! += values[i]!;
  for (let step = 1; step < 8; step *= 2)
    for (let k = 0; k < 8; k += 2 * step) lanes[k]! += lanes[k + step]!;
  for (let i = whole; i < length; i++) lanes[0]! += values[i]!;
  return lanes[0]!;
}
