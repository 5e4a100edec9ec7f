import * as l10n from '@vscode/l10n';
import type { WorstBlock } from '../../src/compare/worstBlock';
import type { PairFigures, PairRow, PairSortKey } from '../../src/protocol/compare';
import { formatDecibel, formatFigure } from '../format';
import type { HeadColumn } from '../views/columns';

/** A column of the table of pairs. */
export interface PairColumn extends HeadColumn<PairSortKey> {
  text(row: PairRow): string;
}

/** The columns, in the order shown; Name is always the first. */
export function pairColumns(a: string, b: string): readonly PairColumn[] {
  return [
    text('name', l10n.t('Name'), l10n.t('Name in the first model'), row => row.name),
    text('storedA', l10n.t('First'), l10n.t('How it is stored in {0}', a), row => row.storedA),
    text('storedB', l10n.t('Second'), l10n.t('How it is stored in {0}', b), row => row.storedB),
    figure(
      'sqnr',
      l10n.t('SQNR dB'),
      l10n.t('Signal to quantization noise ratio, in dB'),
      sqnrText,
    ),
    figure(
      'relativeFrobenius',
      l10n.t('Rel. error'),
      l10n.t('Relative Frobenius error: the norm of the difference over the norm of the first'),
      f => formatFigure(f.relativeFrobenius, 3),
    ),
    figure('cosine', l10n.t('Cosine'), l10n.t('Cosine similarity'), f => formatFigure(f.cosine, 6)),
    figure('maxError', l10n.t('Max error'), l10n.t('Largest absolute difference'), f =>
      formatFigure(f.maxAbsError, 3),
    ),
    figure(
      'worstBlock',
      l10n.t('Worst block'),
      l10n.t('Rows and columns of the block with the largest mean squared error'),
      f => (f.worstBlock ? blockText(f.worstBlock) : ''),
    ),
  ];
}

/** Decibels of a pair; equal weights have no noise at all. */
export function sqnrText({ sqnrDb, maxAbsError }: PairFigures): string {
  return sqnrDb === null && maxAbsError === 0 ? '∞' : formatDecibel(sqnrDb);
}

/** Rows and columns [from:to) of a block. */
export function blockText({ row, col, rows, cols }: WorstBlock): string {
  return `[${row}:${row + rows}, ${col}:${col + cols}]`;
}

function text(
  id: PairSortKey,
  title: string,
  label: string,
  of: (row: PairRow) => string,
): PairColumn {
  return { id, title, label, sort: id, descendingFirst: false, text: of };
}

/** A figure; the first click on its head puts the worst first. */
function figure(
  id: PairSortKey,
  title: string,
  label: string,
  of: (figures: PairFigures) => string,
): PairColumn {
  const descendingFirst = id !== 'sqnr' && id !== 'cosine';
  return { id, title, label, sort: id, descendingFirst, text: row => figureText(row, of) };
}

/** A figure, or why there is none: nothing yet, being compared, or not to be had. */
function figureText({ status, figures }: PairRow, of: (figures: PairFigures) => string): string {
  if (figures) return of(figures);
  if (status === 'running') return '…';
  return status === 'failed' ? '–' : '';
}
