import type { Counts, Values } from './moments';

/** The order of the values: by themselves, or by their magnitude. */
export type Order = 'value' | 'magnitude';

/** The sortable key of 32 bits is read in three passes, from the top: 11, 11 and 10 bits. */
const shifts = [21, 10, 0] as const;
const digitMasks = [0x7ff, 0x7ff, 0x3ff] as const;
/** Digits of the widest pass, and so the counts kept for each prefix. */
const digitCount = 2048;
/** Values whose bits are looked at together. */
const chunkLength = 4096;

/** The search for one rank: the digits found so far, and what is left of the rank among the values that start so. */
interface Target {
  readonly rank: number;
  key: number;
  rest: number;
  /** Number of the prefix among the distinct ones. */
  group: number;
}

/**
 * Exact order statistics of values that come in pieces, three times over: a radix search on the bits. Values are ordered
 * as float32; those that are not finite in float32 are passed over, and -0 is +0. Each pass keeps 2048 counts for every
 * distinct prefix of the ranks asked for, however many values there are.
 */
export class OrderStatistics {
  /** Values taken part in, known when the first pass has ended. */
  count = 0;
  readonly #ranksOf: (count: number) => readonly number[];
  readonly #byMagnitude: boolean;
  readonly #chunk = new Float32Array(chunkLength);
  readonly #bits = new Uint32Array(this.#chunk.buffer);
  /** For each pass that has ended: the group of a group's digit, -1 where nobody asked for it. */
  readonly #groups: Int32Array[] = [];
  #counts = new Float64Array(digitCount);
  #targets: Target[] = [];
  readonly #found = new Map<number, Target>();

  /** @param ranksOf the ranks to find, each an integer of [0, count); asked once, and not when there are no values */
  constructor(ranksOf: (count: number) => readonly number[], by: Order) {
    this.#ranksOf = ranksOf;
    this.#byMagnitude = by === 'magnitude';
  }

  /** Takes the values at [from, to) in the current pass; the same ones in each pass. `counts` is indexed like `values`. */
  add(values: Values, from: number, to: number, counts?: Counts): void {
    for (let i = from; i < to; i += chunkLength) {
      const end = Math.min(i + chunkLength, to);
      this.#chunk.set(values.subarray(i, end));
      this.#countDigits(end - i, counts?.subarray(i, end));
    }
  }

  #countDigits(length: number, occurrences?: Counts): void {
    const pass = this.#groups.length;
    const counts = this.#counts;
    const flip = this.#byMagnitude ? 0 : 0x80000000;
    for (let i = 0; i < length; i++) {
      const bits = this.#bits[i]!;
      const magnitude = bits & 0x7fffffff;
      if (magnitude >= 0x7f800000) continue;
      const negative = flip !== 0 && magnitude !== bits && magnitude !== 0;
      const key = negative ? ~bits : magnitude | flip;
      let group = 0;
      for (let level = 0; level < pass && group >= 0; level++)
        group = this.#groups[level]![group * digitCount + digitAt(key, level)]!;
      if (group < 0) continue;
      const place = group * digitCount + digitAt(key, pass);
      if (occurrences === undefined) counts[place]!++;
      else counts[place]! += occurrences[i]!;
    }
  }

  /**
   * Ends a pass.
   * @returns whether the values of the ranks are known; else the values are needed once more
   * @throws RangeError when a rank is not an integer of [0, count)
   */
  finish(): boolean {
    if (this.#groups.length === 0) this.#start();
    this.#descend();
    const done = this.#targets.length === 0 || this.#groups.length === shifts.length;
    if (done) this.#settle();
    return done;
  }

  #start(): void {
    this.count = this.#counts.reduce((sum, n) => sum + n, 0);
    const ranks = this.count === 0 ? [] : this.#ranksOf(this.count);
    this.#targets = ranks.map(rank => {
      if (!Number.isInteger(rank) || rank < 0 || rank >= this.count)
        throw new RangeError(`rank ${rank} of ${this.count} values`);
      return { rank, key: 0, rest: rank, group: 0 };
    });
  }

  /** Finds the next digit of every target, and numbers the distinct prefixes. */
  #descend(): void {
    const pass = this.#groups.length;
    const groups = new Int32Array(this.#counts.length).fill(-1);
    let groupCount = 0;
    for (const target of this.#targets) {
      let at = target.group * digitCount;
      for (; target.rest >= this.#counts[at]!; at++) target.rest -= this.#counts[at]!;
      if (groups[at] === -1) groups[at] = groupCount++;
      target.group = groups[at]!;
      target.key = (target.key | ((at % digitCount) << shifts[pass]!)) >>> 0;
    }
    this.#groups.push(groups);
    this.#counts = new Float64Array(groupCount * digitCount);
  }

  /** Keeps the values, and lets go of what found them. */
  #settle(): void {
    for (const target of this.#targets) this.#found.set(target.rank, target);
    this.#groups.fill(new Int32Array(0));
    this.#counts = new Float64Array(0);
  }

  #valueOf(key: number): number {
    const positive = this.#byMagnitude || key >= 0x80000000;
    this.#bits[0] = positive ? key & 0x7fffffff : ~key;
    return this.#chunk[0]!;
  }

  /**
   * The value that `rank` smaller ones come before, a float32 number.
   * @throws RangeError when the rank was not asked for or is not known yet
   */
  value(rank: number): number {
    return this.#valueOf(this.#target(rank).key);
  }

  /** How many values equal to that of `rank` come before it. */
  equalsBefore(rank: number): number {
    return this.#target(rank).rest;
  }

  #target(rank: number): Target {
    const target = this.#found.get(rank);
    if (target === undefined) throw new RangeError(`rank ${rank} was not asked for`);
    return target;
  }
}

function digitAt(key: number, pass: number): number {
  return (key >>> shifts[pass]!) & digitMasks[pass]!;
}

/**
 * The two ranks that a quantile lies between; the same one twice at the end.
 * @param q fraction of [0, 1]
 * @param count at least 1
 */
export function quantileRanks(q: number, count: number): [below: number, above: number] {
  const below = Math.min(Math.floor(q * (count - 1)), count - 1);
  return [below, Math.min(below + 1, count - 1)];
}

/**
 * A quantile, interpolated linearly in float64 between the values of `quantileRanks(q, count)`, which must be known.
 * @param q fraction of [0, 1]
 * @source numpy/numpy numpy/lib/_function_base_impl.py, _quantile with method 'linear', _lerp
 */
export function quantile(statistics: OrderStatistics, q: number): number {
  const [below, above] = quantileRanks(q, statistics.count);
  const a = statistics.value(below);
  const b = statistics.value(above);
  const t = q * (statistics.count - 1) - below;
  // From the nearer end, so that neither end is overshot.
  return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}
