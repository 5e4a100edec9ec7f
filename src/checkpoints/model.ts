import type { FileSystem } from '../base/bytes';
import { openModel } from '../formats/model';
import { readConfig } from './config';
import { withContents } from './contents';
import { type WeightModel, withWeights } from './recognise';

/**
 * Opens a model: headers, and the configuration beside them.
 * @throws what `openModel` throws
 */
export async function openWeights(
  fs: FileSystem,
  path: string,
  signal?: AbortSignal,
): Promise<WeightModel> {
  const model = await withContents(fs, await openModel(fs, path, signal), signal);
  return withWeights(model, await readConfig(fs, path));
}
