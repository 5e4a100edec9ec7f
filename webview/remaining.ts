import * as l10n from '@vscode/l10n';
import type { AnalysisView } from '../src/protocol/editor';
import { formatPercent } from './format';

/** Only what takes longer than this, in milliseconds, is worth a figure, and a button to stop it. */
export const longWait = 1000;
/** Before so much time and so large a part, a rate is a guess. */
const leastSeconds = 2;
const leastPart = 0.01;

/**
 * Tells the seconds that a running analysis still takes, by its rate since it was first seen; null while they are not known.
 * `now` in milliseconds.
 */
export function createRemaining(now: () => number = () => performance.now()) {
  let first: { readonly time: number; readonly bytes: number } | null = null;
  let last = 0;

  return ({ state, doneBytes, totalBytes }: AnalysisView): number | null => {
    if (state !== 'running') {
      first = null;
      return null;
    }
    if (!first || doneBytes < last) first = { time: now(), bytes: doneBytes };
    last = doneBytes;
    const seconds = (now() - first.time) / 1000;
    const read = doneBytes - first.bytes;
    if (seconds < leastSeconds || read <= 0 || read < leastPart * totalBytes) return null;
    return ((totalBytes - doneBytes) * seconds) / read;
  };
}

/** A time that is left, as roughly as it is known: to 5 seconds, then to minutes. */
export function remainingText(seconds: number): string {
  if (seconds < 57.5) return l10n.t('about {0} s left', Math.max(5, 5 * Math.round(seconds / 5)));
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return l10n.t('about {0} min left', minutes);
  return l10n.t('about {0} h {1} min left', Math.floor(minutes / 60), minutes % 60);
}

/** How far reading is, and how long it will still take where that can be told; `elapsed` in milliseconds. */
export function readingText(fraction: number, elapsed: number): string {
  if (elapsed < longWait) return l10n.t('Reading …');
  const done = l10n.t('Reading … {0}', formatPercent(fraction));
  const isRate = elapsed >= 1000 * leastSeconds && fraction >= leastPart;
  if (!isRate) return done;
  return `${done} · ${remainingText((elapsed * (1 - fraction)) / fraction / 1000)}`;
}
