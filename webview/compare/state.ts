import * as v from 'valibot';
import type { ComparisonView, PairSortKey, PairsView } from '../../src/protocol/compare';

const sortKeys = [
  ...(['model', 'name', 'storedA', 'storedB', 'sqnr'] as const),
  ...(['relativeFrobenius', 'cosine', 'maxError', 'worstBlock'] as const),
] satisfies readonly PairSortKey[];

const version = 1;

const schema = v.object({
  v: v.literal(version),
  /** The two resources: the host opens them again when the window is reloaded. */
  a: v.string(),
  b: v.string(),
  /** The selected pair; its name tells whether it is still the same one. */
  selected: v.nullable(v.object({ pair: v.number(), name: v.string() })),
  filter: v.pipe(v.string(), v.maxLength(10_000)),
  /** Null until the user sorts: then it goes by what is known. */
  sort: v.nullable(v.picklist(sortKeys)),
  descending: v.boolean(),
  asTable: v.boolean(),
  scrollTop: v.pipe(v.number(), v.finite(), v.minValue(0)),
});

/** What the user chose on this page: kept over hiding the tab and reloading the window. */
export type SavedState = v.InferOutput<typeof schema>;

/** What a page starts with. */
export const initialState: SavedState = {
  ...{ v: version, a: '', b: '', selected: null, filter: '' },
  ...{ sort: null, descending: false, asTable: false, scrollTop: 0 },
};

/** The stored state if it is one of ours, else the initial one. */
export function parseState(stored: unknown): SavedState {
  const result = v.safeParse(schema, stored);
  return result.success ? result.output : initialState;
}

/** The view to ask for. Unless the user sorted: the worst first once all is known, the order of the file before. */
export function pairsView(
  { filter, sort, descending }: SavedState,
  state: ComparisonView['state'] | undefined,
): PairsView {
  if (sort !== null) return { filter, sort, descending };
  return { filter, sort: state === 'done' ? 'sqnr' : 'model', descending: false };
}
