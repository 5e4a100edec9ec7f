import * as v from 'valibot';
import type { RowsView, SortKey } from '../src/protocol/editor';
import { layerSchema } from './layer/state';
import { overviewSchema } from './overview/state';
import { precisionSchema } from './precision/state';
import { stepsSchema } from './steps/state';
import { valuesSchema } from './values/state';
import { viewIds } from './view';

const sortKeys = [
  'model',
  'name',
  'dtype',
  'shape',
  'elements',
  'bytes',
  'absMax',
  'std',
  'outliers',
  'sqnr0',
  'sqnr1',
  'sqnr2',
  'sqnr3',
] as const satisfies readonly SortKey[];

const version = 1;
/** A tree with more closed groups than this is not worth keeping in a tab's state. */
const maxCollapsed = 5000;

const schema = v.object({
  v: v.literal(version),
  /** Name of the selected tensor: ids change when the file is read again. */
  selected: v.nullable(v.string()),
  filter: v.pipe(v.string(), v.maxLength(10_000)),
  sort: v.picklist(sortKeys),
  descending: v.boolean(),
  grouped: v.boolean(),
  collapsed: v.pipe(v.array(v.string()), v.maxLength(maxCollapsed), v.readonly()),
  chartsCollapsed: v.boolean(),
  chartsAsTable: v.boolean(),
  /** Newer than the others: a page that stored nothing of it has not chosen. */
  storedAsTable: v.optional(v.boolean(), false),
  hiddenSchemes: v.pipe(v.array(v.string()), v.readonly()),
  /** Scheme the user asked for last and that was already applied to `hiddenSchemes`. */
  shownScheme: v.nullable(v.string()),
  scrollTop: v.pipe(v.number(), v.finite(), v.minValue(0)),
  shownView: v.optional(v.picklist(viewIds), 'overview'),
  /** Text of the scheme that views of one scheme show; null: the first. */
  activeScheme: v.optional(v.nullable(v.string()), null),
  overview: ofView(overviewSchema),
  layer: ofView(layerSchema),
  values: ofView(valuesSchema),
  steps: ofView(stepsSchema),
  precision: ofView(precisionSchema),
});

/** What a view does not understand of what is stored costs that view its choices, and no other. */
function ofView<S extends v.GenericSchema<object, unknown>>(schema: S) {
  return v.optional(v.fallback(schema, v.getDefaults(schema) as never), {} as never);
}

/** What the user chose on this page: kept over hiding the tab and reloading the window. */
export type SavedState = v.InferOutput<typeof schema>;

/** What a page starts with. */
export const initialState: SavedState = {
  v: version,
  selected: null,
  filter: '',
  sort: 'model',
  descending: false,
  grouped: true,
  collapsed: [],
  chartsCollapsed: false,
  chartsAsTable: false,
  storedAsTable: false,
  hiddenSchemes: [],
  shownScheme: null,
  scrollTop: 0,
  shownView: 'overview',
  activeScheme: null,
  overview: v.parse(overviewSchema, {}),
  layer: v.parse(layerSchema, {}),
  values: v.parse(valuesSchema, {}),
  steps: v.parse(stepsSchema, {}),
  precision: v.parse(precisionSchema, {}),
};

/** What is stored, as far as it is ours: an older page may have left anything. What cannot be read is as at the start. */
export function parseState(stored: unknown): SavedState {
  if (!v.is(v.object({ v: v.literal(version) }), stored)) return initialState;
  const kept = Object.entries(schema.entries).flatMap(([key, entry]) => {
    const read = v.safeParse(entry, (stored as Record<string, unknown>)[key]);
    return read.success ? [[key, read.output]] : [];
  });
  return { ...initialState, ...Object.fromEntries(kept) };
}

/** The view to ask the host for: only the model's and the names' order have a tree. */
export function hostView(state: RowsView): RowsView {
  const { filter, sort, descending, collapsed } = state;
  const grouped = state.grouped && canGroup(sort);
  return { filter, sort, descending, grouped, collapsed: grouped ? collapsed : [] };
}

/** Whether rows in this order can be shown as a tree. */
export function canGroup(sort: SortKey): boolean {
  return sort === 'model' || sort === 'name';
}

/** Every group that contains the tensor `name`: `a.b.c` is in `a` and `a.b`. */
export function isAncestor(path: string, name: string): boolean {
  return name.startsWith(`${path}.`);
}

/** A filter that lets through what has this name, and nothing else. `RegExp.escape` is too new for the VS Code versions we support. */
export function exactFilter(name: string): string {
  return `/^${name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}$/`;
}
