/** A scheme with a name that people search for. */
export interface Preset {
  /** One word. */
  readonly name: string;
  /** The text it stands for. */
  readonly scheme: string;
  /** Whose rule it follows. */
  readonly source: string;
}

const onnx = 'onnx/onnx docs/Operators.md, QuantizeLinear: divide, round half to even, saturate';
const mx = 'OCP Microscaling Formats (MX) v1.0, 6.3: shared exponent floor(log2 max) - emax';
const ggml = 'ggml-org/ggml src/ggml-quants.c, without an importance matrix';

const ofGgml = (name: string): Preset => ({ name, scheme: name, source: ggml });
const preset = (name: string, scheme: string, source: string): Preset => ({ name, scheme, source });

/** Every preset, in the order in which they are listed. */
export const presets: readonly Preset[] = [
  preset('int8-channel', 'int8', onnx),
  preset('int8-tensor', 'int8 tensor', onnx),
  preset('int8-tensor-asym', 'int8 asym tensor', onnx),
  preset('uint8-tensor', 'uint8 tensor', onnx),
  preset('int4-channel', 'int4', onnx),
  preset('int4-g32', 'int4 group=32', onnx),
  preset('int4-g64', 'int4 group=64', onnx),
  preset('int4-g128', 'int4 group=128', onnx),
  preset('int4-g128-asym', 'int4 asym group=128', onnx),
  preset('int4-g128-mse', 'int4 group=128 calib=mse', 'IST-DASLab/gptq quant.py, the clip search'),
  preset('int3-g128', 'int3 group=128', onnx),
  preset('int2-g64-asym', 'int2 asym group=64', onnx),
  preset(
    'gptq-int4-g128',
    'gptq int4 group=128',
    'IST-DASLab/gptq quant.py, Quantizer.find_params',
  ),
  preset(
    'awq-int4-g128',
    'awq int4 asym group=128',
    'casper-hansen/AutoAWQ awq/quantize/quantizer.py, pseudo_quantize_tensor',
  ),
  preset('hqq-int4-g64', 'hqq int4 group=64', 'mobiusml/hqq hqq/core/optimize.py and quantize.py'),
  preset('hqq-int3-g64', 'hqq int3 group=64', 'mobiusml/hqq hqq/core/optimize.py and quantize.py'),
  preset('hqq-int2-g64', 'hqq int2 group=64', 'mobiusml/hqq hqq/core/optimize.py and quantize.py'),
  preset('nf4', 'bitsandbytes nf4', 'bitsandbytes functional.py, quantize_4bit, block 64'),
  preset('fp4-bnb', 'bitsandbytes fp4-bnb', 'bitsandbytes functional.py, quantize_4bit, block 64'),
  preset(
    'nf4-double',
    'nf4-double',
    'bitsandbytes functional.py, quantize_4bit with compress_statistics, blocks 64 and 256',
  ),
  preset('llm-int8', 'bitsandbytes int8', 'bitsandbytes functional.py, int8_vectorwise_quant'),
  preset(
    'fp8-e4m3-tensor',
    'fp8-e4m3 tensor',
    'OCP 8-bit Floating Point Specification 1.0; s = max|x| / 448',
  ),
  preset(
    'fp8-e4m3-channel',
    'fp8-e4m3',
    'OCP 8-bit Floating Point Specification 1.0; s = max|x| / 448',
  ),
  preset(
    'fp8-e5m2-channel',
    'fp8-e5m2',
    'OCP 8-bit Floating Point Specification 1.0; s = max|x| / 57344',
  ),
  preset(
    'fp8-block128',
    'fp8-e4m3 block=128x128',
    'deepseek-ai/DeepSeek-V3 inference/kernel.py, weights in blocks of 128 x 128',
  ),
  preset('mxfp4', 'mxfp4', mx),
  preset('mxfp6', 'mxfp6', mx),
  preset('mxfp8', 'mxfp8', mx),
  preset(
    'nvfp4',
    'nvfp4',
    'NVIDIA/Model-Optimizer nvfp4_tensor.py: block scale E4M3 of max|x| / 6, tensor scale max|x| / (6 * 448)',
  ),
  preset('ternary', 'ternary tensor', 'BitNet b1.58 (arXiv 2402.17764): s = mean|x|'),
  preset('binary', 'binary tensor', 'XNOR-Net (arXiv 1603.05279): s = mean|x|'),
  ...['q4_0', 'q4_1', 'q5_0', 'q5_1', 'q8_0'].map(ofGgml),
  ...['q2_k', 'q3_k', 'q4_k', 'q5_k', 'q6_k'].map(ofGgml),
  ...['iq4_nl', 'iq4_xs', 'tq1_0', 'tq2_0'].map(ofGgml),
];
