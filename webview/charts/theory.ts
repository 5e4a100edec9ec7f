import * as l10n from '@vscode/l10n';
import { formatDecibel } from '../format';

/** What Gaussian weights would get, and how much less these do; null where either is not known. */
export function excessText(
  sqnrDb: number | null | undefined,
  gaussianSqnrDb: number | null | undefined,
): string | null {
  if (!isKnown(sqnrDb) || !isKnown(gaussianSqnrDb)) return null;
  return l10n.t(
    'Gaussian weights would get {0} dB: excess loss {1} dB',
    formatDecibel(gaussianSqnrDb),
    formatDecibel(gaussianSqnrDb - sqnrDb),
  );
}

function isKnown(x: number | null | undefined): x is number {
  return x !== null && x !== undefined && !Number.isNaN(x);
}
