import { toWire, WeightError, type WireError } from '../../base/errors';
import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import type { Place } from '../files/index';
import type { Services } from '../services';
import { analysedSchemes } from '../settings';

/** Larger tensors are not read for a hover, in bytes. */
const mostBytes = 256e6;
/** A newer hover stops the oldest beyond these. */
const mostAtOnce = 2;

/** What is known of a tensor's figures. */
export type HoverState = TensorAnalysis | WireError | 'computing' | 'not-computed';

/** Figures for hovers: those of the open editor, else computed for the hover and kept as long as the model is. */
export interface HoverFiguresSource {
  /** What is known now. */
  peek(place: Place): HoverState;
  /** Starts what is missing; resolves when it is there, cannot be had, or with the signal. */
  want(place: Place, signal: AbortSignal): Promise<void>;
}

/** Kept figures are of one sigma. */
interface Kept {
  readonly sigma: number;
  readonly byTensor: Map<TensorId, TensorAnalysis | WireError | Promise<void>>;
}

/** Makes the source. */
export function createHoverFigures(services: Services): HoverFiguresSource {
  const kept = new WeakMap<Model, Kept>();
  const underWay: AbortController[] = [];

  const keptOf = (model: Model) => {
    const { sigma } = services.settings();
    let mine = kept.get(model);
    if (mine?.sigma !== sigma) {
      mine = { sigma, byTensor: new Map() };
      kept.set(model, mine);
    }
    return mine;
  };

  async function compute({ known: { model }, tensor }: Place): Promise<void> {
    const { byTensor, sigma } = keptOf(model);
    const entry = model.tensors[tensor]!;
    const fileSize = model.files.find(f => f.path === entry.data.path)?.byteLength ?? 0;
    const controller = new AbortController();
    underWay.push(controller);
    if (underWay.length > mostAtOnce) underWay[0]!.abort();
    try {
      const request = { entry, fileSize, sigma, schemes: analysedSchemes };
      const { signal } = controller;
      byTensor.set(tensor, await services.pool().request('tensor/analyze', request, { signal }));
    } catch (e) {
      if (WeightError.is(e, 'cancelled')) byTensor.delete(tensor);
      else byTensor.set(tensor, toWire(e));
    } finally {
      underWay.splice(underWay.indexOf(controller), 1);
    }
  }

  return {
    peek({ known: { model, document }, tensor }) {
      const analysis = document?.loaded?.analysis;
      const figures = analysis?.result(tensor) ?? analysis?.error(tensor);
      if (figures) return figures;
      if (model.tensors[tensor]!.data.byteLength > mostBytes) return 'not-computed';
      if (analysis) return 'computing';
      const mine = keptOf(model).byTensor.get(tensor);
      return !mine || mine instanceof Promise ? 'computing' : mine;
    },
    async want(place, signal) {
      const { known, tensor } = place;
      if (this.peek(place) !== 'computing') return;
      if (known.document) return known.document.analysed(tensor, signal);
      const { byTensor } = keptOf(known.model);
      const mine = byTensor.get(tensor);
      if (mine instanceof Promise) return mine;
      const promise = compute(place);
      byTensor.set(tensor, promise);
      return promise;
    },
  };
}
