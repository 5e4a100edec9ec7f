import { WeightError } from '../../base/errors';
import { escapeControls, formatCountOf, formatFigure } from '../../base/format';
import { quote } from '../../base/limits';
import { schemeOf } from '../../checkpoints/schemeOf';
import { dtypeInfo } from '../../formats/dtype';
import { matrixOf } from '../../formats/rows';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import { misfit } from '../../quant/misfit';
import type { Scheme } from '../../quant/scheme';
import { parseScheme, printScheme } from '../../quant/schemeText';
import { emptyOnes, quantizeJson, type SchemeLine, schemeLines } from '../../report/figuresJson';
import { findingsOf } from '../../report/findings';
import { figuresOf } from '../../worker/analysis';
import { nodeFileSystem } from '../../worker/fileSystem';
import type { WriteFormat } from '../../write/plan';
import { type WrittenModel, writeQuantized } from '../../write/writeQuantized';
import { analyzeEach } from '../analyzeEach';
import { removeWhenInterrupted } from '../interrupted';
import { locate } from '../locate';
import { type Analyzed, analyze, eachTensor, openFile, type Work } from '../model';
import { noteLines } from '../notes';
import { type Selection, select } from '../select';
import { type Column, renderTable } from '../table';

const figure = (
  title: string,
  of: (l: SchemeLine) => number | null | undefined,
): Column<SchemeLine> => ({
  title,
  align: 'right',
  cell: l => formatFigure(of(l)),
});

const columnsOf = ({ outliers }: Scheme): readonly Column<SchemeLine>[] => [
  { title: 'NAME', align: 'left', cell: l => l.name },
  figure('BITS/WEIGHT', l => l.bitsPerWeight),
  figure('SQNR dB', l => l.sqnrDb),
  figure('MSE', l => l.mse),
  figure('RMSE/SCALE', l => l.rmseOverScale),
  figure('MAX ERROR', l => l.maxAbsError),
  figure('COSINE', l => l.cosine),
  figure('CLIPPED', l => l.clippedFraction),
  ...(outliers ? [figure('KEPT', l => l.outliersKept)] : []),
  { title: 'CODES', align: 'right', cell: l => `${l.codesUsed}/${l.codesAvailable}` },
  figure('SCALES', l => l.scale.count),
  figure('SCALE MIN', l => l.scale.min),
  figure('SCALE MAX', l => l.scale.max),
  figure('ZERO MIN', l => l.zeroPoint.min),
  figure('ZERO MAX', l => l.zeroPoint.max),
];

/** What `quantize` is asked for. */
export interface QuantizeOptions extends Selection {
  readonly json?: boolean;
  /** Also the figures of each row, in JSON. */
  readonly channels?: boolean;
  readonly scheme: string;
  /** The folder for the model as the scheme makes it. */
  readonly out?: string;
  /** How the written files hold the model; needs `out`. */
  readonly format?: WriteFormat;
  /** Also codes, scales and zero points; needs `out`. */
  readonly codes?: boolean;
  /** Replace files that exist; needs `out`. */
  readonly force?: boolean;
  /** Most worker threads; absent: what suits the machine. Not with `out`: one thread computes and writes. */
  readonly workers?: number;
}

/**
 * `quantscope quantize FILE --scheme TEXT`: what a scheme does to each floating-point tensor; with `--out DIR` the model
 * that comes of it is written too.
 */
export async function quantizeCommand(file: string, options: QuantizeOptions): Promise<string> {
  const scheme = parseScheme(options.scheme);
  const text = printScheme(scheme);
  const model = await openFile(file);
  const selected = select(model, options);
  if (options.tensor !== undefined) checkFit(scheme, selected[0]!);
  const chosen = selected.filter(t => figuresOf(t).schemes);
  const { results, ...output } = await carryOut(file, model, chosen, { scheme, options });
  const lines = schemeLines(results);
  const findings = [
    ...model.findings,
    ...emptyOnes(selected),
    ...results.flatMap(r => findingsOf(r.analysis)),
    ...(output.findings ?? []),
  ];
  if (options.json) return quantizeJson(text, { lines, findings }, output.written);
  const written = (output.written ?? []).map(path => `written ${escapeControls(path)}\n`).join('');
  const summary = `scheme ${text}, ${formatCountOf(lines.length, 'floating-point tensor')}\n`;
  return `${renderTable(columnsOf(scheme), lines)}${noteLines(findings)}${summary}${written}`;
}

/** A tensor that was asked for by name, and cannot be quantized, is not left out silently. */
function checkFit(scheme: Scheme, entry: TensorEntry): void {
  const reason = figuresOf(entry).schemes
    ? misfit(scheme, matrixOf(entry.shape))
    : withoutSchemes(entry);
  if (reason === null) return;
  const { name } = entry;
  throw new WeightError('unsupported', `tensor ${quote(name)}: ${reason}`, { tensor: name });
}

function withoutSchemes({ dtype, count }: TensorEntry): string {
  return count === 0
    ? 'it holds no values'
    : `it is ${dtype}, and schemes apply to floating-point tensors`;
}

/** Computes the figures, and writes when asked to. */
async function carryOut(
  file: string,
  model: Model,
  chosen: readonly TensorEntry[],
  { scheme, options }: { scheme: Scheme; options: QuantizeOptions },
): Promise<{ results: readonly Analyzed[] } & Partial<WrittenModel<Analyzed>>> {
  const { json = false, channels = false, out, codes = false, force = false, workers } = options;
  const work = { sigma: 6, schemes: [printScheme(scheme)], channels: json && channels };
  if (out !== undefined) {
    checkPlain(chosen);
    const { format = 'fake' } = options;
    const wanted = { scheme, out, codes, force, format, chosen: new Set(chosen) };
    return write(file, { model, work }, wanted);
  }
  if (codes || force || options.format !== undefined)
    throw new WeightError(
      'unsupported',
      '--format, --codes and --force are about --out, which is missing',
    );
  return { results: await analyzeEach(model, chosen, { ...work, workers }) };
}

/** Writes the model, with progress on a terminal and nothing left behind by Ctrl-C. */
async function write(
  file: string,
  { model, work }: { readonly model: Model; readonly work: Work },
  wanted: Parameters<typeof writeQuantized>[1],
): Promise<WrittenModel<Analyzed>> {
  const opened = { file: await locate(file), model };
  return writeQuantized(opened, wanted, {
    files: nodeFileSystem,
    guard: removeWhenInterrupted,
    eachTensor,
    analyze: async (entry, how) => ({
      entry,
      analysis: await analyze(model, entry, { ...work, ...how }),
    }),
  });
}

/** A model is written in its own dtypes, which a weight of codes and scales does not have. */
function checkPlain(chosen: readonly TensorEntry[]): void {
  const other = chosen.find(t => t.packed || dtypeInfo(t.dtype).block);
  if (!other) return;
  const { name } = other;
  throw new WeightError(
    'unsupported',
    `--out writes plain dtypes, and ${quote(name)} is stored as ${schemeOf(other).scheme}; \`dump\` writes its values`,
    { tensor: name },
  );
}
