/**
 * How a real step becomes a whole one. `even` and `away` go to the nearest integer, a tie to the even one or away from
 * zero; `up` to the nearest, a tie towards +infinity; `down` is the floor; `toward-zero` cuts the fraction off;
 * `stochastic` goes up with the probability of the fraction. The seed is an integer of [0, 2^53).
 */
export type Rounding =
  | { readonly kind: 'even' | 'away' | 'up' | 'down' | 'toward-zero' }
  | { readonly kind: 'stochastic'; readonly seed: number };

/** Rounds v, which is element number `element` of its tensor. NaN and infinities come back as they are. */
export type Rounder = (v: number, element: number) => number;

/** The function that does a rounding. */
export function rounderFor(rounding: Rounding): Rounder {
  return rounding.kind === 'stochastic' ? roundStochastic(rounding.seed) : rounders[rounding.kind];
}

const rounders = {
  even: roundHalfEven,
  away: roundHalfAway,
  // What ECMAScript defines for it is just this, and exact: 0.49999999999999994 gives 0.
  up: Math.round,
  down: Math.floor,
  'toward-zero': Math.trunc,
} as const;

/** From here on a float64 may be too large for the sum with `roundingMagic`; at 2^52 it has no fraction. */
const magicReach = 2 ** 51;
/** 1.5 * 2^52: a float64 that is added to it has no room for a fraction, and the FPU rounds half to even. */
const roundingMagic = 1.5 * 2 ** 52;

/**
 * Rounds to the nearest integer, a tie to the even one. Values from 2^51 on come back as they are: a quotient rounded to
 * float32 has no fraction there.
 */
export function roundHalfEven(v: number): number {
  return Math.abs(v) < magicReach ? v + roundingMagic - roundingMagic : v;
}

function roundHalfAway(v: number): number {
  const whole = Math.trunc(v);
  // The difference is exact; of infinities it is NaN.
  return Math.abs(v - whole) >= 0.5 ? whole + Math.sign(v) : whole;
}

function roundStochastic(seed: number): Rounder {
  const noise = noiseOf(seed);
  return (v, element) => {
    const below = Math.floor(v);
    return noise(element) < v - below ? below + 1 : below;
  };
}

/**
 * Noise by number: a uniform value of [0, 1) for each element, a multiple of 2^-32. It hangs on the seed and the
 * element's number only, so that a tensor rounds alike however it is cut. The number's low 32 bits, then its high ones,
 * are mixed with two words of the seed: mix(mix(low ^ a) ^ b ^ high). For one seed the values of 2^32 elements in
 * succession from a multiple of 2^32 are all different.
 * @param seed integer of [0, 2^53)
 * @returns takes integers of [0, 2^53)
 */
export function noiseOf(seed: number): (element: number) => number {
  const a = mix(seed + golden);
  const b = mix(a ^ mix(Math.floor(seed / 2 ** 32) + golden));
  return element => (mix(mix(element ^ a) ^ b ^ (element / 2 ** 32)) >>> 0) / 2 ** 32;
}

/** 2^32 / the golden ratio: keeps a small seed away from 0, which `mix` maps to itself. */
const golden = 0x9e3779b9;

/**
 * Mixes 32 bits (a float64 is cut to its low 32 bits): one to one, and a changed bit changes each other with a chance
 * near a half.
 * @source Chris Wellons, "Prospecting for Hash Functions" (2018), lowbias32; public domain
 */
function mix(x: number): number {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}
