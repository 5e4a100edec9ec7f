import * as l10n from '@vscode/l10n';
import type { TensorDetail } from '../../src/protocol/editor';
import { formatShape } from '../format';
import type { SessionState } from '../session';
import { kindOf } from './cellText';

const isComplex = (dtype: string) => /^C\d/.test(dtype);

/** Why there are no codes of a tensor to show; null where there are. */
export function withoutCodes(
  { dtype, shape }: Pick<TensorDetail, 'dtype' | 'shape'>,
  scheme: string | null,
): string | null {
  if (scheme === null) return l10n.t('There is no scheme');
  if (kindOf(dtype) !== 'float' || shape.includes(0) || isComplex(dtype))
    return l10n.t('Schemes apply to floating-point tensors; this one is of {0}', dtype);
  return null;
}

/** Why there is no grid: nothing is selected, is there yet, or can be shown. Null where there is one. */
export function whyEmpty(
  { selected, doc }: Pick<SessionState, 'selected' | 'doc'>,
  shown: Pick<TensorDetail, 'dtype' | 'shape' | 'elements'> | null,
): string | null {
  if (selected === null)
    return doc?.summary ? l10n.t('Select a tensor in the overview to see its values.') : '';
  if (!shown) return l10n.t('Loading …');
  const { dtype, shape, elements } = shown;
  if (elements === 0)
    return l10n.t('This tensor holds no values: its shape is {0}.', formatShape(shape));
  if (isComplex(dtype))
    return l10n.t(
      'Complex numbers ({0}) are not shown: they have no order, and no scheme quantizes them.',
      dtype,
    );
  if (dtype.startsWith('unknown')) return l10n.t('Values of {0} cannot be read.', dtype);
  return null;
}
