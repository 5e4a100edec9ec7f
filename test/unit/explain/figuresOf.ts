import type { StepColumn, Steps } from '../../../src/explain/steps';

/** Figures of a step, null for the values that it does not concern; undefined where there is no such step. */
export function figuresOf(
  { columns }: Steps,
  kind: StepColumn['kind'],
): (number | null)[] | undefined {
  const column = columns.find(c => c.kind === kind);
  return column && Array.from(column.values, (x, i) => (column.without.includes(i) ? null : x));
}
