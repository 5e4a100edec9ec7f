import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { DType } from '../../../src/formats/dtype';
import { safetensors } from '../formats/build';
import { openStored } from './golden';

/** A tensor as it is to be stored. */
export interface Stored {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly bytes: ArrayBufferView;
}

/** Models written for the tests of a file, which go with them. */
export function writtenModels() {
  const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-checkpoints-'));
  afterAll(() => rmSync(temp, { recursive: true }));
  const folder = () => mkdtempSync(path.join(temp, 'model-'));
  return {
    /** Writes a model and its quantization config, and returns its path. */
    write(tensors: Readonly<Record<string, Stored>>, quantization: object = {}): string {
      return writeModel(folder(), tensors, quantization);
    },
    /** Copies a model with other bytes in a tensor, and returns its path. */
    async patch(file: string, tensor: string, bytes: ArrayBufferView): Promise<string> {
      const copy = path.join(folder(), path.basename(file));
      const { model, config } = await openStored(file);
      const all = readFileSync(file);
      all.set(bytesOf(bytes), model.tensors.find(t => t.name === tensor)!.data.offset);
      writeFileSync(copy, all);
      writeConfig(path.dirname(copy), config ?? {});
      return copy;
    },
  };
}

function writeModel(
  folder: string,
  tensors: Readonly<Record<string, Stored>>,
  quantization: object,
): string {
  const data = Buffer.concat(Object.values(tensors).map(t => bytesOf(t.bytes)));
  let offset = 0;
  const header = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const begin = offset;
    offset += bytes.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, offset] }];
  });
  const file = path.join(folder, 'model.safetensors');
  writeFileSync(file, safetensors(Object.fromEntries(header), data));
  writeConfig(folder, quantization);
  return file;
}

function writeConfig(folder: string, quantization: object): void {
  const text = JSON.stringify({ quantization_config: quantization });
  writeFileSync(path.join(folder, 'config.json'), text);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
