import { toWire, WeightError, type WireError } from '../../base/errors';
import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import { identityOf } from '../cache/identity';
import type { Place } from '../files/index';
import { analysisOf, missingOf, type PartsRequest } from '../parts';
import type { Services } from '../services';
import { newestOnly } from './newest';

/** Larger tensors are not read for a hover, in bytes. */
const mostBytes = 256e6;
/** A newer hover stops the oldest beyond these. */
const mostAtOnce = 2;

/** What is known of a tensor's figures. */
export type HoverState = TensorAnalysis | WireError | 'computing' | 'not-computed';

/** Figures for hovers: those of the open editor, else stored ones, else computed for the hover and kept with the model. */
export interface HoverFiguresSource {
  /** What is known now. */
  peek(place: Place): HoverState;
  /** Starts what is missing; resolves when it is there, cannot be had, or with the signal. */
  want(place: Place, signal: AbortSignal): Promise<void>;
}

/** Kept figures are of one sigma, and of the schemes that were chosen then. */
interface Kept {
  readonly asked: string;
  readonly byTensor: Map<TensorId, KeptFigures>;
}

/** Of one state of the file, which is asked at each hover whether it is still the same. */
interface KeptFigures {
  state: HoverState;
  stamp: string | undefined;
  underWay: Promise<void> | undefined;
}

/** What the source needs of the services. */
export type HoverServices = Pick<Services, 'settings' | 'pool' | 'results'>;

/** Makes the source. */
export function createHoverFigures(
  services: HoverServices,
  schemesOf: (place: Place) => readonly string[],
): HoverFiguresSource {
  const kept = new WeakMap<Model, Kept>();
  const run = newestOnly(mostAtOnce);

  const keptOf = (place: Place): KeptFigures => {
    const { known, tensor } = place;
    const asked = JSON.stringify([services.settings().sigma, ...schemesOf(place)]);
    let { byTensor } = kept.get(known.model) ?? {};
    if (!byTensor || kept.get(known.model)?.asked !== asked) {
      byTensor = new Map();
      kept.set(known.model, { asked, byTensor });
    }
    const mine: KeptFigures = byTensor.get(tensor) ?? {
      state: 'computing',
      stamp: undefined,
      underWay: undefined,
    };
    byTensor.set(tensor, mine);
    return mine;
  };

  const requestOf = (place: Place): PartsRequest => {
    const { known, tensor } = place;
    const { model } = known;
    const schemes = schemesOf(place);
    const entry = model.tensors[tensor]!;
    const fileSize = model.files.find(f => f.path === entry.data.path)?.byteLength ?? 0;
    return { entry, fileSize, sigma: services.settings().sigma, schemes };
  };

  /** Makes sure that what is kept is of the file as it is now. */
  async function renew(mine: KeptFigures, request: PartsRequest): Promise<void> {
    const { state, stamp } = mine;
    // A hover that does not wait for the answer shows nothing rather than what may be stale.
    mine.state = 'computing';
    mine.stamp = (await identityOf(request.entry.data.path))?.stamp;
    if (typeof state === 'object' && stamp !== undefined && stamp === mine.stamp) {
      mine.state = state;
      return;
    }
    const [stored] = await services.results.stored([request]);
    const isKnown = stored && missingOf(request.entry, request, stored) === null;
    const known = isKnown ? analysisOf(request, stored) : null;
    if (known) mine.state = known;
    else if (request.entry.data.byteLength > mostBytes) mine.state = 'not-computed';
    else mine.state = await compute(request);
  }

  async function compute(request: PartsRequest): Promise<HoverState> {
    try {
      return await run(signal =>
        services.results.compute(request, missing =>
          services.pool().request('tensor/analyze', missing, { signal, priority: 'hover' }),
        ),
      );
    } catch (e) {
      return WeightError.is(e, 'cancelled') ? 'computing' : toWire(e);
    }
  }

  return {
    peek(place) {
      const { known, tensor } = place;
      const analysis = known.document?.loaded?.analysis;
      // While figures of another scheme are on their way, those that are there would look like all.
      const all = analysis?.isComplete(tensor) ? analysis.result(tensor) : null;
      const figures = all ?? analysis?.error(tensor);
      if (figures) return figures;
      const isTooLarge = known.model.tensors[tensor]!.data.byteLength > mostBytes;
      if (analysis) return isTooLarge ? 'not-computed' : 'computing';
      return keptOf(place).state;
    },
    async want(place, signal) {
      const { known, tensor } = place;
      if (known.document) {
        if (this.peek(place) === 'computing') await known.document.analysed(tensor, signal);
        return;
      }
      const mine = keptOf(place);
      mine.underWay ??= renew(mine, requestOf(place)).finally(() => {
        mine.underWay = undefined;
      });
      await mine.underWay;
    },
  };
}
