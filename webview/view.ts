import type { Part } from './session';

/** One of the views of a file, behind its tab. */
export interface View {
  readonly element: HTMLElement;
  /** Draws what changed. Called only while the view is shown; with all parts when it is shown again. */
  update(changed: ReadonlySet<Part>): void;
  /** Puts the keyboard into the view. */
  focus(): void;
  destroy(): void;
}

/** Names of the views, in the order of their tabs. */
export const viewIds = ['overview', 'layer', 'values', 'steps', 'precision'] as const;
export type ViewId = (typeof viewIds)[number];
