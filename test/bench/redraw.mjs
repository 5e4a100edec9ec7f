// @ts-check
// How long the charts of the overview take to draw anew, and to follow the pointer: the built page in Chromium, with a made-up
// model of four schemes. Part of `npm run bench`; alone: node test/bench/redraw.mjs [--tensors 300,5000] [--runs 20] [--limit MS]
// Needs dist/ (npm run build). Alone it exits with 1 when a median is above the limit.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { launch, newContext } from '../vscode/browser.mjs';
import { root } from '../vscode/paths.mjs';
import { median } from './report.mjs';

/** @typedef {{ tensors: readonly number[], runs: number, shots?: string | undefined }} Asked shots: a folder for pictures */
/**
 * @typedef {object} Redraw medians
 * @property {number} tensors
 * @property {'scheme' | 'kind'} colourBy
 * @property {number} script milliseconds of script that draw all charts
 * @property {number} painted milliseconds until they are painted
 * @property {number} hover milliseconds of script a move of the pointer
 * @property {number} hoverRedraws charts drawn by 300 moves: none should be
 */

/** What `npm run bench` measures. @type {Asked} */
export const standard = { tensors: [300, 5000], runs: 20 };

/** Enough of VS Code's dark theme for the page to look as it does there. */
const theme = `:root{--vscode-editor-background:#1f1f1f;--vscode-editor-foreground:#ccc;--vscode-foreground:#ccc;
--vscode-descriptionForeground:#9d9d9d;--vscode-charts-blue:#3794ff;--vscode-charts-yellow:#cca700;--vscode-charts-red:#f14c4c;
--vscode-charts-purple:#b180d7;--vscode-charts-green:#89d185;--vscode-charts-orange:#d18616;--vscode-charts-foreground:#ccc;
--vscode-panel-border:#2b2b2b;--vscode-focusBorder:#0078d4;--vscode-font-family:sans-serif;--vscode-editor-font-size:13px}`;

/** The host's part of the page, with a made-up model. */
async function buildHost() {
  const { outputFiles } = await build({
    entryPoints: [path.join(root, 'test/bench/pageHost.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2023',
  });
  return outputFiles[0]?.text ?? '';
}

const dist = (/** @type {string} */ name) => readFileSync(path.join(root, 'dist', name), 'utf8');

/** Counts what chart.js clears before it draws, and times what runs in animation frames. */
const probe = `window.probe = { cleared: 0, frames: [] };
const { clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...box) { probe.cleared++; return clearRect.apply(this, box); };
const frame = window.requestAnimationFrame;
window.requestAnimationFrame = work => frame(time => {
  const began = performance.now(); work(time); probe.frames.push(performance.now() - began); });`;

/** @typedef {{ probe: { cleared: number, frames: number[] } } & Window} Probed */

/**
 * @param {{ browser: import('playwright-core').Browser, host: string }} with
 * @param {Pick<Redraw, 'tensors' | 'colourBy'>} what
 * @param {Asked} asked
 * @returns {Promise<Redraw>}
 */
async function measure({ browser, host }, { tensors, colourBy }, { runs, shots }) {
  const page = await (await newContext(browser)).newPage();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.setContent(
    `<!DOCTYPE html><html><head><style>${theme}${dist('style.css')}</style></head>` +
      `<body data-page="editor" data-state="loading"><div id="app"></div></body></html>`,
  );
  await page.evaluate(count => Object.assign(globalThis, { tensorCount: count }), tensors);
  await page.evaluate(probe);
  await page.evaluate(host);
  await page.evaluate(dist('webview.js'));
  await page.locator('body[data-state="ready"] .worst li').first().waitFor();
  if (colourBy === 'kind') {
    await page.getByRole('radio', { name: 'Kind' }).click();
    await page.locator('.legend-item[data-kind="q"]').waitFor();
  }
  const redraws = await page.evaluate(async times => {
    const { probe } = /** @type {Probed} */ (/** @type {unknown} */ (window));
    const took = [];
    for (let i = 0; i < times; i++) {
      probe.cleared = 0;
      probe.frames.length = 0;
      const began = performance.now();
      document.body.dataset.vscodeThemeId = `theme ${i}`; // all charts are drawn anew
      await new Promise(done => setTimeout(done));
      while (probe.cleared < 5) await new Promise(done => requestAnimationFrame(done));
      took.push({ frame: Math.max(...probe.frames), all: performance.now() - began });
    }
    return took;
  }, runs);
  const hover = await page.evaluate(() => {
    const { probe } = /** @type {Probed} */ (/** @type {unknown} */ (window));
    const overlay = document.querySelector('.plot-overlay');
    if (!overlay) throw new Error('no chart');
    const { left, top, width, height } = overlay.getBoundingClientRect();
    probe.cleared = 0;
    const moves = 300;
    const began = performance.now();
    for (let i = 0; i < moves; i++) {
      const clientX = left + ((i + 0.5) / moves) * width;
      overlay.dispatchEvent(
        new PointerEvent('pointermove', { clientX, clientY: top + height / 2, bubbles: true }),
      );
    }
    return { each: (performance.now() - began) / moves, redraws: probe.cleared };
  });
  if (shots)
    for (const width of [1280, 690, 340]) {
      await page.setViewportSize({ width, height: 800 });
      await page.evaluate(
        () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
      await page.screenshot({
        path: path.join(shots, `${tensors}-${colourBy}-${width}.png`),
      });
    }
  await page.close();
  return {
    tensors,
    colourBy,
    script: median(redraws.map(r => r.frame)),
    painted: median(redraws.map(r => r.all)),
    hover: hover.each,
    hoverRedraws: hover.redraws,
  };
}

/**
 * Draws models of each size, coloured by scheme and by kind.
 * @param {Asked} asked
 * @returns {Promise<Redraw[]>}
 */
export async function measureRedraws(asked) {
  const host = await buildHost();
  const browser = await launch();
  const redraws = [];
  try {
    for (const tensors of asked.tensors)
      for (const colourBy of /** @type {const} */ (['scheme', 'kind']))
        redraws.push(await measure({ browser, host }, { tensors, colourBy }, asked));
  } finally {
    await browser.close();
  }
  return redraws;
}

async function main() {
  const { values } = parseArgs({
    options: {
      tensors: { type: 'string', default: standard.tensors.join(',') },
      runs: { type: 'string', default: String(standard.runs) },
      limit: { type: 'string', default: '100' },
      shots: { type: 'string' },
    },
  });
  const { shots } = values;
  const [runs, limit] = [Number(values.runs), Number(values.limit)];
  const tensors = values.tensors.split(',').map(Number);
  for (const each of await measureRedraws({ tensors, runs, shots })) {
    if (each.script > limit || each.hoverRedraws > 0) process.exitCode = 1;
    console.log(
      `${each.tensors} tensors, 4 schemes, by ${each.colourBy}: redraw of all charts ${each.script.toFixed(1)} ms ` +
        `(painted after ${each.painted.toFixed(1)} ms), median of ${runs}; ` +
        `hover ${each.hover.toFixed(2)} ms a move, ${each.hoverRedraws} charts drawn`,
    );
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
