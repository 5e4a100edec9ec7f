// What a test asks of our page: rows, charts, details, as a user sees them.
import type { FrameLocator, Locator } from 'playwright-core';
import { expect } from 'vitest';

/** The charts, by the id in `data-chart`. */
export const chartIds = ['scale', 'zeroPoint', 'outliers', 'sqnr', 'mse'] as const;

/** Waits until every tensor has its figures. The bound in milliseconds is one against a hang, for a busy machine. */
export async function analysed(
  page: FrameLocator,
  tensors: number,
  timeout = 30_000,
): Promise<void> {
  const status = page.locator('.status-text');
  await expect
    .poll(() => status.innerText(), { timeout })
    .toBe(`Analysed ${tensors.toLocaleString('en-US')} ${tensors === 1 ? 'tensor' : 'tensors'}`);
}

/** The row of a tensor, by its full name. */
export function rowOf(page: FrameLocator, name: string): Locator {
  return page.locator('.table-body .row', { has: page.locator(`[title="${name}"]`) });
}

/** Names of the tensors in the visible rows, from top to bottom. */
export async function visibleNames(page: FrameLocator): Promise<string[]> {
  const rows = await visibleRows(page);
  return rows.map(r => r.name);
}

/** Texts of one column's cells in the visible rows of tensors, from top to bottom. */
export async function visibleCells(page: FrameLocator, column: string): Promise<string[]> {
  const rows = await visibleRows(page);
  return rows.map(r => r.cells[column] ?? '');
}

/** Rows are used again while scrolling: their order on the page is not the one in the document. */
function visibleRows(page: FrameLocator) {
  const rows = page.locator('.table-body .row[data-tensor]');
  return rows.evaluateAll(elements =>
    elements
      .filter(e => (e as HTMLElement).offsetParent !== null)
      .sort((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex))
      .map(e => ({
        name: e.querySelector('[title]')?.getAttribute('title') ?? '',
        cells: Object.fromEntries(
          [...e.querySelectorAll('.cell')].map(c => [
            c.classList[1] ?? '',
            (c as HTMLElement).innerText,
          ]),
        ),
      })),
  );
}

/** The name that the details panel shows. */
export async function detailName(page: FrameLocator): Promise<string> {
  const text = await page.locator('.details h2').innerText();
  return text.replace(/\s|\u200b/g, '');
}

/** Of each of a chart's layers: whether anything is drawn in its slot between the axes, gridlines aside. */
export async function layersDrawn(
  page: FrameLocator,
  chart: string,
  layers: number,
): Promise<boolean[]> {
  const box = page.locator(`[data-chart="${chart}"]`);
  return box.evaluate((element, count) => {
    const canvas = element.querySelector('canvas')!;
    const overlay = element.querySelector<HTMLElement>('.plot-overlay')!;
    const ratio = canvas.width / canvas.clientWidth;
    const [left, top, width, height] = [
      overlay.offsetLeft,
      overlay.offsetTop,
      overlay.offsetWidth,
      overlay.offsetHeight,
    ].map(n => Math.round(n * ratio));
    const { data } = canvas.getContext('2d')!.getImageData(left!, top!, width!, height!);
    // A gridline has one colour along a row of pixels: what differs from the row's most frequent colour is a mark.
    const isMark = new Uint8Array(width! * height!);
    for (let y = 0; y < height!; y++) {
      const colours = new Map<string, number>();
      const at = (x: number) => data.slice(4 * (y * width! + x), 4 * (y * width! + x) + 4).join();
      for (let x = 0; x < width!; x++) colours.set(at(x), (colours.get(at(x)) ?? 0) + 1);
      const [usual] = [...colours].sort((a, b) => b[1] - a[1])[0]!;
      for (let x = 0; x < width!; x++) if (at(x) !== usual) isMark[y * width! + x] = 1;
    }
    return Array.from({ length: count }, (_, i) => {
      // The middle of the slot: lines between groups of layers are at its edges.
      const from = Math.ceil(((i + 0.15) * width!) / count);
      const to = Math.floor(((i + 0.85) * width!) / count);
      for (let y = 0; y < height!; y++)
        for (let x = from; x < to; x++) if (isMark[y * width! + x] === 1) return true;
      return false;
    });
  }, layers);
}

/** A few pixels' worth of what a chart looks like, to tell that it was drawn anew. */
export function pictureOf(page: FrameLocator, chart: string): Promise<string> {
  return page
    .locator(`[data-chart="${chart}"] canvas`)
    .first()
    .evaluate(c => (c as HTMLCanvasElement).toDataURL());
}

/** Where a layer is on a chart, relative to the element that takes the mouse. */
export async function layerPosition(
  page: FrameLocator,
  { chart, layer, layers }: { chart: string; layer: number; layers: number },
) {
  const overlay = page.locator(`[data-chart="${chart}"] .plot-overlay`);
  const box = (await overlay.boundingBox())!;
  return { overlay, position: { x: ((layer + 0.5) * box.width) / layers, y: box.height / 2 } };
}
