/** Bytes of a page of WebAssembly memory. */
const pageBytes = 65536;

/** Bytes that a scratch holds at the least. */
const leastScratch = 4096;

interface Scratch {
  readonly address: number;
  readonly capacity: number;
}

/**
 * The memory of the kernels: a few scratches, each known by its name and found again in its place, that only grow. One
 * that has to move leaves its place unused; sizes double, so that all such places are less than the largest scratch.
 * What a scratch held is lost when it moves. Growing detaches every view that was taken before.
 */
export class KernelMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #scratches = new Map<string, Scratch>();
  readonly #kept = new Map<string, Uint8Array>();
  /** The first address that is free; a multiple of 4096. */
  #end: number;

  constructor(memory: WebAssembly.Memory, heapBase: number) {
    this.#memory = memory;
    this.#end = roundUp(heapBase, leastScratch);
  }

  /** What views are made of; another one after growth. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer as ArrayBuffer;
  }

  /** The address of a scratch with room for so many bytes, a multiple of 4096. */
  scratch(name: string, byteLength: number): number {
    const known = this.#scratches.get(name);
    if (known && known.capacity >= byteLength) return known.address;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(byteLength, leastScratch)));
    const address = this.#end;
    this.#end += capacity;
    const missing = this.#end - this.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes));
    this.#scratches.set(name, { address, capacity });
    return address;
  }

  /** A view of float32, until the memory grows. */
  float32(address: number, length: number): Float32Array {
    return new Float32Array(this.buffer, address, length);
  }

  /** A view of float64, until the memory grows. */
  float64(address: number, length: number): Float64Array {
    return new Float64Array(this.buffer, address, length);
  }

  /** A view of 32-bit counts, until the memory grows. */
  uint32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.buffer, address, length);
  }

  /** A view of bytes, until the memory grows. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.buffer, address, length);
  }

  /** The address of a copy of bytes that never change, made unless they are what was kept under that name last. */
  keep(name: string, bytes: Uint8Array): number {
    const address = this.scratch(name, bytes.length);
    if (this.#kept.get(name) !== bytes) this.bytes(address, bytes.length).set(bytes);
    this.#kept.set(name, bytes);
    return address;
  }

  /** The address of an array: its own when it lies in this memory, else of a copy in the scratch of that name. */
  addressOf(name: string, array: Float32Array | Uint8Array): number {
    if (array.buffer === this.buffer) return array.byteOffset;
    const { byteLength } = array;
    const address = this.scratch(name, byteLength);
    const source = new Uint8Array(array.buffer, array.byteOffset, byteLength);
    this.bytes(address, byteLength).set(source);
    return address;
  }
}

/** The next multiple of a power of two. */
function roundUp(address: number, unit: number): number {
  return Math.ceil(address / unit) * unit;
}
