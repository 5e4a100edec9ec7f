import { type FileSystem, readBytes } from '../base/bytes';
import type { QuantConfig } from './layout';

/** Files beside a model that may tell how it is quantized, and where in them. */
const places: readonly { readonly file: string; readonly key: string | null }[] = [
  { file: 'config.json', key: 'quantization_config' },
  { file: 'config.json', key: 'quantization' },
  { file: 'quantize_config.json', key: null },
  { file: 'quant_config.json', key: null },
  { file: 'hf_quant_config.json', key: 'quantization' },
];

/** Larger ones are no configuration. */
const mostBytes = 4 * 2 ** 20;

/** The quantization config beside a model; null where there is none that can be read: it is a hint only. */
export async function readConfig(fs: FileSystem, path: string): Promise<QuantConfig | null> {
  for (const { file, key } of places) {
    const whole = await readJson(fs, fs.sibling(path, file));
    const found = key === null ? whole : whole?.[key];
    if (isObject(found)) return found;
  }
  return null;
}

async function readJson(fs: FileSystem, path: string): Promise<QuantConfig | null> {
  try {
    const source = await fs.open(path);
    try {
      if (source.size > mostBytes) return null;
      const value: unknown = JSON.parse(
        new TextDecoder().decode(await readBytes(source, 0, source.size)),
      );
      return isObject(value) ? value : null;
    } finally {
      await source.close();
    }
  } catch {
    return null; // not there, or not readable: shapes decide
  }
}

function isObject(value: unknown): value is QuantConfig {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
