import type { Decoder } from './layout';

/** Decodes rows of a weight; see `Decoder`. @param out float32 [rows * inner] */
export type DecodeRows = (
  rows: { readonly row: number; readonly rows: number },
  out: Float32Array,
) => Promise<void>;

/** The values of a decoder's rows, in the way that is fastest. */
export function decodedRows(decoder: Decoder): DecodeRows {
  let codes = new Int32Array(0);
  return async (rows, out) => {
    if (decoder.valuesOf) return decoder.valuesOf(rows, out);
    if (codes.length < out.length) codes = new Int32Array(out.length);
    const own = codes.subarray(0, out.length);
    await decoder.codesOf(rows, own);
    decoder.dequantize(rows, own, out);
  };
}
