import { WeightError, type WeightErrorDetails, type WeightErrorTag } from '../../base/errors';

/** An error of this format. */
export function flaw(
  tag: WeightErrorTag,
  message: string,
  details: WeightErrorDetails = {},
): WeightError {
  return new WeightError(tag, `gguf: ${message}`, { format: 'gguf', ...details });
}
