import { quote } from '../base/limits';
import { dtypeInfo } from '../formats/dtype';
import type { Finding, Model, Packed, TensorEntry } from '../formats/tensorFile';
import { layouts } from './all';
import type { Draft, QuantConfig, Recognised, Surroundings } from './layout';

/** A model whose weights are told. */
export interface WeightModel extends Model {
  /** Weights, packed or plain, in the order of the file; the stored tensors of packed ones are in `tensors` only. */
  readonly weights: readonly TensorEntry[];
}

/**
 * Tells which stored tensors make one weight. A module's tensors may lie in several shards; each module is looked at by
 * itself, for mixed checkpoints are common.
 */
export function withWeights(model: Model, config: QuantConfig | null): WeightModel {
  const byName = new Map(model.tensors.map(t => [t.name, t] as const));
  const sizes = new Map(model.files.map(f => [f.path, f.byteLength] as const));
  const around: Surroundings = {
    find: name => byName.get(name),
    config,
    metadata: model.metadata,
  };
  const doubts: { readonly anchor: TensorEntry; readonly finding: Finding }[] = [];
  const findings: Finding[] = [];
  const hidden = new Set<TensorEntry>();
  const packed = new Map<TensorEntry, TensorEntry>();
  for (const anchor of model.tensors) {
    const found = recognise(anchor, around);
    if (!found) continue;
    if (found.kind === 'finding') {
      const { message } = found;
      doubts.push({ anchor, finding: { severity: 'warning', message, tensor: anchor.name } });
      continue;
    }
    const odd = Object.values(found.packed.parts).find(isStoredOddly);
    if (odd) {
      const message = `${quote(found.name)} cannot be decoded: ${quote(odd.name)} is stored big-endian or in Fortran order`;
      doubts.push({ anchor, finding: { severity: 'warning', message, tensor: anchor.name } });
      continue;
    }
    const weight = weightOf(found, anchor, sizes);
    packed.set(anchor, weight);
    for (const note of found.notes ?? [])
      findings.push({ severity: 'warning', message: note, tensor: weight.name });
    for (const part of Object.values(found.packed.parts)) hidden.add(part);
  }
  const weights = model.tensors.flatMap(t => packed.get(t) ?? (hidden.has(t) ? [] : [t]));
  // What one layout takes for a weight of its own may be a part of another's: the scales of NVFP4 are FP8.
  const open = doubts.flatMap(({ anchor, finding }) => (hidden.has(anchor) ? [] : [finding]));
  const twice = namesTwice(weights, packed);
  return { ...model, weights, findings: [...model.findings, ...findings, ...open, ...twice] };
}

/** No format of packed weights has its tensors so; a .npz may. */
function isStoredOddly({ dtype, shape, data }: TensorEntry): boolean {
  const isTurned = data.fortranOrder && shape.filter(d => d !== 1).length > 1;
  return isTurned || (data.byteOrder === 'big' && dtypeInfo(dtype).bits > 8);
}

/** Packed weights whose name another weight has too. */
function namesTwice(
  weights: readonly TensorEntry[],
  packed: ReadonlyMap<TensorEntry, TensorEntry>,
): Finding[] {
  const mine = new Set(Array.from(packed.values(), w => w.name));
  const others = new Set(weights.filter(w => !w.packed).map(w => w.name));
  return [...mine]
    .filter(name => others.has(name))
    .map(tensor => ({
      severity: 'warning',
      message: `two weights are called ${quote(tensor)}: one is stored as codes, one plainly`,
      tensor,
    }));
}

function recognise(anchor: TensorEntry, around: Surroundings): Recognised | null {
  for (const layout of layouts) {
    const found = layout.recognise(anchor, around);
    if (found) return found;
  }
  return null;
}

function weightOf(
  { name, shape, packed: draft }: Extract<Recognised, { kind: 'weight' }>,
  anchor: TensorEntry,
  sizes: ReadonlyMap<string, number>,
): TensorEntry {
  const count = shape.reduce((a, b) => a * b, 1);
  const parts = Object.values(draft.parts);
  const byteLength = parts.reduce((sum, part) => sum + part.data.byteLength, 0);
  return {
    name,
    dtype: 'F32',
    shape,
    count,
    data: { ...anchor.data, byteLength },
    packed: packedOf(draft, (8 * byteLength) / Math.max(1, count), sizes),
  };
}

function packedOf(draft: Draft, bitsPerWeight: number, sizes: ReadonlyMap<string, number>): Packed {
  const parts = Object.entries(draft.parts).map(([role, entry]) => {
    const fileSize = sizes.get(entry.data.path);
    if (fileSize === undefined) throw new TypeError(`${quote(entry.name)} is in no file`);
    return [role, { entry, fileSize }] as const;
  });
  return { ...draft, bitsPerWeight, parts: Object.fromEntries(parts) };
}
