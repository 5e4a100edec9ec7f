import * as l10n from '@vscode/l10n';
import type {
  CodeHistogram,
  Distribution,
  ReducedMap,
  StoredView,
} from '../../src/checkpoints/storedView';
import { createHeatMap } from '../charts/heatMap';
import { cellText, extentOf, isReduced } from '../charts/mapCells';
import { createPlot, type PlotInput } from '../charts/plot';
import { createBinTable, createCodeTable, createMapTable } from '../charts/storedTables';
import {
  describeCodes,
  describeDistribution,
  describeMap,
  plainDistribution,
} from '../charts/storedText';
import type { TextTooltip } from '../charts/textTooltip';
import type { ChartTheme } from '../charts/theme';
import { weightCount } from '../counts';
import { h } from '../dom';
import { formatCount, formatFigure, formatInteger, formatPercent } from '../format';

/** Draws what has no colours and no size of its own. */
export type Painter = (theme: ChartTheme) => void;

/** Something of the section: its element, and how it is drawn once it has a size. */
export interface Block {
  readonly element: HTMLElement;
  readonly painters: readonly Painter[];
}

/** What the parameters of a kind are, in words. */
interface Kind {
  readonly title: string;
  /** In a sentence, plural. */
  readonly noun: string;
  readonly unit: string;
  readonly help: string;
}

const parameterNames = ['scale', 'zeroPoint', 'superScale', 'superMin', 'bias', 'shift'] as const;

function kindOf(name: (typeof parameterNames)[number]): Kind {
  switch (name) {
    case 'scale':
      return {
        title: l10n.t('Scale'),
        noun: l10n.t('scales'),
        unit: l10n.t('weight per unit'),
        help: l10n.t('What the value of a code is multiplied with'),
      };
    case 'zeroPoint':
      return {
        title: l10n.t('Zero point'),
        noun: l10n.t('zero points'),
        unit: l10n.t('code'),
        help: l10n.t('Code that stands for 0'),
      };
    case 'superScale':
      return {
        title: l10n.t('Scale of super-blocks'),
        noun: l10n.t('scales of super-blocks'),
        unit: l10n.t('weight per step'),
        help: l10n.t('What the scales of their sub-blocks are steps of'),
      };
    case 'superMin':
      return {
        title: l10n.t('Minimum of super-blocks'),
        noun: l10n.t('minimums of super-blocks'),
        unit: l10n.t('weight per step'),
        help: l10n.t('What the minimums of their sub-blocks are steps of'),
      };
    case 'bias':
      return {
        title: l10n.t('Bias'),
        noun: l10n.t('biases'),
        unit: l10n.t('weight'),
        help: l10n.t('Added to all weights of a group'),
      };
    case 'shift':
      return {
        title: l10n.t('Shift'),
        noun: l10n.t('shifts'),
        unit: l10n.t('weight'),
        help: l10n.t('Subtracted from all weights of a group'),
      };
  }
}

/** How the figures are shown. */
export interface Look {
  readonly asTable: boolean;
  readonly tooltip: TextTooltip;
}

/** All that is known of the stored parameters of a weight, from the scales to the codes. */
export function makeStoredCharts(view: StoredView, look: Look): Block[] {
  const parameters = parameterNames.flatMap(name => {
    const distribution = view[name];
    if (!distribution) return [];
    const map = name === 'scale' || name === 'zeroPoint' ? view[`${name}Map`] : null;
    return [makeParameter({ kind: kindOf(name), distribution, map }, look)];
  });
  const notes = view.notes.map(note => still(h('p', { class: 'note' }, note)));
  return [...notes, ...parameters, makeCodes(view.codes, look)];
}

/** A block that needs no drawing. */
export function still(element: HTMLElement): Block {
  return { element, painters: [] };
}

interface Parameter {
  readonly kind: Kind;
  readonly distribution: Distribution;
  readonly map: ReducedMap | null;
}

function makeParameter({ kind, distribution, map }: Parameter, { asTable, tooltip }: Look): Block {
  const parts = [
    asTable
      ? still(createBinTable(kind.noun, distribution))
      : makeBins(kind, distribution, tooltip),
  ];
  const varies = distribution.bins.length > 0;
  if (map && varies)
    parts.push(asTable ? still(createMapTable(kind.noun, map)) : makeMap(kind, map, tooltip));
  return group(titleOf(kind), makeFacts(distribution), ...parts);
}

function group(title: HTMLElement, facts: HTMLElement, ...parts: readonly Block[]): Block {
  return {
    element: h('div', { class: 'stored-group' }, title, facts, ...parts.map(p => p.element)),
    painters: parts.flatMap(p => p.painters),
  };
}

function titleOf({ title, unit, help }: Pick<Kind, 'title' | 'unit' | 'help'>): HTMLElement {
  return h('h4', { title: help }, title, ' ', h('span', { class: 'chart-unit' }, unit));
}

