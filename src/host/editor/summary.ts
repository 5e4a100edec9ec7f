import type { Model } from '../../formats/tensorFile';
import type { Summary } from '../../protocol/editor';
import { totalBytes } from './analysis';
import { dtypeText } from './dtypeText';

const mostEntries = 200;
const mostCharacters = 1000;

/** What the header says of the file as a whole, bounded whatever the file holds. */
export function summarize(model: Model, copiedFrom: string | null): Summary {
  return {
    format: model.format,
    tensors: model.tensors.length,
    parameters: model.tensors.reduce((sum, t) => sum + t.count, 0),
    byteLength: totalBytes(model.tensors),
    dtypes: dtypesOf(model),
    shards: shardsOf(model),
    metadata: Object.entries(model.metadata)
      .slice(0, mostEntries)
      .map(([key, value]) => [cut(key), cut(value)] as const),
    findings: model.findings.slice(0, mostEntries),
    copiedFrom,
  };
}

/** Largest first. */
function dtypesOf({ tensors }: Model): Summary['dtypes'] {
  const byDtype = new Map<string, { tensors: number; byteLength: number }>();
  for (const tensor of tensors) {
    const { data } = tensor;
    const dtype = dtypeText(tensor);
    const sum = byDtype.get(dtype) ?? { tensors: 0, byteLength: 0 };
    sum.tensors++;
    sum.byteLength += data.byteLength;
    byDtype.set(dtype, sum);
  }
  return Array.from(byDtype, ([dtype, sum]) => ({ dtype, ...sum })).sort(
    (a, b) => b.byteLength - a.byteLength,
  );
}

function shardsOf({ tensors, files }: Model): number {
  return Math.max(1, Math.min(files.length, new Set(tensors.map(t => t.data.path)).size));
}

function cut(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text;
}
