import * as l10n from '@vscode/l10n';
import {
  type CastFigure,
  type CastRow,
  type CastSortKey,
  castFigures,
} from '../../src/protocol/precision';
import { formatCount } from '../format';
import type { HeadColumn } from '../views/columns';
import { castFigureHelp, castFigureTitle } from './texts';

/** A column of the table of layers; those without a figure tell a text. */
export interface CastColumn extends HeadColumn<CastSortKey> {
  readonly figure: CastFigure | null;
  text(row: CastRow): string;
}

/** The columns, in the order shown; the name is always the first. */
export function makeCastColumns(): readonly CastColumn[] {
  const text = { descendingFirst: false, figure: null };
  return [
    {
      ...text,
      ...key('name'),
      title: l10n.t('Name'),
      label: l10n.t('Name'),
      text: row => row.name,
    },
    {
      ...{ ...text, ...key('dtype'), title: l10n.t('Dtype'), label: l10n.t('Element type') },
      text: row => row.dtype,
    },
    {
      ...{ ...text, ...key('values'), descendingFirst: true, title: l10n.t('Values') },
      label: l10n.t('Finite values that were looked at'),
      text: row => (row.values === null ? '' : formatCount(row.values)),
    },
    ...castFigures.map(figure => ({
      ...{ ...key(figure), figure, descendingFirst: true },
      ...{ title: castFigureTitle(figure), label: castFigureHelp(figure) },
      text: () => '',
    })),
  ];
}

function key<K extends CastSortKey>(id: K) {
  return { id, sort: id };
}
