/** Index of a tensor in its model: stable for one generation of the file. */
export type TensorId = number;

/** A tensor of one generation: in another one the same id may be another tensor. */
export interface TensorRef {
  readonly generation: number;
  readonly tensor: TensorId;
}
