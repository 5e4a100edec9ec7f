// @ts-check
// Tables of what was measured, ratios first. All numbers are medians over the rounds; a ratio is taken within a round.

/** @typedef {import('./rounds.mjs').Result} Result */
/** @typedef {import('./rounds.mjs').Series} Series */
/** @typedef {import('./contenders.mjs').Measure} Measure */
/** @typedef {{ dtype: string, byteLength: number, results: readonly Result[] }} Table */
/** @typedef {import('./redraw.mjs').Redraw} Redraw */
/** @typedef {{ machine: import('./machine.mjs').Machine, runs: number, budget: number, tables: readonly Table[], redraws?: readonly Redraw[] }} Report */
/** @typedef {(result: Result) => string} Cell */
/** @typedef {readonly (readonly [title: string, cell: Cell])[]} Columns */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = values.filter(v => !Number.isNaN(v)).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}

/**
 * @typedef {'wall' | 'work' | 'cpu'} Clock
 * @param {Series} series
 * @param {Clock} clock
 * @returns {number[]} values a second, one a round
 */
const speeds = ({ runs, values }, clock) => runs.map(r => values / (r[clock] ?? Number.NaN));

/**
 * How many times as fast one is as another, by one clock.
 * @param {string} id
 * @param {string} other
 * @param {Clock} clock
 * @returns {Cell}
 */
const ratio = (id, other, clock) => result => {
  const [a, b] = [find(result, id), find(result, other)];
  if (!a || !b) return '–';
  const theirs = speeds(b, clock);
  return round(median(speeds(a, clock).map((speed, i) => speed / (theirs[i] ?? Number.NaN))));
};

/**
 * @param {Result} result
 * @param {string} id
 */
const find = ({ series }, id) => series.find(s => s.id === id);

/**
 * @param {string} id
 * @param {(run: Measure, series: Series) => number} figure
 * @returns {Cell}
 */
const of = (id, figure) => result => {
  const series = find(result, id);
  return series ? round(median(series.runs.map(r => figure(r, series)))) : '–';
};

const gigabytes = (/** @type {string} */ id) =>
  of(id, (run, { byteLength }) => byteLength / run.wall / 1e9);
const nanoseconds = (/** @type {string} */ id) =>
  of(id, (run, { values }) => (1e9 * (run.cpu ?? Number.NaN)) / values);

/** Three digits, and none of them after 100. @param {number} x */
function round(x) {
  if (Number.isNaN(x)) return '–';
  return x >= 100 ? x.toFixed(0) : x.toPrecision(x < 1 ? 2 : 3);
}

/** The whole of what a user waits for. @type {Columns} */
const wholeColumns = [
  ['x cat', ratio('two', 'cat', 'wall')],
  ['x numpy', ratio('two', 'numpy', 'wall')],
  ['x llama-quantize', ratio('two', 'llama', 'wall')],
  ['x 1 worker', ratio('two', 'one', 'work')],
  ['GB/s', gigabytes('two')],
  ['1 worker', gigabytes('one')],
  ['cat', gigabytes('cat')],
  ['numpy', gigabytes('numpy')],
  ['llama-quantize', gigabytes('llama')],
  ['peak MiB', of('two', r => (r.peakBytes ?? Number.NaN) / 2 ** 20)],
  ['first row ms', of('two', r => r.openedMs ?? Number.NaN)],
  ['first layer ms', of('two', r => r.firstMs ?? Number.NaN)],
];

/** Processor time a value, of one thread. @type {Columns} */
const threadColumns = [
  ['x plain', ratio('one', 'plain', 'cpu')],
  ['x numpy', ratio('one', 'numpy', 'cpu')],
  ['x ggml', ratio('one', 'ggml', 'cpu')],
  ['ns/value', nanoseconds('one')],
  ['plain', nanoseconds('plain')],
  ['numpy', nanoseconds('numpy')],
  ['ggml', nanoseconds('ggml')],
];

const sections = /** @type {const} */ ([
  ['2 workers, start-up included', wholeColumns],
  ['1 thread, processor time after the header was read', threadColumns],
]);

