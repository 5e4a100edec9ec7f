import { type SmallFloat, smallFloats } from '../base/smallFloat';

/** Formats whose bits are shown, from the widest on. */
export const bitFormats = ['fp32', 'fp16', 'bf16', 'fp8-e4m3', 'fp8-e5m2', 'fp4-e2m1'] as const;
export type BitFormat = (typeof bitFormats)[number];

/** @source IEEE 754-2019; OCP 8-bit Floating Point Specification 1.0; OCP Microscaling Formats 1.0 */
const layouts: Readonly<Record<BitFormat, SmallFloat>> = {
  fp32: { exponentBits: 8, mantissaBits: 23, bias: 127, special: 'ieee' },
  fp16: smallFloats.binary16,
  bf16: { exponentBits: 8, mantissaBits: 7, bias: 127, special: 'ieee' },
  'fp8-e4m3': smallFloats.e4m3,
  'fp8-e5m2': smallFloats.e5m2,
  'fp4-e2m1': smallFloats.e2m1,
};

/** What a pattern of bits stands for. */
export interface Pattern {
  /** `0` or `1`. */
  readonly sign: string;
  /** Binary digits, the highest first. */
  readonly exponent: string;
  readonly mantissa: string;
  readonly kind: 'zero' | 'subnormal' | 'normal' | 'infinite' | 'nan';
  /** Of finite values: value = +-2^power * significand. */
  readonly power: number;
  /** 1.M of normal values, 0.M of subnormal ones. */
  readonly significand: number;
  readonly value: number;
}

/**
 * What becomes of a number: `exact`; `rounded` to the nearest, a tie to the even pattern; `overflow` to infinity or, in a format
 * without, `saturated` at the largest value; `underflow` to zero; `no-nan`: the format has no NaN.
 */
export type Outcome = 'exact' | 'rounded' | 'overflow' | 'saturated' | 'underflow' | 'no-nan';

/** A number in a format. */
export interface FormatBits {
  readonly format: BitFormat;
  /** Null where the format has no such pattern. */
  readonly pattern: Pattern | null;
  readonly outcome: Outcome;
  /** What is lost, x - x^; NaN where there is no difference. */
  readonly error: number;
}

/** A number in every format, cast once from the float64. */
export function bitsOf(x: number): FormatBits[] {
  return bitFormats.map(format => castTo(format, x));
}

function castTo(format: BitFormat, x: number): FormatBits {
  const layout = layouts[format];
  if (Number.isNaN(x) && layout.special === 'none')
    return { format, pattern: null, outcome: 'no-nan', error: Number.NaN };
  const { code, isBeyond } = encode(layout, x);
  const pattern = patternOf(format, code);
  const { value } = pattern;
  return {
    format,
    pattern,
    outcome: outcomeOf(x, value, isBeyond),
    error: Object.is(x, value) ? 0 : x - value,
  };
}

function outcomeOf(x: number, value: number, isBeyond: boolean): Outcome {
  if (isBeyond) return Number.isFinite(value) ? 'saturated' : 'overflow';
  if (x === value || Number.isNaN(x)) return 'exact';
  return value === 0 ? 'underflow' : 'rounded';
}

/** The pattern nearest to a number, a tie to the even one, and whether the number lies beyond all finite ones. */
function encode(layout: SmallFloat, x: number): { code: number; isBeyond: boolean } {
  const { exponentBits, mantissaBits, bias, special } = layout;
  const signBit = 2 ** (exponentBits + mantissaBits);
  const sign = x < 0 || Object.is(x, -0) ? signBit : 0;
  const top = 2 ** exponentBits - 1;
  const infinity = top * 2 ** mantissaBits;
  if (Number.isNaN(x)) {
    const quiet = special === 'fn' ? signBit - 1 : infinity + 2 ** (mantissaBits - 1);
    return { code: quiet, isBeyond: false };
  }
  const hasInfinity = special === 'ieee';
  if (!Number.isFinite(x) && hasInfinity) return { code: sign + infinity, isBeyond: false };
  const largest = hasInfinity ? infinity - 1 : special === 'fn' ? signBit - 2 : signBit - 1;
  const code = magnitudeCode(Math.abs(x), { mantissaBits, bias });
  if (code <= largest) return { code: sign + code, isBeyond: false };
  return { code: sign + (hasInfinity ? infinity : largest), isBeyond: true };
}

/** The code of a magnitude as if there were no end of exponents. */
function magnitudeCode(
  a: number,
  { mantissaBits, bias }: Pick<SmallFloat, 'mantissaBits' | 'bias'>,
) {
  if (a === 0) return 0;
  if (a === Infinity) return Infinity;
  const exponent = Math.max(exponentOf(a), 1 - bias);
  // Exact: a power of two, in two steps where one would be too small for a float64.
  const steps = roundHalfEven((a / 2 ** exponent) * 2 ** mantissaBits);
  // A carry into the exponent is what rounding up to a power of two is; subnormals have exponent field 0.
  return (exponent + bias - 1) * 2 ** mantissaBits + steps;
}

const view = new DataView(new ArrayBuffer(8));

/** floor(log2 a), of any float64 above 0. */
function exponentOf(a: number): number {
  view.setFloat64(0, a);
  const field = view.getUint16(0) >> 4;
  // Subnormal float64 numbers lie below every format's.
  return field === 0 ? -1074 : field - 1023;
}

function roundHalfEven(v: number): number {
  const below = Math.floor(v);
  const rest = v - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

/** What the code of a format stands for. */
export function patternOf(format: BitFormat, code: number): Pattern {
  const { exponentBits, mantissaBits, bias, special } = layouts[format];
  const digits = code.toString(2).padStart(1 + exponentBits + mantissaBits, '0');
  const [sign, exponent] = [digits.slice(0, 1), digits.slice(1, 1 + exponentBits)];
  const mantissa = digits.slice(1 + exponentBits);
  const field = Number.parseInt(exponent, 2);
  const fraction = Number.parseInt(mantissa, 2) / 2 ** mantissaBits;
  const isTop = field === 2 ** exponentBits - 1;
  const power = Math.max(field, 1) - bias;
  const significand = (field === 0 ? 0 : 1) + fraction;
  const isNot =
    (special === 'ieee' && isTop && fraction > 0) ||
    (special === 'fn' && isTop && !mantissa.includes('0'));
  const isInfinite = special === 'ieee' && isTop && fraction === 0;
  const magnitude = isNot ? Number.NaN : isInfinite ? Infinity : significand * 2 ** power;
  const kind = isNot
    ? 'nan'
    : isInfinite
      ? 'infinite'
      : magnitude === 0
        ? 'zero'
        : field === 0
          ? 'subnormal'
          : 'normal';
  const value = sign === '1' ? -magnitude : magnitude;
  return { sign, exponent, mantissa, kind, power, significand, value };
}
