import type { TensorEntry } from '../formats/tensorFile';
import { bytesOf, type OnProgress } from './model';

/** The progress of tensors that are analysed side by side. */
export interface JointProgress {
  /** Returns whom to tell how much of it is done. */
  begin(entry: TensorEntry): OnProgress;
  end(entry: TensorEntry): void;
}

/**
 * Puts together the progress of several tensors: how many are done, the share of the bytes of all, and the name of the one that was
 * begun first of those under way.
 */
export function jointProgress(
  tensors: readonly TensorEntry[],
  show: (text: string) => void,
): JointProgress {
  const total = bytesOf(tensors);
  /** Fraction of each that is under way, in the order of their beginning. */
  const underWay = new Map<TensorEntry, number>();
  let done = 0;
  let doneBytes = 0;
  const tell = () => {
    const [oldest] = underWay.keys();
    if (!oldest) return;
    let bytes = doneBytes;
    for (const [entry, fraction] of underWay) bytes += fraction * entry.data.byteLength;
    const percent = Math.floor((100 * bytes) / total);
    show(`${done} of ${tensors.length} done  ${percent} %  ${oldest.name}`);
  };
  return {
    begin(entry) {
      const onProgress = (fraction: number) => {
        underWay.set(entry, fraction);
        tell();
      };
      onProgress(0);
      return onProgress;
    },
    end(entry) {
      underWay.delete(entry);
      done++;
      doneBytes += entry.data.byteLength;
      tell();
    },
  };
}
