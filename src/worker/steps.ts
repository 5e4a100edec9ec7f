import { WeightError } from '../base/errors';
import { quote } from '../base/limits';
import type { Matrix } from '../base/tile';
import { Capture } from '../explain/capture';
import { exampleOf } from '../explain/examples';
import { rulersOf } from '../explain/ruler';
import { explain, openRun, stepsOfValues } from '../explain/steps';
import { matrixOf, type RowOptions } from '../formats/rows';
import type { CallContext, Handlers, Params } from '../protocol/rpc';
import { mostWatched, type RowSteps, type StepsWork } from '../protocol/steps';
import { parseScheme } from '../quant/schemeText';
import { figuresOf } from './analysis';
import { type Desk, withRows } from './desk';
import { lookAtAll } from './looks';

/** Answers for the steps view. */
export function stepsHandlers(desk: Desk): Handlers<StepsWork> {
  return {
    'steps/values': ({ scheme, values }) => stepsOfValues(scheme, values),
    'steps/example': ({ example }) => exampleOf(example),
    'steps/ruler': ({ scheme, range }) => rulersOf(range, parseScheme(scheme)),
    'steps/row': (asked, context) =>
      desk.inTurn(asked.urgent, watch => stepsOfRow(desk, asked, { ...context, ...watch })),
  };
}

type Asked = Params<StepsWork, 'steps/row'>;

/** Shows the scheme the row alone where that tells the parameters, else the whole tensor. */
async function stepsOfRow(
  { files, means }: Desk,
  asked: Asked,
  how: Partial<CallContext>,
): Promise<RowSteps> {
  const { entry, fileSize } = asked;
  if (!figuresOf(entry).schemes)
    throw new WeightError(
      'unsupported',
      `tensor ${quote(entry.name)} is ${entry.dtype} with ${entry.count} values: schemes apply to floating-point tensors that hold values`,
    );
  const scheme = parseScheme(asked.scheme);
  const matrix = matrixOf(entry.shape);
  const place = placeIn(matrix, asked);
  const run = openRun(scheme, matrix);
  const capture = new Capture(run, matrix, place);
  run.listen(capture);
  const isRowwise = run.isRowwise;
  const rows: RowOptions = isRowwise ? { block: { row: place.row, rows: 1 } } : {};
  const request = { entry, fileSize, schemes: [asked.scheme] };
  await withRows(files, request, { ...means, ...how, rows }, (stream, work) =>
    lookAtAll(stream, [run], work),
  );
  const steps = explain(scheme, capture.captured, matrix, false);
  const { row, col } = place;
  return { steps, matrix, row, col, read: isRowwise ? 'row' : 'tensor' };
}

/** The values that were asked for, or the nearest there are. */
function placeIn({ rows, cols }: Matrix, asked: { readonly row: number; readonly col: number }) {
  const row = Math.min(asked.row, rows - 1);
  const col = Math.min(asked.col, cols - 1);
  return { row, col, index: row * cols + col, count: Math.min(mostWatched, cols - col) };
}
