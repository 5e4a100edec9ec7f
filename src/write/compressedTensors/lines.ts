/**
 * Packs signed codes row by row as little-endian words of 32 bits: code + 2^(bits - 1), the first in the lowest bits. Each
 * row begins a word; pieces may have any length.
 * @param bits 4 or 8: codes never straddle words
 * @returns what packs the next codes, giving the bytes of the words that are complete
 * @source vllm-project/compressed-tensors compressors/pack_quantized, pack_to_int32
 */
export function rowPacker(bits: 4 | 8, columns: number): (codes: Int32Array) => Uint8Array {
  const offset = 2 ** (bits - 1);
  let column = 0;
  let word = 0;
  let filled = 0;
  return codes => {
    const rows = Math.ceil((column + codes.length) / columns);
    const words = new Uint32Array(Math.ceil((filled + codes.length * bits) / 32) + rows);
    let count = 0;
    for (const code of codes) {
      word |= (code + offset) << filled;
      filled += bits;
      column++;
      const isRowEnd = column === columns;
      if (isRowEnd) column = 0;
      if (filled < 32 && !isRowEnd) continue;
      words[count++] = word;
      word = 0;
      filled = 0;
    }
    return littleEndian(words.subarray(0, count));
  };
}

/**
 * Packs zero points [out, groups] down each column, as `weight_zero_point` I32 [ceil(out * bits / 32), groups] has them.
 * @source vllm-project/compressed-tensors compressors/pack_quantized, pack_to_int32 with packed_dim 0
 */
export function packColumns(zeroPoints: Int8Array, groups: number, bits: 4 | 8): Uint8Array {
  const out = zeroPoints.length / groups;
  const perWord = 32 / bits;
  const words = new Uint32Array(Math.ceil(out / perWord) * groups);
  for (let row = 0; row < out; row++)
    for (let group = 0; group < groups; group++) {
      const code = zeroPoints[row * groups + group]! + 2 ** (bits - 1);
      words[Math.floor(row / perWord) * groups + group]! |= code << ((row % perWord) * bits);
    }
  return littleEndian(words);
}

function littleEndian(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words.length; i++) view.setUint32(4 * i, words[i]!, true);
  return bytes;
}
