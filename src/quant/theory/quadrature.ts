/** Places and weights of an integral over [-1, 1]. */
export interface Rule {
  readonly places: Float64Array;
  readonly weights: Float64Array;
}

const rules = new Map<number, Rule>();

/**
 * Gauss and Legendre's rule with `count` places: exact for polynomials of degree 2 count - 1.
 * @source Newton's method on the three-term recurrence, as in Numerical Recipes, gauleg
 */
export function gaussLegendre(count: number): Rule {
  const known = rules.get(count);
  if (known) return known;
  const places = new Float64Array(count);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 20; step++) {
      let [value, before] = [1, 0];
      for (let k = 1; k <= count; k++)
        [value, before] = [((2 * k - 1) * x * value - (k - 1) * before) / k, value];
      slope = (count * (x * value - before)) / (x * x - 1);
      const change = value / slope;
      x -= change;
      if (Math.abs(change) < 1e-15) break;
    }
    places[count - 1 - i] = x;
    weights[count - 1 - i] = 2 / ((1 - x * x) * slope * slope);
  }
  const rule = { places, weights };
  rules.set(count, rule);
  return rule;
}

/**
 * Visits the places of an integral from the first to the last edge, `count` of them between each two: where the integrand
 * jumps there should be an edge.
 */
export function eachPlace(
  edges: readonly number[],
  count: number,
  visit: (x: number, weight: number) => void,
): void {
  const { places, weights } = gaussLegendre(count);
  for (let panel = 0; panel + 1 < edges.length; panel++) {
    const half = (edges[panel + 1]! - edges[panel]!) / 2;
    const middle = edges[panel]! + half;
    if (half > 0)
      for (let i = 0; i < count; i++) visit(middle + half * places[i]!, half * weights[i]!);
  }
}

/** The place of [lo, hi] at which a condition that holds from there on begins to hold, to 1e-12 of the width. */
export function beginning(lo: number, hi: number, holds: (x: number) => boolean): number {
  let [below, above] = [lo, hi];
  for (let i = 0; i < 40; i++) {
    const middle = (below + above) / 2;
    if (holds(middle)) above = middle;
    else below = middle;
  }
  return above;
}
