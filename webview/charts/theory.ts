import * as l10n from '@vscode/l10n';
import { formatDecibel } from '../format';

/** How far weights are from what Gaussian ones would get, in decibel. */
export interface ExcessLoss {
  /** SQNR of Gaussian weights of the same shape. */
  readonly gaussianDb: number;
  /** How much less these weights get; negative where they fit better. */
  readonly lossDb: number;
}

/** Null where either figure is not known. */
export function excessLoss(
  sqnrDb: number | null | undefined,
  gaussianDb: number | null | undefined,
): ExcessLoss | null {
  if (!isKnown(sqnrDb) || !isKnown(gaussianDb)) return null;
  return { gaussianDb, lossDb: gaussianDb - sqnrDb };
}

/** The same in words; null where there is nothing to say. */
export function excessText(
  sqnrDb: number | null | undefined,
  gaussianDb: number | null | undefined,
): string | null {
  const excess = excessLoss(sqnrDb, gaussianDb);
  if (!excess) return null;
  return l10n.t(
    'Gaussian weights would get {0} dB: excess loss {1} dB',
    formatDecibel(excess.gaussianDb),
    formatDecibel(excess.lossDb),
  );
}

function isKnown(x: number | null | undefined): x is number {
  return x !== null && x !== undefined && !Number.isNaN(x);
}
