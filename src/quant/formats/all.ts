import { nf4Double } from './doubleQuant';
import { mxFormats } from './mx';
import { nvfp4 } from './nvfp4';
import type { SelfScaled } from './selfScaled';

/** Formats that scale their blocks themselves, by the name of the grid. */
export const selfScaledFormats = {
  ...mxFormats,
  nvfp4,
  'nf4-double': nf4Double,
} as const satisfies Record<string, SelfScaled>;
