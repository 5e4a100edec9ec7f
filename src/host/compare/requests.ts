import * as v from 'valibot';
import { WeightError } from '../../base/errors';
import type { CompareRequests, PairId, PairsView } from '../../protocol/compare';
import type { Handlers } from '../../protocol/rpc';
import { checked, type Schemas } from '../checked';
import type { ModelComparison } from './comparison';
import type { PairRun } from './pairRun';

const whole = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));
const pairId = whole(0, Number.MAX_SAFE_INTEGER);
const pairsView = v.strictObject({
  filter: v.pipe(v.string(), v.maxLength(10_000)),
  sort: v.picklist([
    ...(['model', 'name', 'storedA', 'storedB', 'sqnr'] as const),
    ...(['relativeFrobenius', 'cosine', 'maxError', 'worstBlock'] as const),
  ]),
  descending: v.boolean(),
}) satisfies v.GenericSchema<unknown, PairsView>;

const schemas: Schemas<CompareRequests> = {
  'page/strings': v.null(),
  'comparison/get': v.null(),
  'comparison/reload': v.null(),
  'comparison/resume': v.null(),
  'comparison/cancel': v.null(),
  'pairs/page': v.strictObject({ view: pairsView, from: pairId, count: whole(0, 2000) }),
  'pairs/find': v.strictObject({ view: pairsView, pair: pairId }),
  'pairs/series': v.strictObject({ marks: whole(1, 10_000) }),
  'pair/get': v.strictObject({ pair: pairId, name: v.string() }),
};

/** What the answers come from. */
export interface CompareHost {
  readonly comparison: ModelComparison;
  /** Texts of the page, as it asks for them. */
  readonly strings: Readonly<Record<string, string>> | null;
  onInternalError(method: string, e: unknown): void;
}

/** Answers to everything the page of a comparison may ask. */
export function compareHandlers({
  comparison,
  strings,
  onInternalError,
}: CompareHost): Handlers<CompareRequests> {
  const run = (pair?: PairId): PairRun => {
    const { run } = comparison;
    if (!run) throw new WeightError('cancelled', 'the models are not open');
    if (pair !== undefined && pair >= run.progress().pairs)
      throw new WeightError('cancelled', `no pair ${pair} in this generation`);
    return run;
  };
  const generation = () => comparison.generation;

  return checked<CompareRequests>(
    { schemas, onInternalError },
    {
      'page/strings': () => strings,
      async 'comparison/get'() {
        await comparison.whenReady();
        return comparison.view();
      },
      async 'comparison/reload'() {
        await comparison.reload();
        return null;
      },
      'comparison/resume'() {
        run().resume();
        return null;
      },
      'comparison/cancel'() {
        run().cancel();
        return null;
      },
      'pairs/page'({ view, from, count }) {
        const current = run();
        const page = current.rows.page(view, from, count);
        // Pages are asked for as they come into sight.
        current.see(page.rows.map(row => row.pair));
        return { generation: generation(), ...page };
      },
      'pairs/find': ({ view, pair }) => ({ row: run(pair).rows.find(view, pair) }),
      'pairs/series': ({ marks }) => ({ generation: generation(), ...run().series(marks) }),
      async 'pair/get'({ pair, name }, context) {
        const pairs = run();
        if (pairs.nameOf(pair) !== name) return null;
        const detail = await pairs.detail(pair, context);
        return { generation: generation(), ...detail };
      },
    },
  );
}
