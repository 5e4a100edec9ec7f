import { golden } from './reference';

/** Our schemes by the names of the golden file. */
const schemes: Readonly<Record<string, string>> = {
  'INT8 sym absmax/127': 'int8',
  'INT8 sym absmax/127.5 [-128,127]': 'torch-eager int8',
  'INT4 sym absmax/7  [-7,7]': 'int4',
  'INT4 sym absmax/7.5 [-8,7]': 'torch-fake-quant int4',
  'INT3 sym absmax/3': 'int3',
  'INT2 sym absmax/1 [-1,1]': 'int2',
  'NF4 absmax': 'nf4',
  'FP4 E2M1 absmax/6 (fp32 scale)': 'fp4',
};

/** Mean squared error of unit normal weights, each block scaled by its largest magnitude: name, our scheme, error. */
export const gaussianBlocks = Object.entries(
  golden('gaussian-block-absmax.json') as Record<string, number>,
).map(([key, mse]): [key: string, scheme: string, mse: number] => {
  const [, grid, size] = /^(.*)_g(\d+)$/.exec(key)!;
  return [key, `${schemes[grid!]} group=${size}`, mse];
});
