import type { Packing } from './packing';

/**
 * The text of config.json: the model's own, where there is one, with its `quantization_config` set.
 * @param own members of the model's config.json; empty without one
 * @param ignored modules that are left as they are
 * @source vllm-project/compressed-tensors quantization/quant_config.py, QuantizationConfig
 */
export function configText(
  own: Readonly<Record<string, unknown>>,
  packing: Packing,
  ignored: readonly string[],
): string {
  const { format, bits, symmetric, strategy, groupSize } = packing;
  const weights = {
    num_bits: bits,
    type: format === 'float-quantized' ? 'float' : 'int',
    ...{ symmetric, strategy },
    group_size: groupSize,
    ...{ dynamic: false, actorder: null, block_structure: null },
    ...{ observer: 'minmax', observer_kwargs: {} },
  };
  const group = {
    targets: ['Linear'],
    ...{ weights, input_activations: null, output_activations: null },
  };
  const quantization_config = {
    quant_method: 'compressed-tensors',
    format,
    quantization_status: 'compressed',
    // The layout that is written; for 4 and 8 bits it is that of every release.
    version: '0.18.0',
    ignore: ignored,
    ...{ kv_cache_scheme: null, global_compression_ratio: null },
    config_groups: { group_0: group },
  };
  return `${JSON.stringify({ ...own, quantization_config }, null, 2)}\n`;
}
