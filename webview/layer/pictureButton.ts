import * as l10n from '@vscode/l10n';
import { readTheme } from '../charts/theme';
import { button } from '../dom';
import { type LegendEntry, pictureRatio, pngOf } from '../export/picture';
import type { LayerStore } from './store';

/** A chart of the layer as it is now. */
export interface LayerPicture {
  readonly unit: string;
  readonly legend?: readonly LegendEntry[];
  /** Drawn at `pictureRatio`; null while it is not shown. */
  readonly plot: HTMLCanvasElement | null;
}

/** What the button saves. */
export interface PictureOptions {
  /** What is shown, in a word, for the file's name. */
  readonly name: string;
  readonly title: string;
  picture(ratio: number): LayerPicture;
}

/** A button that saves a chart, with the names of tensor and scheme, as PNG. */
export function createPictureButton(store: LayerStore, { name, title, picture }: PictureOptions) {
  return button({
    label: l10n.t('{0}: save as PNG…', title),
    icon: 'export',
    kind: 'icon',
    onClick() {
      store.saveAsPng(name, png());
    },
  });

  async function png(): Promise<Uint8Array> {
    const { unit, legend = [], plot } = picture(pictureRatio);
    if (!plot) throw new Error(l10n.t('The chart is not shown: there is nothing to save.'));
    const { tensor, scheme } = store.names;
    const subtitle = `${tensor} · ${scheme}`;
    return pngOf({ title, subtitle, unit, legend, theme: readTheme(), plot });
  }
}
