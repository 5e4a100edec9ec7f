import { finiteOrNull } from '../../stats/moments';
import { OrderStatistics, quantile, quantileRanks } from '../../stats/orderStatistics';
import type { Spread } from '../errorReport';

/** Up to so many parameters each is kept, and their median is exact: one a channel of the largest vocabularies. */
export const mostKept = 2 ** 18;
/** So few are sorted: a search allocates some ten thousand counts, which is much for a small tensor. */
const mostSorted = 2048;
/** Beyond `mostKept` they are counted by their sign, exponent and first 10 bits of mantissa. */
const droppedBits = 13;
const prefixCount = 2 ** (32 - droppedBits);
const restMask = 2 ** droppedBits - 1;

/** What is known of some of a tensor's parameters, to be merged with what is known of others. Plain data. */
export interface SpreadState {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Each of them; empty where all are equal, or where there are too many. */
  readonly values: Float32Array;
  readonly counted: CountedState | null;
}

/** How often each prefix occurs, and the smallest and largest rest of the bits after it. */
interface CountedState {
  readonly prefixes: Uint32Array;
  readonly counts: Float64Array;
  readonly lowest: Uint16Array;
  readonly highest: Uint16Array;
}

/**
 * Smallest, median and largest of scales or zero points, as float32. The median is that of the finite ones, of an even number
 * the mean of the middle two. It is exact for up to `mostKept` of them, and beyond where those that share the median's first 10
 * bits of mantissa are equal (so for any that are stored as float16, bfloat16 or powers of two); else within 2^-11 of itself.
 */
export class ParamSpread {
  count = 0;
  #min = Infinity;
  #max = -Infinity;
  /** The first `#kept` are set; none are while all are equal to `#first`. */
  #values = new Float32Array(0);
  #kept = 0;
  #first = 0;
  #counted: PrefixCounts | null = null;

  add(value: number): void {
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
    this.#take(value, 1);
  }

  #take(value: number, times: number): void {
    if (this.count === 0) this.#first = value;
    const isEqual = this.#kept === 0 && Object.is(value, this.#first);
    if (!this.#counted && !isEqual) this.#keep(value, times);
    else this.#counted?.add(value, times);
    this.count += times;
  }

  #keep(value: number, times: number): void {
    if (this.count + times > mostKept) {
      this.#countAll().add(value, times);
      return;
    }
    this.#reserve(this.count + times);
    if (this.#kept === 0) this.#values.fill(this.#first, 0, this.count);
    this.#kept = this.count + times;
    this.#values.fill(value, this.count, this.#kept);
  }

  #reserve(length: number): void {
    if (length <= this.#values.length) return;
    const grown = new Float32Array(Math.min(mostKept, Math.max(64, 2 * length)));
    grown.set(this.#values);
    this.#values = grown;
  }

  #countAll(): PrefixCounts {
    if (this.#counted) return this.#counted;
    const counted = new PrefixCounts();
    if (this.#kept === 0 && this.count > 0) counted.add(this.#first, this.count);
    for (let i = 0; i < this.#kept; i++) counted.add(this.#values[i]!, 1);
    this.#values = new Float32Array(0);
    this.#kept = 0;
    this.#counted = counted;
    return counted;
  }

  /** What is known so far. */
  get state(): SpreadState {
    return {
      count: this.count,
      min: this.#min,
      max: this.#max,
      values: this.#values.slice(0, this.#kept),
      counted: this.#counted?.state ?? null,
    };
  }

  /** Adds what is known of other parameters; of none that count only the ends. */
  merge({ count, min, max, values, counted }: SpreadState): void {
    if (count > 0 && counted) {
      this.#countAll().merge(counted);
      this.count += count;
    } else if (count > 0 && values.length === 0) this.#take(min, count);
    else if (count > 0) for (const value of values) this.#take(value, 1);
    this.#min = Math.min(this.#min, min);
    this.#max = Math.max(this.#max, max);
  }

  /** The figures; null where there is none or it is not finite. */
  get figures(): Spread {
    return {
      min: finiteOrNull(this.#min + 0), // -0 + 0 is 0: ggml's scales of zeros may be -0
      median: finiteOrNull(this.#median() + 0),
      max: finiteOrNull(this.#max + 0),
    };
  }

  #median(): number {
    if (this.#counted) return this.#counted.median();
    if (this.count === 0) return Number.NaN;
    return this.#kept === 0 ? this.#first : medianOf(this.#values.subarray(0, this.#kept));
  }
}

function medianOf(values: Float32Array): number {
  return values.length <= mostSorted ? sortedMedian(values) : searchedMedian(values);
}

function sortedMedian(values: Float32Array): number {
  const sorted = values.filter(Number.isFinite).sort();
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

function searchedMedian(values: Float32Array): number {
  const statistics = new OrderStatistics(count => quantileRanks(0.5, count), 'value');
  do statistics.add(values, 0, values.length);
  while (!statistics.finish());
  return statistics.count === 0 ? Number.NaN : quantile(statistics, 0.5);
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Counts of float32 values by the first bits of a key that grows with them. */
class PrefixCounts {
  readonly #counts = new Float64Array(prefixCount);
  readonly #lowest = new Uint16Array(prefixCount).fill(restMask);
  readonly #highest = new Uint16Array(prefixCount);

  add(value: number, count: number): void {
    if (!Number.isFinite(value)) return;
    float[0] = value + 0;
    const key = bits[0]! >= 0x80000000 ? ~bits[0]! : bits[0]! | 0x80000000;
    const rest = key & restMask;
    this.#widen(key >>> droppedBits, count, rest, rest);
  }

  #widen(prefix: number, count: number, lowest: number, highest: number): void {
    this.#counts[prefix]! += count;
    if (lowest < this.#lowest[prefix]!) this.#lowest[prefix] = lowest;
    if (highest > this.#highest[prefix]!) this.#highest[prefix] = highest;
  }

  get state(): CountedState {
    const used: number[] = [];
    this.#counts.forEach((count, prefix) => {
      if (count > 0) used.push(prefix);
    });
    const prefixes = Uint32Array.from(used);
    return {
      prefixes,
      counts: Float64Array.from(prefixes, prefix => this.#counts[prefix]!),
      lowest: Uint16Array.from(prefixes, prefix => this.#lowest[prefix]!),
      highest: Uint16Array.from(prefixes, prefix => this.#highest[prefix]!),
    };
  }

  merge({ prefixes, counts, lowest, highest }: CountedState): void {
    for (let i = 0; i < prefixes.length; i++)
      this.#widen(prefixes[i]!, counts[i]!, lowest[i]!, highest[i]!);
  }

  median(): number {
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return Number.NaN;
    const [below, above] = [Math.floor((total - 1) / 2), Math.ceil((total - 1) / 2)];
    return (this.#at(below) + this.#at(above)) / 2;
  }

  /** The value of a rank: the middle between the ends of those that share its prefix. */
  #at(rank: number): number {
    let prefix = 0;
    for (let left = rank; left >= this.#counts[prefix]!; prefix++) left -= this.#counts[prefix]!;
    const [low, high] = [this.#lowest[prefix]!, this.#highest[prefix]!].map(rest =>
      floatOf(((prefix << droppedBits) | rest) >>> 0),
    );
    return (low! + high!) / 2;
  }
}

function floatOf(key: number): number {
  bits[0] = key >= 0x80000000 ? key & 0x7fffffff : ~key;
  return float[0]!;
}
