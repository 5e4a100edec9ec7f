import { dtypeInfo } from '../formats/dtype';
import type { TensorEntry } from '../formats/tensorFile';
import type { AnalysisRequest, TensorAnalysis } from '../protocol/worker';
import type { Cast } from '../stats/profile';

/** What is known of a tensor's values, whatever the schemes. */
export type Base = Pick<TensorAnalysis, 'profile' | 'sampled' | 'findings'>;

/** What is known of one scheme on a tensor. */
export interface SchemeFigures {
  readonly report: TensorAnalysis['reports'][number];
  readonly findings: TensorAnalysis['schemeFindings'][number];
  readonly gaussianSqnrDb: number | null;
}

/** An analysis in parts, each of which may be known without the others. All are of the whole tensor, or of the same sample. */
export interface Parts {
  readonly base: Base | null;
  /** By scheme text. */
  readonly schemes: ReadonlyMap<string, SchemeFigures>;
  /** Undefined when not known; null where there are none. */
  readonly casts: readonly Cast[] | null | undefined;
}

/** Which parts are wanted beside the base. */
export interface Wanted {
  /** Texts. */
  readonly schemes: readonly string[];
  readonly casts?: boolean;
}

/** A request whose answer is kept in parts: what is asked of each row, or in detail, is not. */
export type PartsRequest = Omit<AnalysisRequest, 'detail' | 'channels' | 'urgent'>;

/** Nothing is known. */
export const noParts: Parts = { base: null, schemes: new Map(), casts: undefined };

const inapplicable: SchemeFigures = { report: null, findings: [], gaussianSqnrDb: null };

/** The parts of an answer to a request. */
export function partsOf({ schemes }: Wanted, analysis: TensorAnalysis): Parts {
  const { profile, sampled, findings, reports, schemeFindings, gaussianSqnrDb } = analysis;
  const figures = schemes.map((text, i): [string, SchemeFigures] => [
    text,
    {
      report: reports[i] ?? null,
      findings: schemeFindings[i] ?? [],
      gaussianSqnrDb: gaussianSqnrDb[i] ?? null,
    },
  ]);
  return {
    base: { profile, sampled, findings },
    schemes: new Map(figures),
    casts: analysis.casts,
  };
}

/** What either tells; where both do, the second. */
export function joinParts(a: Parts, b: Parts): Parts {
  return {
    base: b.base ?? a.base,
    schemes: new Map([...a.schemes, ...b.schemes]),
    casts: b.casts === undefined ? a.casts : b.casts,
  };
}

/** What of the wanted is not known; null when all is. The base comes with whatever is asked for. */
export function missingOf(
  entry: Pick<TensorEntry, 'dtype' | 'count'>,
  wanted: Wanted,
  { base, schemes, casts }: Parts,
): Wanted | null {
  // Of complex numbers nothing else is known either.
  if (base && !base.profile) return null;
  const missing = schemesFit(entry) ? wanted.schemes.filter(text => !schemes.has(text)) : [];
  const needsCasts = wanted.casts === true && casts === undefined;
  if (base && missing.length === 0 && !needsCasts) return null;
  return { schemes: missing, ...(needsCasts && { casts: true }) };
}

/** The analysis that parts make, null in the place of what is not known; null without a base. */
export function analysisOf(wanted: Wanted, { base, schemes, casts }: Parts): TensorAnalysis | null {
  if (!base) return null;
  const figures = wanted.schemes.map(text => schemes.get(text) ?? inapplicable);
  return {
    ...base,
    reports: figures.map(f => f.report),
    schemeFindings: figures.map(f => f.findings),
    gaussianSqnrDb: figures.map(f => f.gaussianSqnrDb),
    ...(wanted.casts && { casts: casts ?? null }),
  };
}

/** Whether schemes apply to a tensor: a worker has nothing to tell of others. */
function schemesFit({ dtype, count }: Pick<TensorEntry, 'dtype' | 'count'>): boolean {
  return dtypeInfo(dtype).kind === 'float' && count > 0;
}
