import { awq } from './awq';
import { bitsandbytes } from './bitsandbytes';
import { gptq } from './gptq';
import { onnxruntime } from './onnxruntime';
import type { Runtime } from './runtime';
import { tflite } from './tflite';
import { torchEager, torchFakeQuant } from './torch';

/** The runtimes whose rules for integer grids can be asked for by name. */
export const runtimes: readonly Runtime[] = [
  onnxruntime,
  torchEager,
  torchFakeQuant,
  tflite,
  gptq,
  awq,
  bitsandbytes,
];
