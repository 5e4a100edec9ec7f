import { WeightError } from '../base/errors';
import type { TensorEntry } from '../formats/tensorFile';
import type { TensorAnalysis } from '../protocol/worker';
import { failedAnalysis } from '../report/figuresJson';
import type { Analyzed } from './model';

/**
 * The analysis of a tensor. A packed weight that contradicts itself, which only reading it shows, does not keep the others from
 * theirs: it gets a finding.
 * @param alone whether it is the only one that was asked for: then its error is told
 */
export async function outcome(
  entry: TensorEntry,
  analysing: Promise<TensorAnalysis>,
  { schemes, alone }: { readonly schemes: number; readonly alone: boolean },
): Promise<Analyzed> {
  try {
    return { entry, analysis: await analysing };
  } catch (e) {
    const isItsOwn = WeightError.is(e, 'malformed', 'unsupported', 'over-limit');
    if (alone || !entry.packed || !isItsOwn) throw e;
    return { entry, analysis: failedAnalysis(entry.name, e.message, schemes) };
  }
}
