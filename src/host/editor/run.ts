import type { AnalysisView, TensorId } from '../../protocol/editor';
import type { Priority } from '../../worker/pool';
import type { PartsRequest, Wanted } from '../parts';
import type { AnalysisMode } from './parts';

/** A tensor that is waiting to be read, and how. */
export interface Job {
  readonly tensor: TensorId;
  readonly mode: AnalysisMode;
}

/** A tensor that is being read. */
export interface Running {
  readonly job: Job;
  readonly priority: Priority;
  readonly request: PartsRequest;
  /** What was wanted when it began. */
  readonly wanted: Wanted;
  readonly controller: AbortController;
  fraction: number;
}

/** From a start to the end of its queue: what there is to do, and what of it is done. */
export interface Run {
  readonly mode: AnalysisMode;
  /** The whole model, or some tensors. */
  readonly whole: boolean;
  tensors: number;
  doneTensors: number;
  bytes: number;
  doneBytes: number;
}

/** A run without anything to do. */
export function newRun(mode: AnalysisMode, whole: boolean): Run {
  return { mode, whole, tensors: 0, doneTensors: 0, bytes: 0, doneBytes: 0 };
}

/** What waits until the stored results are there. */
export interface Held {
  next: (() => void)[];
  /** What is told meanwhile. */
  readonly state: AnalysisView['state'];
}
