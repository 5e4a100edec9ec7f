import type { TensorEntry } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { TensorAnalysis } from '../../protocol/worker';
import { analysisOf, joinParts, missingOf, noParts, type Parts, type Wanted } from '../parts';

/** Whole tensors, or a sample of each. */
export type AnalysisMode = 'all' | 'sample';

/** Schemes whose figures are kept, those shown included: who goes back to one sees it at once. */
const mostKept = 16;
/** Figures of schemes that are kept in all, where a model has very many tensors. */
const mostFigures = 500_000;

/** What is known of a model's tensors, part by part, and which parts are wanted. */
export class ModelParts {
  readonly #tensors: readonly TensorEntry[];
  readonly #parts: Parts[];
  /** Analyses as they are asked for, again and again, until something changes. */
  readonly #analyses = new Map<TensorId, TensorAnalysis>();
  /** What is missing of a tensor as far as it was read; undefined until somebody asks. */
  readonly #missing: (Wanted | null | undefined)[];
  /** Texts of the schemes whose figures are kept, those wanted last at the end. */
  #kept: readonly string[] = [];
  #wanted: Wanted = { schemes: [] };

  constructor(tensors: readonly TensorEntry[], wanted: Wanted) {
    this.#tensors = tensors;
    this.#parts = tensors.map(() => noParts);
    this.#missing = new Array(tensors.length);
    this.want(wanted);
  }

  get wanted(): Wanted {
    return this.#wanted;
  }

  /** Wants other parts from now on. Nothing is forgotten but schemes that were not wanted for long. */
  want(wanted: Wanted): void {
    this.#wanted = wanted;
    const others = this.#kept.filter(text => !wanted.schemes.includes(text));
    const room = Math.min(mostKept, Math.floor(mostFigures / Math.max(1, this.#tensors.length)));
    const most = Math.max(0, room - wanted.schemes.length);
    this.#kept = [...(most > 0 ? others.slice(-most) : []), ...wanted.schemes];
    if (others.length > most)
      for (const [tensor, parts] of this.#parts.entries()) this.#parts[tensor] = this.#trim(parts);
    this.#missing.fill(undefined);
    this.#analyses.clear();
  }

  /** Whether there are figures of a tensor. */
  isKnown(tensor: TensorId): boolean {
    return this.#parts[tensor]!.base !== null;
  }

  /** Whether there are figures of a tensor, of a sample of it. */
  isSampled(tensor: TensorId): boolean {
    return (this.#parts[tensor]!.base?.sampled ?? 1) < 1;
  }

  /** Whether every part is known that is wanted, of a sample at least. */
  isComplete(tensor: TensorId): boolean {
    return this.#missingOf(tensor) === null;
  }

  /** How a tensor is read when a model is: of one that was read whole, what is missing is not sampled. */
  modeOf(tensor: TensorId, mode: AnalysisMode): AnalysisMode {
    return this.isKnown(tensor) && !this.isSampled(tensor) ? 'all' : mode;
  }

  /** What has to be asked for; null when nothing has. What is known of a sample is not known of the whole, nor the other way. */
  missing(tensor: TensorId, mode: AnalysisMode): Wanted | null {
    const isOfOther = mode === 'all' ? this.isSampled(tensor) : !this.isKnown(tensor);
    if (isOfOther) return missingOf(this.#tensors[tensor]!, this.#wanted, noParts);
    return this.#missingOf(tensor);
  }

  /** Whether something has to be asked for. */
  needs(tensor: TensorId, mode: AnalysisMode): boolean {
    return (mode === 'all' && this.isSampled(tensor)) || !this.isComplete(tensor);
  }

  /** Whether the answer to a request would tell anything of what is missing. */
  isOfUse(tensor: TensorId, mode: AnalysisMode, request: Wanted): boolean {
    const missing = this.missing(tensor, mode);
    if (!missing) return false;
    if (!this.isKnown(tensor) || (mode === 'all' && this.isSampled(tensor))) return true;
    const tellsCasts = missing.casts === true && request.casts === true;
    return tellsCasts || missing.schemes.some(text => request.schemes.includes(text));
  }

  /** Whether the answer to a request would leave something missing. */
  lacks(tensor: TensorId, mode: AnalysisMode, request: Wanted): boolean {
    const missing = this.missing(tensor, mode);
    if (!missing) return false;
    const lacksCasts = missing.casts === true && request.casts !== true;
    return lacksCasts || missing.schemes.some(text => !request.schemes.includes(text));
  }

  /**
   * Adds what was found out: of the whole tensor it takes the place of what is known of a sample.
   * @param mode what was looked at, where the base does not tell
   */
  add(tensor: TensorId, parts: Parts, mode: AnalysisMode): void {
    const known = this.#parts[tensor]!;
    const sampled = parts.base ? parts.base.sampled < 1 : mode === 'sample';
    // Only the base says how much of a tensor was read.
    if (sampled && !(parts.base ?? known.base)) return;
    const isOther = known !== noParts && sampled !== this.isSampled(tensor);
    if (isOther && sampled && known.base) return;
    this.#parts[tensor] = this.#trim(isOther ? parts : joinParts(known, parts));
    this.#missing[tensor] = undefined;
    this.#analyses.delete(tensor);
  }

  /** What is known, null in the place of what is not; null for nothing. */
  analysis(tensor: TensorId): TensorAnalysis | null {
    const made = this.#analyses.get(tensor);
    if (made) return made;
    const analysis = analysisOf(this.#wanted, this.#parts[tensor]!);
    if (analysis) this.#analyses.set(tensor, analysis);
    return analysis;
  }

  #missingOf(tensor: TensorId): Wanted | null {
    let missing = this.#missing[tensor];
    if (missing === undefined) {
      missing = missingOf(this.#tensors[tensor]!, this.#wanted, this.#parts[tensor]!);
      this.#missing[tensor] = missing;
    }
    return missing;
  }

  #trim(parts: Parts): Parts {
    const kept = Array.from(parts.schemes).filter(([text]) => this.#kept.includes(text));
    return kept.length === parts.schemes.size ? parts : { ...parts, schemes: new Map(kept) };
  }
}
