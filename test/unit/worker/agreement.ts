import { expect } from 'vitest';
import type { TensorAnalysis } from '../../../src/protocol/worker';

/** What is made of sums over all values, whose order rounds them one way or another. */
const fromSums = new Set([
  ...['mse', 'rmse', 'meanAbsError', 'sqnrDb', 'cosine', 'relativeFrobenius', 'rmseOverScale'],
  ...['mean', 'std', 'threshold', 'skewness', 'kurtosis', 'codeEntropy', 'gaussianSqnrDb'],
]);

/** Paths of figures that differ: those from sums by more than 1e-10 of their size, or of 1; others at all. */
function differences(actual: unknown, expected: unknown, key = '', at = key): string[] {
  if (actual !== null && expected !== null && typeof actual === 'object') {
    const [mine, other] = [Object.entries(actual), Object.entries(expected as object)];
    if (mine.map(([k]) => k).join() !== other.map(([k]) => k).join()) return [`${at}: other keys`];
    return mine.flatMap(([k, value], i) =>
      differences(value, other[i]![1], Array.isArray(actual) ? key : k, `${at}.${k}`),
    );
  }
  if (actual === expected) return [];
  const [a, b] = [Number(actual), Number(expected)];
  const isNear =
    fromSums.has(key) &&
    typeof actual === typeof expected &&
    Math.abs(a - b) <= 1e-10 * Math.max(Math.abs(b), key === 'skewness' ? 1 : 0);
  return isNear ? [] : [`${at}: ${actual}, expected ${expected}`];
}

/** A mean may be near 0, where only the spread tells what is little. */
function withoutMeans({ profile, channels, ...rest }: TensorAnalysis) {
  const { mean, ...figures } = profile!;
  return { ...rest, profile: figures, ...(channels && { channels: { ...channels, mean: null } }) };
}

/** Expects the same figures, up to what another order of sums may do. */
export function expectAgreement(actual: TensorAnalysis, expected: TensorAnalysis): void {
  expect(differences(withoutMeans(actual), withoutMeans(expected))).toEqual([]);
  const near = (a: number | null, b: number | null, std: number | null) =>
    a === b || Math.abs(a! - b!) <= 1e-10 * Math.max(Math.abs(b!), std!);
  const { profile, channels } = expected;
  expect(near(actual.profile!.mean, profile!.mean, profile!.std)).toBe(true);
  for (const [row, mean] of channels?.mean.entries() ?? [])
    expect(near(actual.channels!.mean[row]!, mean, channels!.std[row]!), `${row}`).toBe(true);
}
