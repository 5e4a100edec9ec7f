import type { StoredView } from '../../checkpoints/storedView';
import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { Histogram } from '../../stats/profile';
import { identityOf } from '../cache/identity';
import type { Place } from '../files/index';
import type { HoverServices } from './figures';
import { newestOnly } from './newest';

/** Larger tensors get no picture in a hover, in bytes: it takes several looks at all values. */
const mostBytes = 64e6;
/** Results that are kept of a model. */
const mostKept = 500;

/** What a card shows beside the figures. */
export interface Extras {
  readonly histogram: Histogram | null;
  /** The parameters of a packed weight. */
  readonly stored: StoredView | null;
}

/** Pictures and stored parameters for hovers, computed when first wanted and kept with the model. */
export interface HoverExtrasSource {
  /** What is known now. */
  peek(place: Place): Extras | undefined;
  /** Starts what is missing; resolves when it is there, or cannot be had. Never rejects. */
  want(place: Place): Promise<void>;
}

interface Kept {
  extras: Extras | undefined;
  /** Of the file the extras are of. */
  stamp: string | undefined;
  underWay: Promise<void> | undefined;
}

/** Makes the source. */
export function createHoverExtras(
  services: HoverServices,
  onError: (e: unknown) => void,
): HoverExtrasSource {
  const models = new WeakMap<Model, Map<TensorId, Kept>>();
  const run = newestOnly(2);

  const keptOf = ({ known: { model }, tensor }: Place): Kept => {
    const kept = models.get(model) ?? new Map<TensorId, Kept>();
    models.set(model, kept);
    const mine = kept.get(tensor) ?? { extras: undefined, stamp: undefined, underWay: undefined };
    if (kept.size >= mostKept) kept.clear();
    kept.set(tensor, mine);
    return mine;
  };

  async function renew(mine: Kept, { known: { model }, tensor }: Place): Promise<void> {
    const { extras, stamp } = mine;
    const entry = model.tensors[tensor]!;
    const { path, byteLength } = entry.data;
    // What may be stale is not shown until it is known to be of the same file.
    mine.extras = undefined;
    mine.stamp = (await identityOf(path))?.stamp;
    if (extras && stamp !== undefined && stamp === mine.stamp) {
      mine.extras = extras;
      return;
    }
    if (byteLength > mostBytes) return;
    const fileSize = model.files.find(f => f.path === path)?.byteLength ?? 0;
    const { sigma } = services.settings();
    const looked = { entry, fileSize, sigma, schemes: [], detail: true };
    await run(async signal => {
      const call = { signal, priority: 'hover' } as const;
      const stored = entry.packed
        ? await services.pool().request('tensor/stored', { entry, fileSize }, call)
        : null;
      const { detail } = await services.pool().request('tensor/analyze', looked, call);
      mine.extras = { histogram: detail?.histogram ?? null, stored };
    });
  }

  return {
    peek: place => keptOf(place).extras,
    async want(place) {
      const mine = keptOf(place);
      // The figures, which are asked for as well, say why a file cannot be read.
      mine.underWay ??= renew(mine, place)
        .catch(onError)
        .finally(() => {
          mine.underWay = undefined;
        });
      await mine.underWay;
    },
  };
}
