// @ts-check
// Rounds of runs: contenders take turns within each, so that a machine that slows down slows all of them.

/** @typedef {import('./contenders.mjs').Contender} Contender */
/** @typedef {import('./contenders.mjs').Figures} Figures */
/** @typedef {import('./contenders.mjs').Measure} Measure */
/** @typedef {import('./contenders.mjs').Row} Row */
/** @typedef {import('./models.mjs').BenchModel} BenchModel */
/**
 * A contender's runs of one row.
 * @typedef {object} Series
 * @property {string} id
 * @property {string} title
 * @property {number} byteLength of the tensors it worked on
 * @property {number} values how many these hold
 * @property {Measure[]} runs one a round, without `figures`
 */
/** @typedef {{ row: Row, series: Series[] }} Result */
/** @typedef {{ runs: number, budget: number, log: (text: string) => void }} Effort */

/** Figures of contenders differ at most by so much of the figure: float32 sums of a few thousand, added in float64. */
const usualTolerance = 1e-6;
/** The first run of a contender, for warming up, comparing figures and telling its speed, is made over so much. */
const sampleBytes = 6 * 2 ** 20;

/**
 * Measures one row.
 * @param {Row} row
 * @param {BenchModel} model
 * @param {readonly Contender[]} contenders
 * @param {Effort} effort
 * @returns {Result}
 */
export function measureRow(row, model, contenders, { runs, budget, log }) {
  const check = checker(`${row.title}, ${model.dtype}`, row.tolerance);
  const entrants = contenders
    .filter(c => c.takes(row))
    .map(contender => {
      const work = fitted(contender, { row, model, budget, check });
      const { id, title } = contender;
      const { byteLength, values } = work;
      /** @type {Measure[]} */
      const measures = [];
      return { contender, work, series: { id, title, byteLength, values, runs: measures } };
    });
  for (let round = 0; round < runs; round++) {
    log(`${model.dtype} ${row.id}: round ${round + 1} of ${runs}`);
    const turn = round % entrants.length;
    // Each round begins with another one: none always runs in the wake of the same.
    for (const { contender, work, series } of [...entrants.slice(turn), ...entrants.slice(0, turn)])
      series.runs.push(run(contender, { row, model, ...work }, check));
  }
  return { row, series: entrants.map(e => e.series) };
}

/**
 * The tensors that a contender works on: all, or as many as take it the budget. Tried on samples that grow until one
 * takes a second: in less, starting threads and compiling pass for slowness.
 * @param {Contender} contender
 * @param {{ row: Row, model: BenchModel, budget: number, check: (who: string, figures: Figures) => void }} how
 */
function fitted(contender, { row, model, budget, check }) {
  const all = tensorsWithin(model, Infinity);
  for (let limit = contender.whole ? Infinity : sampleBytes; ; limit *= 4) {
    const sample = tensorsWithin(model, limit);
    const { work, wall } = run(contender, { row, model, ...sample }, check);
    const seconds = work ?? wall;
    if (sample.byteLength === all.byteLength) return all;
    if (seconds < 1) continue;
    const affordable = (sample.byteLength / seconds) * budget;
    // What would nearly fit is done whole.
    return affordable * 1.25 > all.byteLength
      ? all
      : tensorsWithin(model, Math.max(affordable, sampleBytes));
  }
}

/**
 * @param {Contender} contender
 * @param {{ row: Row, model: BenchModel, tensors: readonly string[] }} job
 * @param {(who: string, figures: Figures) => void} check
 * @returns {Measure}
 */
function run(contender, job, check) {
  const { figures, ...measure } = contender.run(job);
  if (figures) check(contender.title, figures);
  return measure;
}

/**
 * The tensors of which as many are taken as fit in a number of bytes, in the order in which they are asked for: one
 * matrix first, as an editor asks for what is selected, then the others as they lie in the file.
 * @param {BenchModel} model
 * @param {number} limit bytes; one tensor is always taken
 */
function tensorsWithin({ tensors, width }, limit) {
  const selected = tensors.find(t => t.shape.length === 2 && t.shape[0] === width);
  const ordered = [...tensors.filter(t => t === selected), ...tensors.filter(t => t !== selected)];
  let byteLength = 0;
  let values = 0;
  const taken = ordered.filter((tensor, i) => {
    if (i > 0 && byteLength + tensor.byteLength > limit) return false;
    byteLength += tensor.byteLength;
    values += tensor.shape.reduce((a, b) => a * b);
    return true;
  });
  return { tensors: taken.map(t => t.name), byteLength, values };
}

/**
 * Compares figures with those that came first: who is fast and wrong is not measured.
 * @param {string} what
 * @param {number} [tolerance] relative
 * @returns {(who: string, figures: Figures) => void}
 */
export function checker(what, tolerance = usualTolerance) {
  /** @type {Map<string, { who: string, value: number | null }>} */
  const known = new Map();
  return (who, figures) => {
    for (const [tensor, ofTensor] of Object.entries(figures))
      for (const [key, value] of Object.entries(ofTensor)) {
        const place = `${tensor} ${key}`;
        const other = known.get(place);
        if (!other) known.set(place, { who, value });
        else if (!(distance(key, value, other.value, ofTensor.std ?? 0) <= tolerance))
          throw new Error(
            `${what}: ${key} of ${tensor} is ${value} (${who}) and ${other.value} (${other.who})`,
          );
      }
  };
}

/**
 * How far two figures are apart, relative to their size. A mean near 0 is as exact as the values it is a sum of.
 * @param {string} key
 * @param {number | null} a
 * @param {number | null} b
 * @param {number} std
 */
function distance(key, a, b, std) {
  if (a === b) return 0;
  if (a === null || b === null) return Infinity;
  return Math.abs(a - b) / (key === 'mean' ? std : Math.max(Math.abs(a), Math.abs(b)));
}
