import { logWithin } from './normal';

const layouts = {
  fp16: { mantissaBits: 10, smallest: -14, largest: 15 },
  bf16: { mantissaBits: 7, smallest: -126, largest: 127 },
} as const;

/** Steps of the format that a standard deviation must have, so that values are rounded as often up as down. */
const fewestSteps = 64;
/** Standard deviations up to which values are looked at. */
const reach = 12;

/**
 * The mean squared error that a cast makes of normal values, per variance: step^2 / 12 of every power of two, by its
 * probability. Relative error about 1e-4, as the density hardly changes over a step. Null where values would overflow or
 * lie among the smallest of the format.
 * @param bound largest magnitude that is cast, in standard deviations
 */
export function castError(name: 'fp16' | 'bf16', sigma: number, bound: number): number | null {
  const { mantissaBits, smallest, largest } = layouts[name];
  const leastStep = 2 ** (smallest - mantissaBits);
  if (sigma * reach > 2 ** (largest + 1) || sigma < fewestSteps * leastStep) return null;
  const within = (x: number) => Math.exp(logWithin(Math.min(x / sigma, bound)));
  let sum = within(2 ** smallest) * leastStep ** 2;
  for (let e = Math.max(smallest, Math.floor(Math.log2(sigma)) - 40); 2 ** e < reach * sigma; e++)
    sum += (within(2 ** (e + 1)) - within(2 ** e)) * 2 ** (2 * (e - mantissaBits));
  return sum / 12 / (sigma * sigma);
}