function makeFacts({ count, nonFinite, min, mean, max }: Distribution): HTMLElement {
  const facts: [term: string, value: string, title?: string | undefined][] = [
    [l10n.t('Min'), formatFigure(min), exact(min)],
    [l10n.t('Mean'), formatFigure(mean), exact(mean)],
    [l10n.t('Max'), formatFigure(max), exact(max)],
    [l10n.t('Count'), formatCount(count)],
  ];
  if (nonFinite) facts.push([l10n.t('Not finite'), formatCount(nonFinite)]);
  const cells = facts.map(([term, value, title]) =>
    h('div', {}, h('dt', {}, term), h('dd', { title }, value)),
  );
  return h('dl', { class: 'stored-facts' }, ...cells);
}

/** All digits, for the tooltip. */
function exact(x: number | null): string | undefined {
  return x === null ? undefined : String(x);
}

function makeBins(kind: Kind, distribution: Distribution, tooltip: TextTooltip): Block {
  const plain = plainDistribution(distribution);
  const { min, max, bins } = distribution;
  if (plain !== null || min === null || max === null)
    return still(h('p', { class: 'note' }, plain ?? ''));
  const edge = (i: number) => formatFigure(min + ((max - min) * i) / bins.length);
  const input: PlotInput = {
    kind: 'bars',
    values: bins,
    ...{ from: min, to: max, integers: false },
  };
  const label = describeDistribution(kind.noun, distribution);
  const textOf = (i: number) => `${edge(i)} … ${edge(i + 1)}: ${formatCount(bins[i] ?? 0)}`;
  return makePlot({ input, label, textOf }, tooltip);
}

interface LabelledPlot {
  readonly input: PlotInput;
  readonly label: string;
  textOf(i: number): string;
}

function makePlot({ input, label, textOf }: LabelledPlot, tooltip: TextTooltip): Block {
  const plot = createPlot();
  tooltip.follow(plot.canvas, x => {
    const index = plot.indexAt(x);
    return index === null ? null : textOf(index);
  });
  return { element: plot.canvas, painters: [theme => plot.draw(input, theme, label)] };
}

/** A picture of a matrix, a line where it has one row or one column. */
function makeMap(kind: Kind, map: ReducedMap, tooltip: TextTooltip): Block {
  if (!extentOf(map)) return still(h('p', { class: 'note' }, l10n.t('No value is finite')));
  const reduced = isReduced(map);
  const textOf = (i: number) => {
    const value = formatFigure(map.means[i]);
    const place = cellText(map, i);
    return reduced ? l10n.t('{0}: mean {1}', place, value) : `${place}: ${value}`;
  };
  const label = describeMap(kind.noun, map);
  if (map.rows > 1 && map.cols > 1) return makeHeat({ map, label, textOf }, tooltip);
  const line = { kind: 'line', values: map.means, from: 0, integers: true } as const;
  const input = { ...line, to: Math.max(...map.shape) };
  const { element, painters } = makePlot({ input, label, textOf }, tooltip);
  const title = h(
    'div',
    { class: 'stored-sub' },
    map.cols === 1 ? l10n.t('By row') : l10n.t('By group'),
  );
  return { element: h('div', {}, title, element), painters };
}

interface Heat {
  readonly map: ReducedMap;
  readonly label: string;
  textOf(index: number): string;
}

function makeHeat({ map, label, textOf }: Heat, tooltip: TextTooltip): Block {
  const heat = createHeatMap();
  const { canvas } = heat;
  tooltip.follow(canvas, (x, y) => {
    const col = Math.floor((x / canvas.clientWidth) * map.cols);
    const row = Math.floor((y / canvas.clientHeight) * map.rows);
    const inside = col >= 0 && row >= 0 && col < map.cols && row < map.rows;
    return inside ? textOf(row * map.cols + col) : null;
  });
  return { element: heat.element, painters: [theme => heat.draw(map, theme, label)] };
}

function makeCodes(codes: CodeHistogram, { asTable, tooltip }: Look): Block {
  const { first, counts } = codes;
  const total = counts.reduce((a, b) => a + b, 0);
  const words = h('p', { class: 'stored-words' }, describeCodes(codes));
  const input: PlotInput = {
    kind: 'bars',
    values: counts,
    ...{ from: first - 0.5, to: first + counts.length - 0.5, integers: true },
  };
  const label = `${l10n.t('Histogram of codes.')} ${describeCodes(codes)}`;
  const textOf = (i: number) => {
    const count = counts[i] ?? 0;
    const share = formatPercent(total ? count / total : 0);
    return l10n.t('code {0}: {1}, {2}', formatInteger(first + i), weightCount(count), share);
  };
  const chart = asTable
    ? still(createCodeTable(codes))
    : makePlot({ input, label, textOf }, tooltip);
  const title = {
    title: l10n.t('Codes'),
    unit: l10n.t('weights per code'),
    help: l10n.t('How often each code occurs'),
  };
  return group(titleOf(title), words, chart);
}
