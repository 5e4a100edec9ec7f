import path from 'node:path';
import type { FileSystem } from '../base/bytes';
import { WeightError } from '../base/errors';
import { about } from '../base/fileError';
import { quote } from '../base/limits';
import type { DType } from '../formats/dtype';
import { openModel } from '../formats/model';
import { matrixOf } from '../formats/rows';
import {
  type NewTensor,
  type SafetensorsLayout,
  safetensorsLayout,
} from '../formats/safetensorsWriter';
import type { Finding, Model, TensorEntry } from '../formats/tensorFile';
import type { Codes } from '../quant/arithmetic';
import { misfit } from '../quant/misfit';
import { storedFormat } from '../quant/run/formatMethod';
import { SchemeRun } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import { printScheme } from '../quant/schemeText';
import { type Packing, packedTensors, packingOf, whyNotPacked } from './compressedTensors/packing';

/**
 * `fake`: safetensors of the original dtypes, each value as the scheme makes it; `compressed-tensors`: codes and scales as
 * that library stores them.
 */
export type WriteFormat = (typeof writeFormats)[number];

/** All formats, the default first. */
export const writeFormats = ['fake', 'compressed-tensors'] as const;

/** What is asked for. */
export interface Wanted {
  readonly scheme: Scheme;
  /** The folder to write to. */
  readonly out: string;
  readonly codes: boolean;
  /** How the files hold what comes of the scheme. */
  readonly format: WriteFormat;
  /** The tensors to quantize, of those that schemes apply to, where the scheme fits them. */
  readonly chosen: ReadonlySet<TensorEntry>;
}

/** A safetensors file to write. */
export interface PlannedFile extends SafetensorsLayout {
  readonly target: string;
}

/** A file of the model, and what becomes of it. */
export interface FilePlan {
  readonly tensors: readonly TensorEntry[];
  /** Those of them that are quantized; all others are copied. */
  readonly quantized: ReadonlySet<TensorEntry>;
  readonly model: PlannedFile;
  /** Absent when codes are not asked for. */
  readonly codes?: PlannedFile;
}

/** Everything that is to be written. */
export interface Plan {
  readonly files: readonly FilePlan[];
  /** How compressed-tensors holds what is quantized; null for plain dtypes. */
  readonly packing: Packing | null;
  /** What cannot be written. */
  readonly findings: readonly Finding[];
}

/**
 * Plans the files that stand for a model and its quantization: one for each of its own, from headers alone.
 * @param file the file that was opened as the model
 */
export async function planFiles(
  files: FileSystem,
  { file, model }: { readonly file: string; readonly model: Model },
  wanted: Wanted,
): Promise<Plan> {
  const isSharded = model.format === 'safetensors-index';
  const findings: Finding[] = [];
  const plans: FilePlan[] = [];
  const packing = wanted.format === 'fake' ? null : packingOf(wanted.scheme);
  for (const { path: shard } of model.files) {
    const name = isSharded
      ? path.relative(path.dirname(file), shard)
      : safetensorsName(path.basename(file));
    const metadata = isSharded ? await metadataOf(files, shard) : model.metadata;
    const own = model.tensors.filter(t => t.data.path === shard);
    const tensors = own.filter(t => whyNot(t) === null);
    findings.push(...own.flatMap(findingOf));
    const target = path.join(wanted.out, name);
    const quantized = new Set(tensors.filter(t => wanted.chosen.has(t) && fits(wanted.scheme, t)));
    if (packing)
      for (const tensor of quantized) {
        const reason = whyNotPacked(tensor, packing);
        if (reason === null) continue;
        quantized.delete(tensor);
        findings.push(leftAsItIs(tensor, reason));
      }
    plans.push(planFile({ target, tensors, metadata, quantized, packing }, wanted));
  }
  checkDistinct(plans.flatMap(f => [f.model.target, ...(f.codes ? [f.codes.target] : [])]));
  return { files: plans, findings, packing };
}

/** A shard's own metadata: a sharded model shows that of all shards merged. */
async function metadataOf(
  files: FileSystem,
  shard: string,
): Promise<Readonly<Record<string, string>>> {
  const { metadata } = await about(shard, () => openModel(files, shard));
  return metadata;
}

function safetensorsName(name: string): string {
  return /\.safetensors$/i.test(name) ? name : `${name.replace(/\.np[yz]$/i, '')}.safetensors`;
}

