import * as l10n from '@vscode/l10n';
import type { CodeHistogram } from '../../src/checkpoints/storedView';
import { createPlot } from '../charts/plot';
import { createCodeTable } from '../charts/storedTables';
import { describeCodes } from '../charts/storedText';
import type { TextTooltip } from '../charts/textTooltip';
import type { ChartTheme } from '../charts/theme';
import { h, setText, show } from '../dom';
import { formatFigure, formatInteger } from '../format';
import { createChoice, createFrame, createTableBox, type Section } from './frame';
import type { LayerStore } from './store';
import { countWithShare, unusedText } from './texts';

/** How often each code occurs. */
export function createCodesSection(store: LayerStore, tooltip: TextTooltip): Section {
  const plot = createPlot();
  const frame = createFrame(store, {
    id: 'codes',
    title: l10n.t('Codes'),
    help: l10n.t('How many weights have which code'),
    picture: 'codes',
    copy: ratio => ({ unit: l10n.t('weights per code'), plot: plot.copy(ratio) }),
  });
  const scaling = createChoice(
    l10n.t('Weights per code'),
    [
      { value: 'log', text: l10n.t('Log'), title: l10n.t('Counts on a logarithmic axis') },
      { value: 'linear', text: l10n.t('Linear'), title: l10n.t('Counts on a linear axis') },
    ],
    value => store.choose({ logCodes: value === 'log' }),
  );
  frame.tools.append(scaling.element);
  const rows = createTableBox();
  const words = h('p', { class: 'stored-words' });
  const note = h('p', { class: 'note' }, l10n.t('This scheme has no codes to count.'));
  frame.body.append(words, plot.canvas, rows.element, note);
  tooltip.follow(plot.canvas, x => {
    const codes = store.shown?.codes;
    const i = plot.indexAt(x);
    return i === null || !codes ? null : codeText(codes, i);
  });

  return {
    element: frame.element,
    update() {
      const { shown, chosen } = store;
      const codes = shown?.codes ?? null;
      frame.follow(store.wanted, shown !== null);
      frame.setUnit(l10n.t('weights per code'));
      scaling.update(chosen.logCodes ? 'log' : 'linear');
      show(plot.canvas, codes !== null && !frame.isTable);
      show(words, codes !== null);
      show(note, codes === null);
      setText(words, codes ? wordsOf(codes, shown?.report?.codeEntropy ?? null) : '');
      rows.update(codes && frame.isTable ? [codes] : null, () => createCodeTable(codes!));
    },
    paint(theme: ChartTheme) {
      const codes = store.shown?.codes;
      if (!codes || plot.canvas.hidden) return;
      const { first, counts } = codes;
      const label = l10n.t('Histogram of codes. {0}', describeCodes(codes));
      plot.draw(
        {
          kind: 'bars',
          values: counts,
          ...{ from: first - 0.5, to: first + counts.length - 0.5, integers: true },
          isLog: store.chosen.logCodes,
        },
        theme,
        label,
      );
    },
  };
}

function codeText({ first, counts }: CodeHistogram, i: number): string {
  const all = counts.reduce((a, b) => a + b, 0);
  const code = formatInteger(first + i);
  return l10n.t('code {0}: {1} weights', code, countWithShare(counts[i] ?? 0, all));
}

/** The codes in a few sentences: how many are used, the ends, the gaps, and the entropy. */
function wordsOf(codes: CodeHistogram, entropy: number | null): string {
  const bits = entropy === null ? null : l10n.t('Entropy {0} bits.', formatFigure(entropy));
  const unused = unusedText(codes.first, codes.counts);
  return [describeCodes(codes), unused && `${unused}.`, bits].filter(Boolean).join(' ');
}
