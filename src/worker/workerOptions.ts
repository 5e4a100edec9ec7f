/** What a worker thread is told when it starts. */
export interface WorkerOptions {
  /** Bytes of a tensor that are read at a time; absent: what suits most. */
  readonly chunkBytes?: number;
}
