import type { ReportTensor } from './modelReport';

/** What is put into one cell: text, or a figure in full precision. */
export type CsvValue = string | number | null;

/**
 * A record of RFC 4180, with its line end. Text that a spreadsheet would read as a formula (it begins with =, +, -, @, a tab
 * or a line end) gets an apostrophe before it, which spreadsheets take for "this is text": names come from files of strangers.
 * Figures stay as they are, also below 0.
 */
export function csvRecord(values: readonly CsvValue[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A scheme whose figures are wanted, and its number among the tensors' reports. */
export interface CsvScheme {
  readonly index: number;
  readonly text: string;
}

const facts = ['name', 'kind', 'dtype', 'shape', 'elements', 'bytes', 'status', 'sampled'] as const;
const statistics = ['min', 'max', 'abs max', 'mean', 'std', 'outliers'] as const;
const figures = [
  ...(['bits/weight', 'SQNR dB', 'Gaussian SQNR dB', 'MSE', 'max error', 'clipped'] as const),
  ...(['scale min', 'scale median', 'scale max'] as const),
  ...(['zero point min', 'zero point median', 'zero point max'] as const),
] as const;

/** The titles of the table's columns, as a record. Outliers, clipped and sampled are fractions of the elements. */
export function csvHead(schemes: readonly CsvScheme[]): string {
  const ofSchemes = schemes.flatMap(({ text }) => figures.map(figure => `${figure} (${text})`));
  return csvRecord([...facts, ...statistics, ...ofSchemes]);
}

/** A tensor as a record of the table. */
export function csvLine(tensor: ReportTensor, schemes: readonly CsvScheme[]): string {
  const { name, tensorKind, dtype, shape, elements, byteLength, status, profile, sampled } = tensor;
  return csvRecord([
    ...[name, tensorKind, dtype, shape.join('x'), elements, byteLength, status, sampled],
    ...(profile
      ? [profile.min, profile.max, profile.absMax, profile.mean, profile.std, tensor.outliers]
      : statistics.map(() => null)),
    ...schemes.flatMap(({ index }) => ofScheme(tensor, index)),
  ]);
}

function ofScheme({ reports, gaussianSqnrDb }: ReportTensor, index: number): CsvValue[] {
  const report = reports[index];
  if (!report) return figures.map(() => null);
  const { bitsPerWeight, sqnrDb, mse, maxAbsError, clippedFraction, scale, zeroPoint } = report;
  return [
    ...[bitsPerWeight, sqnrDb, gaussianSqnrDb[index] ?? null, mse, maxAbsError, clippedFraction],
    ...[scale.min, scale.median, scale.max, zeroPoint.min, zeroPoint.median, zeroPoint.max],
  ];
}
