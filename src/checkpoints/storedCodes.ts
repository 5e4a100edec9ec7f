import { decoderFor, type RealDType } from '../formats/decode';
import type { Decoder } from './layout';
import type { Parts } from './parts';

/** Writes the codes that bytes hold, as many as `out` has places. */
export type Unpack = (bytes: Uint8Array, out: Int32Array) => void;

/** Reads codes of which every row is `rowBytes` whole bytes. */
export function packedRows(
  parts: Parts,
  role: string,
  { rowBytes, unpack }: { readonly rowBytes: number; readonly unpack: Unpack },
): Decoder['codesOf'] {
  return async ({ row, rows }, out) => {
    const bytes = new Uint8Array(rows * rowBytes);
    await parts.read(role, row * rowBytes, bytes);
    unpack(bytes, out);
  };
}

/** All bytes of a small tensor read as another dtype of 8 bits: U8 tensors hold E8M0 and E4M3 scales. */
export async function floatsAs(
  parts: Parts,
  role: string,
  dtype: RealDType,
): Promise<Float32Array> {
  const bytes = await parts.bytes(role);
  return valuesOf(bytes, dtype);
}

/** What each byte stands for in a dtype of 8 bits: float32 [256]. */
export function byteTable(dtype: RealDType): Float32Array {
  return valuesOf(
    Uint8Array.from({ length: 256 }, (_, x) => x),
    dtype,
  );
}

function valuesOf(bytes: Uint8Array, dtype: RealDType): Float32Array {
  const out = new Float32Array(bytes.length);
  decoderFor(dtype, 'little')(bytes, 0, out);
  return out;
}
