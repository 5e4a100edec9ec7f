import type { TensorKind } from '../base/tensorKind';

/** Colours of a picture, as CSS. */
export interface Palette {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly grid: string;
  /** Of what does not depend on a scheme. */
  readonly neutral: string;
  /** More schemes than colours start over. */
  readonly schemes: readonly string[];
  readonly kinds: Readonly<Record<TensorKind, string>>;
}

const muted = '#616161';

/** VS Code's chart colours of its light themes; those of kinds are mixed as the page mixes them. */
export const lightPalette: Palette = {
  background: '#ffffff',
  text: '#3b3b3b',
  muted,
  grid: '#e2e2e2',
  neutral: '#3b3b3b',
  schemes: ['#1a85ff', '#bf8803', '#652d90', '#388a34'],
  kinds: {
    ...{ embedding: '#388a34', q: '#1a85ff', k: '#bf8803', v: '#e51400', qkv: '#1a85ff' },
    ...{ o: '#a381bd', gate: '#2b609d', up: '#3b3b3b', down: '#ef7266', norm: '#939393' },
    ...{ head: '#388a34', conv: '#d18616', bias: '#939393', other: '#939393' },
  },
};

/** The same of its dark themes. */
export const darkPalette: Palette = {
  background: '#1f1f1f',
  text: '#cccccc',
  muted: '#9d9d9d',
  grid: '#3c3c3c',
  neutral: '#cccccc',
  schemes: ['#59a4f9', '#cca700', '#b180d7', '#89d185'],
  kinds: {
    ...{ embedding: '#89d185', q: '#59a4f9', k: '#cca700', v: '#f14c4c', qkv: '#59a4f9' },
    ...{ o: '#775a8e', gate: '#93b8e3', up: '#cccccc', down: '#9d3a3a', norm: '#7e7e7e' },
    ...{ head: '#89d185', conv: '#d18616', bias: '#7e7e7e', other: '#7e7e7e' },
  },
};
