import type { Point } from '../../src/base/signs';
import { type TensorKind, tensorKinds } from '../../src/base/tensorKind';
import { kindLook } from './kinds';

/** How the marks of one scheme look: never by colour alone. */
export interface SeriesStyle {
  readonly color: string;
  readonly fill: 'solid' | 'hatched' | 'outlined' | 'striped';
  readonly point: Point;
}

/** How the marks of one kind of tensor look: the sign tells without the colour. */
export type KindStyle = ReturnType<typeof kindLook>;

/** Colours and fonts of the current VS Code theme, read from its variables: a canvas cannot use them itself. */
export interface ChartTheme {
  readonly text: string;
  readonly muted: string;
  /** Faint in every theme: high contrast borders would drown the marks. */
  readonly grid: string;
  readonly background: string;
  readonly neutral: SeriesStyle;
  /** Of what wants attention, in tables. */
  readonly heat: string;
  readonly schemes: readonly SeriesStyle[];
  readonly kinds: Readonly<Record<TensorKind, KindStyle>>;
  readonly fontFamily: string;
  /** In CSS pixels. */
  readonly fontSize: number;
}

/** Of VS Code's chart colours those that stay apart for every kind of colour vision; orange would pass for yellow. */
const seriesColors = [
  ['--vscode-charts-blue', 'solid', 'circle'],
  ['--vscode-charts-yellow', 'hatched', 'triangle'],
  ['--vscode-charts-purple', 'outlined', 'square'],
  ['--vscode-charts-green', 'striped', 'diamond'],
] as const;

/** Reads the theme. Cheap enough for once per theme change, not for once per mark. */
export function readTheme(): ChartTheme {
  const style = getComputedStyle(document.body);
  const read = (...names: string[]) => {
    for (const name of names) {
      const value = style.getPropertyValue(name).trim();
      if (value) return value;
    }
    return style.color;
  };
  const text = read('--vscode-editor-foreground', '--vscode-foreground');
  return {
    text,
    muted: read('--vscode-descriptionForeground'),
    grid: `color-mix(in srgb, ${text} 16%, transparent)`,
    background: read('--vscode-editor-background'),
    neutral: { color: read('--vscode-charts-foreground'), fill: 'solid', point: 'circle' },
    // High contrast themes have no orange: without the other it would be the text's own colour.
    heat: read('--vscode-charts-orange', '--vscode-charts-yellow'),
    schemes: seriesColors.map(([name, fill, point]) => ({ color: read(name), fill, point })),
    kinds: Object.fromEntries(
      tensorKinds.map(kind => [kind, kindLook(kind, read)]),
    ) as unknown as ChartTheme['kinds'],
    fontFamily: style.fontFamily,
    fontSize: Math.max(10, Math.round(Number.parseFloat(style.fontSize) * 0.8)),
  };
}

/** The style of scheme `index`; more schemes than styles start over. */
export function schemeStyle(theme: ChartTheme, index: number): SeriesStyle {
  return theme.schemes[index % theme.schemes.length]!;
}

/** The style of a kind of tensor. */
export function kindStyle(theme: ChartTheme, kind: TensorKind): KindStyle {
  return theme.kinds[kind];
}

/**
 * Calls `changed` whenever VS Code switches its theme: it rewrites classes and style of the page's root.
 * Returns a function that stops it.
 */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  const attributeFilter = ['class', 'style', 'data-vscode-theme-id'];
  observer.observe(document.body, { attributeFilter });
  observer.observe(document.documentElement, { attributeFilter });
  return () => observer.disconnect();
}
