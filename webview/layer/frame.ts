import * as l10n from '@vscode/l10n';
import type { ChartTheme } from '../charts/theme';
import { button, h, setAttribute, setText, show } from '../dom';
import { longWait, readingText } from '../remaining';
import type { Part } from './part';
import { createPictureButton, type LayerPicture } from './pictureButton';
import type { PictureId } from './state';
import type { LayerStore } from './store';

/** A part of the layer view. */
export interface Section {
  readonly element: HTMLElement;
  /** Takes over what was answered or chosen. */
  update(): void;
  /** Set where it is about the tensor alone, whatever the scheme. */
  readonly isOfTensor?: boolean;
  /** Draws its canvases, which have a size now. */
  paint(theme: ChartTheme): void;
}

/** What a section is called. */
export interface FrameOptions {
  readonly id: string;
  readonly title: string;
  /** What the title means, for the tooltip. */
  readonly help: string;
  /** Set where there is the same as a table. */
  readonly picture?: PictureId;
  /** Set where there is one chart, which can be saved. */
  copy?(ratio: number): LayerPicture;
}

/** What all sections have: title, unit, controls, and what there is to see while something is asked. */
export interface Frame {
  readonly element: HTMLElement;
  readonly tools: HTMLElement;
  readonly body: HTMLElement;
  setUnit(text: string): void;
  /** Shows what becomes of a question; the picture there is stays, dimmed where it answers an older one. */
  follow(part: Part<unknown>, hasPicture?: boolean): void;
  readonly isTable: boolean;
}

/** Makes the frame of a section. */
export function createFrame(store: LayerStore, options: FrameOptions): Frame {
  const { id, title, help, picture, copy } = options;
  const unit = h('span', { class: 'chart-unit' });
  const heading = h('h3', { id: `layer-${id}`, title: help }, title);
  const tools = h('div', { class: 'layer-tools' });
  const toggle = picture
    ? button({
        label: l10n.t('{0}: show as table', title),
        icon: 'table',
        kind: 'icon',
        onClick() {
          const { asTable } = store.chosen;
          const others = asTable.filter(other => other !== picture);
          store.choose({
            asTable: others.length < asTable.length ? others : [...asTable, picture],
          });
        },
      })
    : null;
  const save = copy ? createPictureButton(store, { name: id, title, picture: copy }) : null;
  const head = h('div', { class: 'layer-head-row' }, heading, unit, tools, save, toggle);
  const bar = h('div', { class: 'progress-bar' });
  const line = h('div', { class: 'progress', role: 'progressbar', 'aria-label': title }, bar);
  const body = h('div', { class: 'layer-body' });
  const status = createStatus(title);
  const element = h(
    'section',
    { class: `layer-section layer-${id}`, 'aria-labelledby': `layer-${id}` },
    head,
    line,
    status.element,
    body,
  );
  setAttribute(line, 'aria-valuemin', 0);
  setAttribute(line, 'aria-valuemax', 100);

  const isTable = () => picture !== undefined && store.chosen.asTable.includes(picture);
  return {
    element,
    tools,
    body,
    setUnit(text) {
      setText(unit, text);
      unit.title = text;
    },
    follow(part, hasPicture = part.value !== null) {
      const isLoading = part.status === 'loading';
      line.classList.toggle('active', isLoading);
      setAttribute(line, 'aria-valuenow', Math.round(part.fraction * 100));
      setAttribute(line, 'aria-hidden', isLoading ? undefined : 'true');
      bar.style.width = `${Math.max(3, part.fraction * 100)}%`;
      setAttribute(element, 'aria-busy', isLoading ? 'true' : undefined);
      const isOld = part.status !== 'ready' || store.base.status !== 'ready';
      body.classList.toggle('old', isOld && hasPicture);
      body.classList.toggle('stale', store.base.status !== 'ready');
      status.update(part, hasPicture);
      if (save) show(save, hasPicture && !isTable());
      if (toggle) setAttribute(toggle, 'aria-pressed', String(isTable()));
    },
    get isTable() {
      return isTable();
    },
  };
}

/** The line that says what is being done, with a way to stop it, or what went wrong, with a way to try again. */
export function createStatus(title: string) {
  const text = h('span');
  const stop = button({
    label: l10n.t('Cancel'),
    title: l10n.t('{0}: stop reading', title),
    kind: 'link',
    onClick: () => followed?.cancel(),
  });
  const again = button({
    label: l10n.t('Retry'),
    title: l10n.t('{0}: try again', title),
    kind: 'link',
    onClick: () => followed?.retry(),
  });
  const element = h(
    'div',
    { class: 'layer-status', role: 'status', hidden: true },
    text,
    stop,
    again,
  );
  let followed: Part<unknown> | null = null;
  let hasPicture = false;
  let since = 0;
  let timer = 0;

  function put(): void {
    if (!followed) return;
    const { status, fraction, message } = followed;
    const isLoading = status === 'loading';
    const isLong = isLoading && Date.now() - since >= longWait;
    const hasFailed = status === 'failed' || status === 'cancelled';
    show(element, hasFailed || isLong || (isLoading && !hasPicture));
    element.classList.toggle('floating', hasPicture && !hasFailed);
    show(stop, isLong);
    show(again, hasFailed);
    element.classList.toggle('error', status === 'failed');
    if (status === 'failed') setText(text, message);
    else if (status === 'cancelled') setText(text, l10n.t('Stopped.'));
    else if (isLoading) setText(text, readingText(fraction, Date.now() - since));
  }

  return {
    element,
    update(part: Part<unknown>, isOverPicture: boolean): void {
      hasPicture = isOverPicture;
      const isLoading = part.status === 'loading';
      if (!isLoading) {
        clearTimeout(timer);
        [timer, since] = [0, 0];
      } else if (since === 0) {
        since = Date.now();
        timer = window.setTimeout(put, longWait + 10);
      }
      followed = part;
      put();
    },
  };
}

/** Some choices of which one holds, as buttons that are pressed or not. */
export function createChoice<T extends string>(
  label: string,
  choices: readonly { readonly value: T; readonly text: string; readonly title: string }[],
  onPick: (value: T) => void,
) {
  const buttons = choices.map(({ value, text, title }) =>
    button({ label: text, title, kind: 'link', onClick: () => onPick(value) }),
  );
  const element = h(
    'div',
    { class: 'layer-choice', role: 'group', 'aria-label': label },
    ...buttons,
  );
  return {
    element,
    update(value: T): void {
      buttons.forEach((item, i) => {
        setAttribute(item, 'aria-pressed', String(choices[i]!.value === value));
      });
    },
  };
}

/** A place for a table, made again only when what it is made of is another. */
export function createTableBox() {
  const element = h('div', { class: 'layer-table' });
  let drawn: readonly unknown[] = [];
  return {
    element,
    /** @param of what the table depends on, compared by identity; null hides it */
    update(of: readonly unknown[] | null, make: () => HTMLElement): void {
      show(element, of !== null);
      if (of === null || (of.length === drawn.length && of.every((x, i) => x === drawn[i]))) return;
      drawn = of;
      element.replaceChildren(make());
    },
  };
}