/**
 * Columns that hold something.
 * @param {Columns} columns
 * @param {readonly Result[]} results
 * @returns {string[][]} the titles, then a line a result
 */
function grid(columns, results) {
  const used = columns.filter(([, cell]) => results.some(r => cell(r) !== '–'));
  return [
    ['', ...used.map(c => c[0])],
    ...results.map(r => [r.row.title, ...used.map(c => c[1](r))]),
  ];
}

/** @param {Report} report */
function about({ machine: m, runs, budget }) {
  const machine = `${m.cpu}, ${m.cpus} processors, ${m.memoryGiB} GiB, ${m.system}`;
  const versions = [`Node ${m.node}`, m.numpy && `numpy ${m.numpy}`, m.ggml && `ggml ${m.ggml}`];
  const how = `Medians of ${runs} rounds, warm page cache; who would take longer than ${budget} s a run works on fewer tensors.`;
  return `${m.date}, ${machine}, ${versions.filter(Boolean).join(', ')}, commit ${m.commit}. ${how}`;
}

/** @param {Table} table */
const heading = ({ dtype, byteLength }) =>
  `${dtype.toUpperCase()}, ${round(byteLength / 2 ** 20)} MiB`;

/**
 * Who was given fewer tensors.
 * @param {Table} table
 * @returns {string[]}
 */
function partial({ results, byteLength }) {
  return results.flatMap(({ row, series }) => {
    const part = series.filter(s => s.byteLength < byteLength);
    const parts = part.map(s => `${s.title} ${round(s.byteLength / 2 ** 20)} MiB`);
    return parts.length > 0 ? [`${row.title}: ${parts.join(', ')}`] : [];
  });
}

/** How many milliseconds a redraw may take. */
const redrawLimit = 100;

/** @param {readonly Redraw[]} redraws */
function redrawGrid(redraws) {
  return [
    ['', 'of 100 ms', 'ms', 'painted ms', 'hover ms', 'drawn by hover'],
    ...redraws.map(r => [
      `${r.tensors} tensors, 4 schemes, by ${r.colourBy}`,
      round(r.script / redrawLimit),
      round(r.script),
      round(r.painted),
      round(r.hover),
      String(r.hoverRedraws),
    ]),
  ];
}

const redrawTitle = 'Redraw of all charts of the overview';

/**
 * For a terminal.
 * @param {Report} report
 */
export function plainText(report) {
  const parts = [about(report)];
  for (const table of report.tables) {
    for (const [title, columns] of sections)
      parts.push(`${heading(table)}: ${title}\n${aligned(grid(columns, table.results))}`);
    const cut = partial(table);
    if (cut.length > 0) parts.push(`Part of the model only:\n${cut.join('\n')}`);
  }
  if (report.redraws?.length) parts.push(`${redrawTitle}\n${aligned(redrawGrid(report.redraws))}`);
  return parts.join('\n\n');
}

/** @param {string[][]} lines */
function aligned(lines) {
  const widths = lines[0]?.map((_, i) => Math.max(...lines.map(l => l[i]?.length ?? 0))) ?? [];
  const pad = (/** @type {string} */ cell, /** @type {number} */ i) =>
    i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return lines.map(line => line.map(pad).join('  ')).join('\n');
}

/**
 * For docs/performance.md.
 * @param {Report} report
 */
export function markdown(report) {
  const parts = [about(report)];
  for (const table of report.tables) {
    for (const [title, columns] of sections)
      parts.push(`### ${heading(table)}: ${title}`, piped(grid(columns, table.results)));
    const cut = partial(table);
    if (cut.length > 0) parts.push(`Part of the model only: ${cut.join('; ')}.`);
  }
  if (report.redraws?.length) parts.push(`### ${redrawTitle}`, piped(redrawGrid(report.redraws)));
  return `${parts.join('\n\n')}\n`;
}

/** @param {string[][]} lines */
function piped([head = [], ...lines]) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map(line).join('\n');
}