function whyNot({ name, dtype }: TensorEntry): string | null {
  if (dtype === 'C128') return 'safetensors has no complex128 (C128)';
  return name === '__metadata__' ? 'in safetensors the name stands for the metadata' : null;
}

function findingOf(entry: TensorEntry): Finding[] {
  const reason = whyNot(entry);
  if (!reason) return [];
  const message = `${quote(entry.name)} is not written: ${reason}`;
  return [{ severity: 'warning', message, tensor: entry.name }];
}

function leftAsItIs({ name }: TensorEntry, reason: string): Finding {
  const message = `${quote(name)} is left as it is: ${reason}`;
  return { severity: 'info', message, tensor: name };
}

function checkDistinct(targets: readonly string[]): void {
  const twice = targets.find((t, i) => targets.indexOf(t) !== i);
  if (twice !== undefined)
    throw new WeightError('unsupported', `two files would be called ${quote(twice)}`);
}

function planFile(
  file: {
    readonly target: string;
    readonly tensors: readonly TensorEntry[];
    readonly metadata: Readonly<Record<string, string>>;
    readonly quantized: ReadonlySet<TensorEntry>;
    readonly packing: Packing | null;
  },
  { scheme, codes }: Wanted,
): FilePlan {
  const { target, tensors, metadata, quantized, packing } = file;
  const stored = tensors.flatMap((t): readonly NewTensor[] =>
    packing && quantized.has(t) ? packedTensors(t, packing) : [t],
  );
  const ofCodes = codes ? [...quantized].flatMap(t => codeTensors(scheme, t)) : [];
  return {
    tensors,
    quantized,
    model: { target, ...safetensorsLayout(stored, metadata) },
    ...(codes && {
      codes: {
        target: codesBeside(target),
        ...safetensorsLayout(ofCodes, { scheme: printScheme(scheme) }),
      },
    }),
  };
}

/** Whether a scheme can be laid over a tensor that schemes apply to. */
function fits(scheme: Scheme, { shape }: TensorEntry): boolean {
  return misfit(scheme, matrixOf(shape)) === null;
}

/** A dtype of what a scheme finds, and its shape. */
export type Part = Omit<NewTensor, 'name'>;

/** The tensors that describe what a scheme does to one, by the last part of their name. */
export interface CodeParts {
  /** Of the tensor's own shape. */
  readonly codes: Part;
  /** [out, groups]; absent where a grid has no scale. */
  readonly scale?: Part;
  readonly zeroPoint?: Part;
}

/** What a scheme finds for a tensor: dtypes and shapes. */
export function codePartsOf(scheme: Scheme, { shape }: TensorEntry): CodeParts {
  // Outliers change neither shape nor codes, and finding them takes memory.
  const run = new SchemeRun({ ...scheme, outliers: null }, matrixOf(shape), false);
  const codes = { dtype: codesDType(run.codes), shape };
  if (scheme.grid.kind === 'cast') return { codes };
  return {
    codes,
    scale: { dtype: 'F32', shape: run.shape },
    zeroPoint: { dtype: zeroPointDType(scheme), shape: run.shape },
  };
}

function codeTensors(scheme: Scheme, entry: TensorEntry): NewTensor[] {
  const parts = Object.entries(codePartsOf(scheme, entry)) as [string, Part][];
  return parts.map(([part, { dtype, shape }]) => ({ name: `${entry.name}.${part}`, dtype, shape }));
}

function codesDType({ first, count }: Codes): DType {
  if (count > 256) return 'U16';
  return first < 0 ? 'I8' : 'U8';
}

/** Real zero points are float32; with `zero=free` whole ones have no bound, and float64 holds them. */
function zeroPointDType({ runtime, grid, zero, symmetric }: Scheme): DType {
  if (runtime === 'hqq') return 'F32';
  if (grid.kind === 'integer' && zero === 'free' && !symmetric) return 'F64';
  const stored = grid.kind === 'format' ? storedFormat(grid.name) : null;
  return stored?.kind === 'ggml' && stored.format.asymmetric ? 'F32' : 'I32';
}

/** The file of codes that belongs to a model file. */
export function codesBeside(target: string): string {
  return `${target.replace(/\.safetensors$/i, '')}.codes.safetensors`;
}
