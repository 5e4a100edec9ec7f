import { WeightError } from '../../base/errors';
import { about } from '../../base/fileError';
import { formatCountOf, formatFigure } from '../../base/format';
import { quote } from '../../base/limits';
import type { WeightModel } from '../../checkpoints/recognise';
import type { Comparison } from '../../compare/comparison';
import { type Pairing, pairWeights } from '../../compare/pairs';
import type { Unmatched } from '../../compare/side';
import type { Finding } from '../../formats/tensorFile';
import { noteField } from '../../report/findings';
import { type Compared, compareEach } from '../compareEach';
import { openFile } from '../model';
import { noteLines } from '../notes';
import { expression } from '../select';
import { type Column, renderTable } from '../table';

/** What `compare` is asked for. */
export interface CompareOptions {
  readonly json?: boolean;
  /** Only weights whose name, in either model, matches. */
  readonly match?: string;
  /** The tensors as they are stored, in place of the weights that they make. */
  readonly raw?: boolean;
  /** Most worker threads; absent: what suits the machine. */
  readonly workers?: number;
}

const figure = (title: string, of: (c: Comparison) => number | null): Column<Compared> => ({
  title,
  align: 'right',
  cell: ({ comparison }) => formatFigure(comparison && of(comparison)),
});

const columns: readonly Column<Compared>[] = [
  { title: 'NAME', align: 'left', cell: c => c.pair.name },
  figure('SQNR dB', c => c.sqnrDb),
  figure('MSE', c => c.mse),
  figure('REL FROB', c => c.relativeFrobenius),
  figure('COSINE', c => c.cosine),
  figure('MAX ERROR', c => c.maxAbsError),
  { title: 'WORST BLOCK', align: 'left', cell: c => worstOf(c.comparison) },
  {
    title: 'COMPARED WITH',
    align: 'left',
    cell: ({ pair }) => (pair.b.entry.name === pair.name ? '' : pair.b.entry.name),
  },
];

function worstOf(comparison: Comparison | null): string {
  const block = comparison?.worstBlock;
  return block
    ? `[${block.row}:${block.row + block.rows}, ${block.col}:${block.col + block.cols}]`
    : '';
}

function listed(model: WeightModel, { raw }: CompareOptions): WeightModel {
  return raw ? { ...model, weights: model.tensors } : model;
}

/** `quantscope compare A B`: how far the weights of B are from those of A. */
export async function compareCommand(
  fileA: string,
  fileB: string,
  options: CompareOptions,
): Promise<string> {
  const a = listed(await openFile(fileA), options);
  const b = listed(await about(fileB, () => openFile(fileB)), options);
  const { pairs, onlyA, onlyB } = matching(pairWeights(a, b), options.match);
  const compared = await compareEach({ a, b }, pairs, options.workers);
  const findings = [...a.findings, ...b.findings, ...compared.flatMap(c => c.findings)];
  if (options.json) {
    const only = { onlyA: onlyA.map(w => w.name), onlyB: onlyB.map(w => w.name) };
    return `${JSON.stringify({ pairs: compared.map(plain), ...only, ...noteField(findings) })}\n`;
  }
  const notes = [...findings, ...unmatched(fileA, onlyA), ...unmatched(fileB, onlyB)];
  return `${renderTable(columns, compared)}${noteLines(notes)}${formatCountOf(compared.length, 'pair')}, figures of A - B against A\n`;
}

/** Those whose name matches in one of the models. */
function matching({ pairs, onlyA, onlyB }: Pairing, match: string | undefined): Pairing {
  if (match === undefined) return { pairs, onlyA, onlyB };
  const pattern = expression(match);
  const named = ({ name }: { readonly name: string }) => pattern.test(name);
  const chosen = {
    pairs: pairs.filter(pair => named(pair) || named(pair.b.entry)),
    onlyA: onlyA.filter(named),
    onlyB: onlyB.filter(named),
  };
  if (chosen.pairs.length + chosen.onlyA.length + chosen.onlyB.length === 0)
    throw new WeightError('unsupported', `no weight's name matches ${quote(match)}`);
  return chosen;
}

function unmatched(file: string, weights: readonly Unmatched[]): Finding[] {
  return weights.map(({ name, reason }) => ({
    severity: 'info',
    message: `${quote(name)} is in ${file} only: ${reason}`,
    tensor: name,
  }));
}

function plain({ pair, comparison }: Compared) {
  return {
    name: pair.name,
    a: pair.a.entry.name,
    b: pair.b.entry.name,
    mse: comparison?.mse ?? null,
    sqnrDb: comparison?.sqnrDb ?? null,
    cosine: comparison?.cosine ?? null,
    relativeFrobenius: comparison?.relativeFrobenius ?? null,
    maxAbsError: comparison?.maxAbsError ?? null,
  };
}
