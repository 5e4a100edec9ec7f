/**
 * Tells whether bytes that were written and bytes that were read are the same, without holding either: two sums of 32 bits
 * over every byte mixed with its position. Pieces may come in any order, each byte once.
 */
export class Fingerprint {
  #low = 0;
  #high = 0;
  #count = 0;

  /** @param at position of the first byte */
  add(bytes: Uint8Array, at: number): void {
    let [low, high] = [this.#low, this.#high];
    for (let i = 0; i < bytes.length; i++) {
      const position = at + i;
      const weight = mixed((position >>> 0) ^ Math.imul(position / 2 ** 32, 0x9e3779b1));
      const byte = bytes[i]! + 1;
      low = (low + Math.imul(byte, weight | 1)) | 0;
      high = (high + Math.imul(byte, Math.imul(weight, 0x27d4eb2f) ^ (weight >>> 15))) | 0;
    }
    [this.#low, this.#high] = [low, high];
    this.#count += bytes.length;
  }

  /** Equal for equal bytes. */
  get text(): string {
    return [this.#count, this.#low, this.#high].join();
  }
}

/** The end of MurmurHash3: every bit of the position reaches every bit of the weight. */
function mixed(x: number): number {
  const a = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return b ^ (b >>> 16);
}

/** A fingerprint of float32 values in row-major order; 0 and -0 count as the same, as no decoder promises the sign. */
export class ValuesPrint {
  readonly #bytes = new Fingerprint();
  #at = 0;

  append(values: ArrayLike<number>): void {
    const plain = Float32Array.from(values, x => x + 0);
    this.#bytes.add(new Uint8Array(plain.buffer), this.#at);
    this.#at += plain.byteLength;
  }

  get text(): string {
    return this.#bytes.text;
  }
}
