import { type SmallFloat, smallFloats } from '../base/smallFloat';
import { type DType, dtypeInfo } from './dtype';

/**
 * Encodes the next elements of a tensor, little-endian. Pieces may have any length: where elements are smaller than a byte,
 * the bits that do not fill one wait for the next piece.
 * @param values are rounded to float32 first, unless the dtype is F64
 * @returns a fresh array of the bytes that are complete
 */
export type Encode = (values: ArrayLike<number>) => Uint8Array;

/**
 * Makes an encoder: the inverse of `decoderFor`. Floats go to the nearest, a tie to the even code, and saturate at the
 * largest finite value; a NaN stays one where the dtype has one, else it becomes 0. Integers must fit.
 * @throws TypeError for dtypes that results and codes never have: booleans, complex and other wide integers
 */
export function encoderFor(dtype: DType): Encode {
  const layout = layouts[dtype];
  if (layout) return packer(smallFloatCodes(layout), dtypeInfo(dtype).bits);
  if (dtype === 'F8_E8M0') return packer(powerCodes, 8);
  const set = setters[dtype];
  if (!set) throw new TypeError(`no encoder for ${dtype}`);
  const bytesPerElement = dtypeInfo(dtype).bits / 8;
  return values => {
    const bytes = new Uint8Array(values.length * bytesPerElement);
    set(new DataView(bytes.buffer), values);
    return bytes;
  };
}

const layouts: Partial<Record<DType, SmallFloat>> = {
  F4: smallFloats.e2m1,
  F6_E2M3: smallFloats.e2m3,
  F6_E3M2: smallFloats.e3m2,
  F8_E4M3: smallFloats.e4m3,
  F8_E5M2: smallFloats.e5m2,
  F8_E4M3FNUZ: smallFloats.e4m3fnuz,
  F8_E5M2FNUZ: smallFloats.e5m2fnuz,
  F16: smallFloats.binary16,
  BF16: { exponentBits: 8, mantissaBits: 7, bias: 127, special: 'ieee' },
};

const setters: Partial<Record<DType, (view: DataView, values: ArrayLike<number>) => void>> = {
  F32: (view, values) => {
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true);
  },
  F64: (view, values) => {
    for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i]!, true);
  },
  I8: (view, values) => {
    for (let i = 0; i < values.length; i++) view.setInt8(i, values[i]!);
  },
  U8: (view, values) => {
    for (let i = 0; i < values.length; i++) view.setUint8(i, values[i]!);
  },
  U16: (view, values) => {
    for (let i = 0; i < values.length; i++) view.setUint16(2 * i, values[i]!, true);
  },
  I32: (view, values) => {
    for (let i = 0; i < values.length; i++) view.setInt32(4 * i, values[i]!, true);
  },
};

/** The code of each value. */
type Codes = (values: ArrayLike<number>) => Uint16Array;

/** Packs codes without gaps, the first in the lowest bits. */
function packer(codesOf: Codes, bits: number): Encode {
  let held = 0;
  let heldBits = 0;
  return values => {
    const codes = codesOf(values);
    const bytes = new Uint8Array(Math.floor((heldBits + codes.length * bits) / 8));
    let at = 0;
    for (let i = 0; i < codes.length; i++) {
      held |= codes[i]! << heldBits;
      heldBits += bits;
      while (heldBits >= 8) {
        bytes[at++] = held;
        held >>>= 8;
        heldBits -= 8;
      }
    }
    return bytes;
  };
}

/** Views of one float32 as its bits; shared by the encoders, which never keep anything in it. */
const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** 1.5 * 2^52: a float64 that is added to it has no room for a fraction, and the FPU rounds half to even. */
const roundingMagic = 1.5 * 2 ** 52;

/**
 * Codes of a small float. With its exponent E and step 2^(E - bias - mantissaBits), a magnitude's code is
 * (E - 1) 2^mantissaBits + round(magnitude / step): rounding up to a power of two carries into the exponent, and
 * subnormals are those of E = 1 without the hidden bit.
 */
function smallFloatCodes(layout: SmallFloat): Codes {
  const { exponentBits, mantissaBits, bias, special } = layout;
  const signBit = 2 ** (exponentBits + mantissaBits);
  const { largest, nan } = edgeCodes(layout);
  // By the exponent of a float32, whose own subnormals have that of 2^-126.
  const steps = new Float64Array(256);
  const first = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    const exponent = Math.max(Math.max(i, 1) - 127 + bias, 1);
    steps[i] = 2 ** (bias + mantissaBits - exponent);
    first[i] = (exponent - 1) * 2 ** mantissaBits;
  }
  return values => {
    const codes = new Uint16Array(values.length);
    for (let i = 0; i < codes.length; i++) {
      float[0] = values[i]!;
      const magnitude = Math.abs(float[0]!);
      if (Number.isNaN(magnitude)) {
        codes[i] = nan;
        continue;
      }
      const bits = floatBits[0]!;
      const exponent = (bits >>> 23) & 0xff;
      const rounded = magnitude * steps[exponent]! + roundingMagic - roundingMagic;
      const code = Math.min(first[exponent]! + rounded, largest);
      const isNegative = bits >>> 31 === 1 && !(special === 'fnuz' && code === 0);
      codes[i] = isNegative ? code + signBit : code;
    }
    return codes;
  };
}

/** The codes of the largest finite value and of NaN; 0 where there is no NaN. */
function edgeCodes({ exponentBits, mantissaBits, special }: SmallFloat) {
  const magnitudes = 2 ** (exponentBits + mantissaBits);
  const infinity = magnitudes - 2 ** mantissaBits;
  switch (special) {
    case 'none':
      return { largest: magnitudes - 1, nan: 0 };
    case 'ieee':
      return { largest: infinity - 1, nan: infinity + 2 ** (mantissaBits - 1) };
    case 'fn':
      return { largest: magnitudes - 2, nan: magnitudes - 1 };
    case 'fnuz':
      return { largest: magnitudes - 1, nan: magnitudes };
  }
}

/** Codes of powers of two from 2^-127 on (E8M0): what is not above the smallest, with 0 and all below it, becomes that. */
function powerCodes(values: ArrayLike<number>): Uint16Array {
  const codes = new Uint16Array(values.length);
  for (let i = 0; i < codes.length; i++) {
    float[0] = values[i]!;
    if (Number.isNaN(float[0])) {
      codes[i] = 255;
      continue;
    }
    const bits = floatBits[0]!;
    const exponent = (bits >>> 23) & 0xff;
    // Among float32's subnormals 2^-127 and 2^-126 have their middle at a mantissa of 0x600000.
    const middle = exponent === 0 ? 0x600000 : 0x400000;
    const mantissa = bits & 0x7fffff;
    const isUp = mantissa > middle || (mantissa === middle && exponent % 2 === 1);
    codes[i] = bits >>> 31 === 1 ? 0 : Math.min(exponent + (isUp ? 1 : 0), 254);
  }
  return codes;
}
