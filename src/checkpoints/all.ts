import { awq } from './awq';
import { bitsandbytes } from './bitsandbytes';
import { compressedTensors } from './compressedTensors';
import { fp8 } from './fp8';
import { gptOss } from './gptOss';
import { gptq } from './gptq';
import { hqq } from './hqq';
import { intQuantized } from './intQuantized';
import type { Layout } from './layout';
import { llmInt8 } from './llmInt8';
import { mlx } from './mlx';
import { mxfp4 } from './mxfp4';
import { nvfp4 } from './nvfp4';
import { quanto } from './quanto';
import { torchao } from './torchao';
import { undecodable } from './undecodable';

/** Every layout, in the order in which they are tried. */
export const layouts: readonly Layout[] = [
  undecodable,
  awq,
  gptq,
  gptOss,
  nvfp4,
  mxfp4,
  mlx,
  hqq,
  quanto,
  torchao,
  bitsandbytes,
  llmInt8,
  compressedTensors,
  intQuantized,
  fp8,
];

/** The layout of that name. */
export function layoutNamed(name: string): Layout {
  const layout = layouts.find(l => l.name === name);
  if (!layout) throw new TypeError(`no layout ${name}`);
  return layout;
}
