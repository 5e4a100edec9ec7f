/** Range and ticks of a value axis. */
export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly ticks: readonly number[];
}

/** The ends of a linear axis are multiples of about an eighth of its extent: no more room is given away. */
const fineSteps = 8;

/** What a linear axis has to respect. */
export interface LinearOptions {
  /** Most ticks that fit. */
  readonly count: number;
  /** Zero belongs to the axis: bars start there. */
  readonly zero: boolean;
  /** Only whole steps make sense. */
  readonly integers?: boolean;
}

/** A linear axis around `[low, high]`: ends and ticks are round numbers, but an end need not be a tick. */
export function linearAxis(low: number, high: number, options: LinearOptions): Axis {
  let [from, to] = options.zero ? [Math.min(0, low), Math.max(0, high)] : [low, high];
  if (from === to) [from, to] = widen(from, options);
  const fine = niceStep((to - from) / fineSteps, options.integers ?? false);
  const min = round(Math.floor(from / fine + 1e-9) * fine, fine);
  const max = round(Math.ceil(to / fine - 1e-9) * fine, fine);
  for (let step = fine; step <= max - min; step = niceStep(step * 1.5, false)) {
    const ticks = multiples(min, max, step);
    if (ticks.length < 2) break;
    if (ticks.length <= options.count) return { min, max, ticks };
  }
  return { min, max, ticks: [min, max] };
}

function multiples(min: number, max: number, step: number): number[] {
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => round((first + i) * step, step));
}

/** A single value gets an axis around it; a single zero one that says so. */
function widen(value: number, { zero, integers }: LinearOptions): [number, number] {
  if (value === 0) return zero && !integers ? [0, 1] : [-1, 1];
  const margin = integers ? Math.max(1, Math.abs(value) / 10) : Math.abs(value) / 10;
  return [value - margin, value + margin];
}

/** The next 1, 2 or 5 times a power of ten. */
function niceStep(rough: number, integers: boolean): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = rough / power;
  const step = (unit <= 1.0001 ? 1 : unit <= 2.0001 ? 2 : unit <= 5.0001 ? 5 : 10) * power;
  return integers ? Math.max(1, Math.round(step)) : step;
}

/** 0.30000000000000004 is 0.3 on an axis. */
function round(value: number, step: number): number {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(step)));
  return digits > 100 ? value : Number(value.toFixed(Math.min(100, digits))) + 0; // + 0: no -0
}

/**
 * A logarithmic axis around `[low, high]`, both above 0. Ends are 1, 2 or 5 times a power of ten; ticks are
 * powers of ten, thinned evenly, or 1-2-5 steps where less than two powers are in sight.
 */
export function logAxis(low: number, high: number, count: number): Axis {
  const steps = logSteps(low, high === low ? high * 1.01 : high);
  const min = steps[0]!;
  const max = steps.at(-1)!;
  const powers = steps.filter(isPower);
  if (powers.length < 2) return { min, max, ticks: thin(steps, count) };
  return { min, max, ticks: thin(powers, count) };
}

/** All 1-2-5 steps from the last one at or below `low` to the first at or above `high`. */
function logSteps(low: number, high: number): number[] {
  const steps: number[] = [];
  const first = Math.floor(Math.log10(low));
  for (let power = first; ; power++)
    for (const unit of [1, 2, 5]) {
      const step = Number(`${unit}e${power}`);
      if (step <= low * (1 + 1e-12)) steps.length = 0;
      steps.push(step);
      if (step >= high * (1 - 1e-12) && steps.length > 1) return steps;
    }
}

function isPower(step: number): boolean {
  return step.toExponential().startsWith('1e');
}

function thin(ticks: readonly number[], count: number): number[] {
  const every = Math.ceil(ticks.length / Math.max(1, count));
  const offset = (ticks.length - 1) % every;
  return ticks.filter((_, i) => i % every === offset);
}

/** A tick's text: `0.025`, `40`, `1e-4`; never longer than six signs. */
export function formatTick(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(4))).replace('-', '−');
  return value.toExponential().replace('+', '').replace(/^-/, '−');
}

/** From where to where some marks reach. */
export interface Reach {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Lowest and highest finite value of some bands, or null; for a log axis only what is above 0. */
export function extent(bands: readonly Reach[], log: boolean): [low: number, high: number] | null {
  let low = Infinity;
  let high = -Infinity;
  const take = (value: number) => {
    if (!Number.isFinite(value) || (log && value <= 0)) return;
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const band of bands) {
    band.low.forEach(take);
    band.high.forEach(take);
  }
  return low <= high ? [low, high] : null;
}
