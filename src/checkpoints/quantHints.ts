import type { QuantConfig } from './layout';

/** What a config says of the weights of some modules: one for each of its groups. All are hints. */
export interface WeightArgs {
  readonly bits: number | null;
  readonly groupSize: number | null;
  /** Rows and columns of a block. */
  readonly block: readonly [number, number] | null;
}

/** `quant_method`; empty where there is none. */
export function methodOf(config: QuantConfig | null): string {
  return typeof config?.quant_method === 'string' ? config.quant_method : '';
}

/** How a scheme's text begins: compressed-tensors is named, others store the same tensors by no name of their own. */
export function prefixOf(config: QuantConfig | null): string {
  return methodOf(config) === 'compressed-tensors' ? 'compressed-tensors ' : '';
}

/** What a compressed-tensors or FP8 config says of weights. */
export function weightArgsOf(config: QuantConfig | null): readonly WeightArgs[] {
  const groups = Object.values(objectOf(config?.config_groups)).map(group => {
    const weights = objectOf(objectOf(group).weights);
    return {
      bits: countOf(weights.num_bits),
      groupSize: countOf(weights.group_size),
      block: blockOf(weights.block_structure),
    };
  });
  const block = blockOf(config?.weight_block_size);
  return block ? [...groups, { bits: 8, groupSize: null, block }] : groups;
}

/** A positive integer, else null. */
export function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

/** An object's members; none where it is no object. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** `[128, 128]`, or in older files `"128x128"`. */
function blockOf(value: unknown): readonly [number, number] | null {
  const sides = typeof value === 'string' ? value.split('x').map(Number) : value;
  if (!Array.isArray(sides) || sides.length !== 2) return null;
  const [rows, columns] = [countOf(sides[0]), countOf(sides[1])];
  return rows && columns ? [rows, columns] : null;
}
