import { dtypeInfo } from '../../formats/dtype';
import type { Finding, Model, TensorEntry } from '../../formats/tensorFile';
import type { StoredFacts, Summary, TensorDetail, TensorId } from '../../protocol/editor';
import { findingsOf } from '../../report/findings';
import type { Services } from '../services';
import { type Analysis, createAnalysis, totalBytes } from './analysis';
import { dtypeText } from './dtypeText';
import { rowFigures } from './figures';
import { createRows, type Rows } from './rows';
import { summarize } from './summary';

/** What came of reading a model's headers once. */
export interface Loaded {
  readonly model: Model;
  readonly summary: Summary;
  readonly rows: Rows;
  readonly analysis: Analysis;
  readonly sigma: number;
  /** Weights that are stored in several tensors. */
  readonly packed: number;
  /** The first tensor of a name. */
  tensorNamed(name: string): TensorId | null;
  detail(tensor: TensorId): Omit<TensorDetail, 'generation'>;
}

/** What a loaded model needs of its document. */
export interface LoadedHost {
  readonly services: Services;
  /** Texts of the schemes that are shown. */
  readonly schemes: () => readonly string[];
  readonly copiedFrom: string | null;
  /** Grows with every announced change: orders by figures are computed at most once for each. */
  readonly version: () => number;
  readonly onChange: () => void;
  readonly onInternalError: (e: unknown) => void;
}

/** Makes a model ready to be shown; starts no analysis. */
export function createLoaded(model: Model, host: LoadedHost): Loaded {
  const { services } = host;
  const { tensors } = model;
  const findings = findingsByTensor(model);
  const names = new Map(Array.from(tensors, (t, id) => [t.name, id] as const).reverse());
  const sigma = services.settings().sigma;
  const manyFiles = new Set(tensors.map(t => t.data.path)).size > 1;

  const rows: Rows = createRows({
    tensors,
    version: host.version,
    figures: tensor => {
      const result = analysis.result(tensor);
      return {
        status: analysis.status(tensor),
        ...rowFigures(result, host.schemes().length),
        findings:
          (findings.get(tensors[tensor]!.name)?.length ?? 0) +
          (result ? findingsOf(result).length : 0),
      };
    },
  });
  const analysis: Analysis = createAnalysis({
    model,
    order: () => rows.modelOrder(),
    pool: services.pool,
    // A copy's path is another one each time: its results would never be found again.
    results: host.copiedFrom === null ? services.results : undefined,
    width: () => services.settings().workers,
    sigma,
    schemes: host.schemes(),
    onChange: host.onChange,
    onInternalError: host.onInternalError,
  });

  return {
    model,
    summary: summarize(model, host.copiedFrom),
    rows,
    analysis,
    sigma,
    packed: tensors.filter(t => t.packed).length,
    tensorNamed: name => names.get(name) ?? null,
    detail(tensor) {
      const entry = tensors[tensor]!;
      const { name, shape, count, data } = entry;
      const dtype = dtypeText(entry);
      const result = analysis.result(tensor);
      return {
        tensor,
        ...{ name, dtype, shape, elements: count, byteLength: data.byteLength },
        file: manyFiles ? fileNameOf(data.path) : null,
        status: analysis.status(tensor),
        fraction: analysis.fraction(tensor),
        analysis: result,
        error: analysis.error(tensor),
        findings: [...(findings.get(name) ?? []), ...(result ? findingsOf(result) : [])],
        stored: storedFacts(entry),
        hasStoredParams: hasStoredParams(entry),
      };
    },
  };
}

/** Whether a worker can tell scales and codes: those of blocks are read of little-endian files only. */
function hasStoredParams({ packed, dtype, count, data }: TensorEntry): boolean {
  const isBlocks = dtypeInfo(dtype).block !== undefined && data.byteOrder === 'little';
  return packed !== undefined || (isBlocks && count > 0);
}

function storedFacts({ packed }: TensorEntry): StoredFacts | null {
  if (!packed) return null;
  const { scheme, bits, groupSize, bitsPerWeight, parts } = packed;
  const tensors = Object.entries(parts).map(([role, { entry }]) => {
    const { name, dtype, shape, data } = entry;
    return { role, name, dtype, shape, byteLength: data.byteLength };
  });
  return { scheme, bits, groupSize, bitsPerWeight, tensors };
}

/** Whether a model is small enough to be analysed without asking. */
export function startsByItself({ model }: Loaded, services: Services): boolean {
  return totalBytes(model.tensors) <= services.settings().autoStartBytes;
}

function findingsByTensor({ findings }: Model): Map<string, Finding[]> {
  const byTensor = new Map<string, Finding[]>();
  for (const finding of findings) {
    if (finding.tensor === undefined) continue;
    const list = byTensor.get(finding.tensor);
    if (list) list.push(finding);
    else byTensor.set(finding.tensor, [finding]);
  }
  return byTensor;
}

/** Works for either kind of separator: the path may have come from Windows. */
function fileNameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
