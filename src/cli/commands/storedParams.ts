import { WeightError } from '../../base/errors';
import { formatCountOf, formatFigure } from '../../base/format';
import { quote } from '../../base/limits';
import { hasStoredParams, openDecoder } from '../../checkpoints/decoder';
import type { StoredParams } from '../../checkpoints/layout';
import { schemeOf } from '../../checkpoints/schemeOf';
import type { Model, TensorEntry } from '../../formats/tensorFile';
import { nodeFileSystem } from '../../worker/fileSystem';
import { sizeOf } from '../model';
import { type Column, renderTable } from '../table';
import { arrayPieces } from './arrayPieces';

/** The scales and zero points that a weight is stored with, as JSON or as a table. */
export async function storedParams(
  model: Model,
  entry: TensorEntry,
  json: boolean,
): Promise<Iterable<string>> {
  if (!hasStoredParams(entry))
    throw new WeightError(
      'unsupported',
      `${quote(entry.name)} is stored as ${entry.dtype}, without scales; --scheme tells which to choose`,
      { tensor: entry.name },
    );
  const fileSize = sizeOf(model, entry);
  const { decoder, close } = await openDecoder(nodeFileSystem, entry, { fileSize });
  try {
    return json ? asJson(entry, decoder.params) : [asTable(entry, decoder.params)];
  } finally {
    await close();
  }
}

const orNull = (x: number) => (Number.isFinite(x) ? x : null);

function* asJson(entry: TensorEntry, params: StoredParams): Iterable<string> {
  const { scheme, bits, groupSize, bitsPerWeight } = schemeOf(entry);
  const { shape, scale } = params;
  const head = { name: entry.name, scheme, bits, groupSize, bitsPerWeight };
  yield JSON.stringify(head).slice(0, -1);
  const named = { scale, zeroPoint: params.zeroPoint, bias: params.bias, shift: params.shift };
  for (const [name, values] of Object.entries(named)) {
    if (!values) continue;
    yield `,${JSON.stringify(name)}:{"shape":${JSON.stringify(shape)},"data":`;
    yield* arrayPieces(values.length, i => orNull(values[i]!));
    yield '}';
  }
  const { superBlocks } = params;
  if (superBlocks) {
    yield ',"superScale":';
    yield* arrayPieces(superBlocks.scale.length, i => orNull(superBlocks.scale[i]!));
  }
  if (superBlocks?.min) {
    yield ',"superMin":';
    yield* arrayPieces(superBlocks.min.length, i => orNull(superBlocks.min![i]!));
  }
  if (params.groupIndex) {
    yield ',"groupIndex":';
    yield* arrayPieces(params.groupIndex.length, i => params.groupIndex![i]);
  }
  yield '}\n';
}

interface Line {
  readonly row: number;
  readonly group: number;
  readonly scale: number;
  readonly zeroPoint: number | null;
}

const columns: readonly Column<Line>[] = [
  { title: 'ROW', align: 'right', cell: l => String(l.row) },
  { title: 'GROUP', align: 'right', cell: l => String(l.group) },
  { title: 'SCALE', align: 'right', cell: l => formatFigure(l.scale, 6) },
  { title: 'ZERO POINT', align: 'right', cell: l => formatFigure(l.zeroPoint, 6) },
];

/** Lines of a table that a person looks through; `--json` has them all. */
const mostLines = 40;

function asTable(entry: TensorEntry, { shape, scale, zeroPoint }: StoredParams): string {
  const groups = shape.at(-1) ?? 1;
  const lines = Array.from(scale.subarray(0, mostLines), (value, i) => ({
    row: Math.floor(i / groups),
    group: i % groups,
    scale: value,
    zeroPoint: zeroPoint?.[i] ?? null,
  }));
  const more = scale.length > mostLines ? `, the first ${mostLines} shown` : '';
  return `${renderTable(columns, lines)}${entry.name}: ${schemeOf(entry).scheme}, ${formatCountOf(scale.length, 'scale')}${more}\n`;
}
