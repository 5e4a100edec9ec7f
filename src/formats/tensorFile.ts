import type { DType } from './dtype';

/** Something a person should look at; shown, never thrown. */
export interface Finding {
  readonly severity: 'info' | 'warning' | 'error';
  /** One sentence for people, without a path. */
  readonly message: string;
  /** The tensor it is about, when it is about one. */
  readonly tensor?: string;
}

/** Container formats that can be opened. */
export type Format = 'safetensors' | 'npy' | 'npz' | 'safetensors-index' | 'gguf';

/** Where the stored bytes of one tensor are. Plain data: it crosses to a worker, which opens the file itself. */
export interface TensorData {
  /** The file that holds them (a shard of a sharded model). */
  readonly path: string;
  /** Byte offset of the first element, in the file or, for a zip member, in the inflated member. */
  readonly offset: number;
  readonly byteLength: number;
  readonly byteOrder: 'little' | 'big';
  /** True when the first axis varies fastest. */
  readonly fortranOrder: boolean;
  /** Set when the tensor is inside a zip member. */
  readonly zip?: ZipMember;
}

/** A member of a .npz, as its central directory tells. */
export interface ZipMember {
  readonly name: string;
  readonly method: 'stored' | 'deflated';
  /** Byte offset of the member's local header in the file. */
  readonly headerOffset: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc32: number;
}

/** One tensor as its file's header describes it. */
export interface TensorEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Number of elements: the product of `shape`. */
  readonly count: number;
  readonly data: TensorData;
  /** Set for a weight that is stored as codes and parameters in several tensors: `data` is then where the first of them is. */
  readonly packed?: Packed;
}

/** How a weight is stored in several tensors. Plain data: it crosses to a worker. */
export interface Packed {
  /** Names the layout that decodes it. */
  readonly layout: string;
  /** The scheme for people: `GPTQ 4-bit, group 128, symmetric`. */
  readonly scheme: string;
  /** Of a code. */
  readonly bits: number;
  /** Weights of a row that share their parameters; null where it is not groups along the row that do. */
  readonly groupSize: number | null;
  /** Bits of all its tensors for each weight. */
  readonly bitsPerWeight: number;
  /** The stored tensors by their role. */
  readonly parts: Readonly<Record<string, PackedPart>>;
  /** What else the layout needs to know. */
  readonly facts: Readonly<Record<string, number | string | boolean>>;
}

/** A stored tensor of a packed weight. */
export interface PackedPart {
  readonly entry: TensorEntry;
  /** Of its file when the header was read. */
  readonly fileSize: number;
}

/** One parsed file: headers only. */
export interface TensorFile {
  readonly format: Format;
  /** The file's own key-value metadata, as text. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly TensorEntry[];
  readonly findings: readonly Finding[];
}

/** One or many files seen as one list of tensors. */
export interface Model extends TensorFile {
  /** Every file the model's bytes are in: its size and identity when it was opened. */
  readonly files: readonly ModelFile[];
}

/** A file of a model. */
export interface ModelFile {
  readonly path: string;
  readonly byteLength: number;
}
