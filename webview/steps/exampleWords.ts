import * as l10n from '@vscode/l10n';
import type { Source } from './state';

/** An example's name in the menu, and what is to be seen in it. */
export interface ExampleWords {
  readonly title: string;
  readonly text: string;
}

/** Words of what can be watched. */
export function sourceWords(source: Source): ExampleWords {
  switch (source) {
    case 'tensor':
      return {
        title: l10n.t('Values of the selected tensor'),
        text: l10n.t('Consecutive values of a row, with the parameters they have in their tensor.'),
      };
    case 'typed':
      return {
        title: l10n.t('Values typed by hand'),
        text: l10n.t('The values are a tensor of their own: scale and zero point come from them.'),
      };
    case 'formats':
      return {
        title: l10n.t('Number formats'),
        text: l10n.t(
          'Fewer exponent bits give a smaller range, fewer mantissa bits coarser steps: in FP16, 10 000 × 10 000 overflows and a gradient of 1e-8 vanishes; BF16 has the range of FP32, with two or three digits.',
        ),
      };
    case 'levels':
      return {
        title: l10n.t('Absmax onto a set of levels'),
        text: l10n.t(
          'Divide by the largest magnitude, scale to the top level, round to a level. 1.33 is nearer to 2; rounded down it becomes 0, and the second value is lost.',
        ),
      };
    case 'vectors':
      return {
        title: l10n.t('One rule for all, or one for each vector'),
        text: l10n.t(
          'A = [30, 10, 20, 30] and B = [0, 2, 2, 0]: a divisor of 4 for both suits A and spoils B. With a divisor of its own B is exact.',
        ),
      };
    case 'symmetric':
      return {
        title: l10n.t('Symmetric int8'),
        text: l10n.t('The largest magnitude becomes code 127; zero stays zero.'),
      };
    case 'asymmetric':
      return {
        title: l10n.t('Asymmetric uint8'),
        text: l10n.t(
          'The range from the smallest to the largest value takes all 256 codes, and a zero point says which code is 0. −1 and 1 lie just between two codes: the rounding rule decides.',
        ),
      };
    case 'ruler':
      return {
        title: l10n.t('The ruler: data from 3 to 10'),
        text: l10n.t(
          'A symmetric range wastes the codes below 3. A range that must hold 0 still wastes those from 0 to 3. A free range slides the zero point beyond the codes and wastes none.',
        ),
      };
    case 'calibration':
      return {
        title: l10n.t('Calibration'),
        text: l10n.t(
          'One outlier, 5.0, takes the whole range: the other three values get codes 3, 4 and 5. Percentiles, a threshold of least KL divergence or a range given by hand clip it to give the others finer steps.',
        ),
      };
    case 'outliers':
      return {
        title: l10n.t('Outliers kept apart'),
        text: l10n.t(
          'Taken out and stored as FP16, the outlier leaves a smaller range to the others. Each kept value costs 16 bits and an index of 32.',
        ),
      };
    case 'sensitivity':
      return {
        title: l10n.t('Layer sensitivity'),
        text: l10n.t(
          'The same rule at the same bits per weight: one layer is exact, the other loses what its one large value leaves no codes for.',
        ),
      };
  }
}

/** What is special about a part of an example. */
export function partTitle(source: Source, part: string): string {
  switch (`${source}/${part}`) {
    case 'levels/nearest':
      return l10n.t('To the nearest level');
    case 'levels/down':
      return l10n.t('Down to a level');
    case 'levels/integers':
      return l10n.t('What was rounded down, to integers');
    case 'vectors/away':
      return l10n.t('A and B, one divisor of 4, half away from zero');
    case 'vectors/even':
      return l10n.t('A and B, one divisor of 4, half to even');
    case 'vectors/own-a':
      return l10n.t('A with its own divisor, 4');
    case 'vectors/own-b':
      return l10n.t('B with its own divisor, 1');
    case 'symmetric/symmetric':
    case 'ruler/symmetric':
      return l10n.t('Symmetric');
    case 'asymmetric/away':
      return l10n.t('Half away from zero');
    case 'asymmetric/even':
      return l10n.t('Half to even');
    case 'ruler/zero-in':
      return l10n.t('Asymmetric, holding 0');
    case 'ruler/free':
      return l10n.t('Asymmetric, free');
    case 'calibration/minmax':
      return l10n.t('Smallest to largest');
    case 'calibration/percentile':
      return l10n.t('Percentiles 1 and 99');
    case 'calibration/entropy-ort':
      return l10n.t('KL divergence, as onnxruntime searches');
    case 'calibration/entropy-nv':
      return l10n.t('KL divergence, as NVIDIA searches');
    case 'calibration/range':
      return l10n.t('Clipped to −0.2 … 0.3 by hand');
    case 'outliers/before':
      return l10n.t('Before: one range for all');
    case 'outliers/after':
      return l10n.t('After: |x| ≥ 1 kept apart');
    case 'outliers/columns':
      return l10n.t('By column, |x| ≥ 6, the rest row by row: LLM.int8()');
    case 'sensitivity/even':
      return l10n.t('A layer without outliers');
    case 'sensitivity/uneven':
      return l10n.t('The same with one large value');
    default:
      return '';
  }
}
