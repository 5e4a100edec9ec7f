import { WeightError } from '../../base/errors';
import { formatCountOf, formatFigure } from '../../base/format';
import { chunkBytes, quote } from '../../base/limits';
import { openRows } from '../../checkpoints/rows';
import { matrixOf } from '../../formats/rows';
import type { TensorEntry } from '../../formats/tensorFile';
import type { Candidate } from '../../quant/calibration/calibrator';
import { misfit } from '../../quant/misfit';
import { SchemeRun } from '../../quant/run/schemeRun';
import type { Granularity, Scheme } from '../../quant/scheme';
import { parseScheme, printScheme } from '../../quant/schemeText';
import { figuresOf } from '../../worker/analysis';
import { nodeFileSystem } from '../../worker/fileSystem';
import { lookAtAll } from '../../worker/looks';
import { openFile, sizeOf } from '../model';
import { named } from '../select';
import { type Column, renderTable } from '../table';
import { arrayPieces } from './arrayPieces';
import { storedParams } from './storedParams';

/** What a scheme finds for one tensor: flat arrays over segments, [out, groups]. NaN where there is none. */
interface Found {
  readonly shape: readonly [number, number];
  readonly granularity: Granularity;
  readonly scale: Float32Array;
  readonly zeroPoint: Float64Array;
  /** lo and hi of each segment. */
  readonly range: Float64Array;
  /** Of one segment. */
  curve: readonly Candidate[];
}

/**
 * `quantscope params FILE --tensor NAME [--scheme S]`: the scales, zero points and ranges that a scheme chooses; without one
 * the scales and zero points that are stored.
 */
export async function paramsCommand(
  file: string,
  options: { tensor: string; scheme?: string; group: number; json?: boolean },
): Promise<Iterable<string>> {
  const scheme = options.scheme === undefined ? null : parseScheme(options.scheme);
  const model = await openFile(file);
  const entry = named(model, options.tensor);
  if (!scheme) return storedParams(model, entry, options.json ?? false);
  const found = await findParams(entry, sizeOf(model, entry), scheme, options.group);
  return options.json ? asJson(entry, scheme, found) : [asTable(entry, scheme, found)];
}

async function findParams(
  entry: TensorEntry,
  fileSize: number,
  scheme: Scheme,
  group: number,
): Promise<Found> {
  if (!figuresOf(entry).schemes)
    throw new WeightError(
      'unsupported',
      `tensor ${quote(entry.name)} is ${entry.dtype} with ${formatCountOf(entry.count, 'value')}: schemes apply to floating-point tensors that hold values`,
    );
  const { stream, close } = await openRows(nodeFileSystem, entry, { fileSize, chunkBytes });
  try {
    const reason = misfit(scheme, stream.matrix);
    if (reason) throw new WeightError('unsupported', `tensor ${quote(entry.name)}: ${reason}`);
    const run = new SchemeRun(scheme, stream.matrix, false);
    const found = listenTo(run, group);
    await lookAtAll(stream, [run], {});
    return found;
  } finally {
    await close();
  }
}

function listenTo(run: SchemeRun, group: number): Found {
  const count = run.shape[0] * run.shape[1];
  if (!(group < count))
    throw new WeightError(
      'unsupported',
      `there is no group ${group}: the scheme has ${count}, from 0`,
    );
  const found: Found = {
    shape: run.shape,
    granularity: run.granularity,
    scale: new Float32Array(count).fill(Number.NaN),
    zeroPoint: new Float64Array(count).fill(Number.NaN),
    range: new Float64Array(2 * count).fill(Number.NaN),
    curve: [],
  };
  run.listen({
    settled(segment, settled) {
      const { params, range } = settled;
      if (params) {
        found.scale[segment] = params.scale;
        found.zeroPoint[segment] = params.zeroPoint;
      }
      if (range) found.range.set([range.lo, range.hi], 2 * segment);
      // A copy: what is searched for later segments is let go.
      if (segment === group) found.curve = [...settled.curve];
    },
  });
  return found;
}

/** The axis that scales vary along, null for none or both; groups lie along the rows' weights, unless they go across rows. */
function axisOf({ granularity, shape }: Found, rows: number): number | null {
  if (granularity.kind === 'channel') return granularity.axis;
  return granularity.kind === 'group' && shape[0] === rows ? 1 : null;
}

/** JSON in pieces: a large tensor has millions of scales. */
function* asJson(entry: TensorEntry, scheme: Scheme, found: Found): Iterable<string> {
  const { granularity, shape, curve, range } = found;
  const head = {
    name: entry.name,
    scheme: printScheme(scheme),
    axis: axisOf(found, matrixOf(entry.shape).rows),
    groupSize: granularity.kind === 'group' ? granularity.size : null,
    ...(granularity.kind === 'block' && { blockSize: [granularity.rows, granularity.cols] }),
  };
  const count = shape[0] * shape[1];
  yield `${JSON.stringify(head).slice(0, -1)},"scale":{"shape":${JSON.stringify(shape)},"data":`;
  yield* arrayPieces(count, i => orNull(found.scale[i]!));
  yield `},"zeroPoint":{"shape":${JSON.stringify(shape)},"data":`;
  yield* arrayPieces(count, i => orNull(found.zeroPoint[i]!));
  yield '},"range":';
  yield* arrayPieces(count, i =>
    Number.isNaN(range[2 * i]) ? null : [range[2 * i]!, range[2 * i + 1]!],
  );
  yield `,"curve":${JSON.stringify(curve)}}\n`;
}

const orNull = (x: number) => (Number.isNaN(x) ? null : x);
interface Line {
  readonly row: number;
  readonly group: number;
  readonly scale: number;
  readonly zeroPoint: number;
  readonly from: number;
  readonly to: number;
}

const columns: readonly Column<Line>[] = [
  { title: 'ROW', align: 'right', cell: l => String(l.row) },
  { title: 'GROUP', align: 'right', cell: l => String(l.group) },
  { title: 'SCALE', align: 'right', cell: l => formatFigure(l.scale, 6) },
  { title: 'ZERO POINT', align: 'right', cell: l => formatFigure(l.zeroPoint, 6) },
  { title: 'FROM', align: 'right', cell: l => formatFigure(l.from, 6) },
  { title: 'TO', align: 'right', cell: l => formatFigure(l.to, 6) },
];

/** Lines of a table that a person looks through; `--json` has them all. */
const mostLines = 40;

function asTable(entry: TensorEntry, scheme: Scheme, found: Found): string {
  const { shape, scale, zeroPoint, range } = found;
  const count = shape[0] * shape[1];
  const lines = Array.from({ length: Math.min(count, mostLines) }, (_, i) => ({
    row: Math.floor(i / shape[1]),
    group: i % shape[1],
    scale: scale[i]!,
    zeroPoint: zeroPoint[i]!,
    from: range[2 * i]!,
    to: range[2 * i + 1]!,
  }));
  if (scheme.grid.kind === 'cast')
    return `${entry.name}: scheme ${printScheme(scheme)} is a cast, it has no scale\n`;
  const more = count > mostLines ? `, the first ${mostLines} shown` : '';
  return `${renderTable(columns, lines)}${entry.name}: scheme ${printScheme(scheme)}, ${formatCountOf(count, 'scale')}${more}\n`;
}
