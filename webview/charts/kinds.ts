import * as l10n from '@vscode/l10n';
import { kindSigns, type Sign } from '../../src/base/signs';
import type { TensorKind } from '../../src/base/tensorKind';
import { h } from '../dom';

/** A theme's colour, or so much of it in another. */
type Mix = readonly [variable: string, percent: number, into: 'text' | 'background'];

interface Look {
  /** Stands for the kind where there is no room for its name. */
  readonly letter: string;
  readonly color: Mix;
}

const blue = '--vscode-charts-blue';
const red = '--vscode-charts-red';
const green = '--vscode-charts-green';
const text = '--vscode-editor-foreground';
const muted: Mix = [text, 55, 'background'];

/**
 * The parts of attention and feed-forward blocks and the norms, which stand side by side in every block, have colours that differ
 * in lightness for any eye (at least 0.06 in OKLab under simulated protanopia and deuteranopia, in the default themes). The rest
 * are few in a model and share hues. Letters and signs differ everywhere.
 */
const looks: Readonly<Record<TensorKind, Look>> = {
  embedding: { letter: 'E', color: [green, 100, 'text'] },
  q: { letter: 'Q', color: [blue, 100, 'text'] },
  k: { letter: 'K', color: ['--vscode-charts-yellow', 100, 'text'] },
  v: { letter: 'V', color: [red, 100, 'text'] },
  qkv: { letter: 'QKV', color: [blue, 100, 'text'] },
  o: { letter: 'O', color: ['--vscode-charts-purple', 60, 'background'] },
  gate: { letter: 'G', color: [blue, 50, 'text'] },
  up: { letter: 'U', color: [text, 100, 'text'] },
  down: { letter: 'D', color: [red, 60, 'background'] },
  norm: { letter: 'N', color: muted },
  head: { letter: 'H', color: [green, 100, 'text'] },
  conv: { letter: 'C', color: ['--vscode-charts-orange', 100, 'text'] },
  bias: { letter: 'B', color: muted },
  other: { letter: '–', color: muted },
};

const into = { text, background: '--vscode-editor-background' } as const;

/** The look of a kind, with its colour as CSS. `read` gives the value of a theme's variable. */
export function kindLook(
  kind: TensorKind,
  read: (variable: string) => string,
): Omit<Look, 'color'> & { readonly sign: Sign; readonly color: string } {
  const { color, letter } = looks[kind];
  const look = { letter, sign: kindSigns[kind] };
  const [variable, percent, other] = color;
  if (percent === 100) return { ...look, color: read(variable) };
  const mixed = `${read(variable)} ${percent}%, ${read(into[other])}`;
  return { ...look, color: `color-mix(in srgb, ${mixed})` };
}

/** The name of a kind. */
export function kindName(kind: TensorKind): string {
  switch (kind) {
    case 'embedding':
      return l10n.t('Embedding');
    case 'q':
      return l10n.t('Query');
    case 'k':
      return l10n.t('Key');
    case 'v':
      return l10n.t('Value');
    case 'qkv':
      return l10n.t('Fused query, key, value');
    case 'o':
      return l10n.t('Attention output');
    case 'gate':
      return l10n.t('Gate');
    case 'up':
      return l10n.t('Up');
    case 'down':
      return l10n.t('Down');
    case 'norm':
      return l10n.t('Norm');
    case 'head':
      return l10n.t('Output head');
    case 'conv':
      return l10n.t('Convolution');
    case 'bias':
      return l10n.t('Bias');
    case 'other':
      return l10n.t('Other');
  }
}

/** A small box with the kind's letter and colour; screen readers say its name. */
export function createKindBadge(kind: TensorKind): HTMLElement {
  const { letter, color } = kindLook(kind, variable => `var(${variable})`);
  const name = kindName(kind);
  const element = h(
    'span',
    { class: 'kind', role: 'img', 'aria-label': name, title: name },
    letter,
  );
  element.style.setProperty('--kind', color);
  return element;
}
