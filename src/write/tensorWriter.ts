import type { TensorEntry } from '../formats/tensorFile';
import type { RunListener } from '../quant/run/schemeRun';
import type { Scheme } from '../quant/scheme';
import { codePartsOf } from './plan';
import { column, type OpenFile, placed, sequence } from './sinks';

/** How what a run does to a tensor is followed. */
export interface Watch {
  readonly listeners: readonly RunListener[];
  afterTile(): Promise<void>;
}

/** Takes what a run does to a tensor to its places in the files. */
export interface TensorWriter {
  readonly watch: Watch;
  /** Ends it. @throws Error when something is missing */
  check(): void;
}

/** Writes the values that come of a scheme in the tensor's own dtype, tile by tile. */
export function valuesWriter(entry: TensorEntry, to: OpenFile): TensorWriter {
  const results = sequence(placed(to, entry.name, entry));
  return {
    watch: {
      listeners: [{ piece: piece => results.append(piece.results) }],
      afterTile: () => to.file.flush(),
    },
    check: () => results.check(),
  };
}

/** Writes codes, scales and zero points as they are, tile by tile. */
export function codesWriter(scheme: Scheme, entry: TensorEntry, to: OpenFile): TensorWriter {
  const parts = codePartsOf(scheme, entry);
  const place = (suffix: 'codes' | 'scale' | 'zeroPoint') => {
    const part = parts[suffix];
    return part ? placed(to, `${entry.name}.${suffix}`, part) : null;
  };
  const codes = sequence(place('codes')!);
  const columns = [place('scale'), place('zeroPoint')].map(p => p && column(p));
  const [scales, zeroPoints] = columns;
  return {
    watch: {
      listeners: [
        {
          piece: piece => codes.append(piece.codes),
          settled(segment, { params }) {
            if (!params) return;
            scales?.set(segment, params.scale);
            zeroPoints?.set(segment, params.zeroPoint);
          },
        },
      ],
      async afterTile() {
        for (const c of columns) c?.release();
        await to.file.flush();
      },
    },
    check() {
      for (const part of [codes, ...columns]) part?.check();
    },
  };
}

/** Several writers as one: each is told of all. */
export function together(writers: readonly TensorWriter[]): TensorWriter {
  const listeners = writers.flatMap(w => w.watch.listeners);
  const all: RunListener = {
    piece(piece) {
      for (const listener of listeners) listener.piece?.(piece);
    },
    settled(segment, settled) {
      for (const listener of listeners) listener.settled?.(segment, settled);
    },
  };
  return {
    watch: {
      listeners: [all],
      async afterTile() {
        for (const { watch } of writers) await watch.afterTile();
      },
    },
    check() {
      for (const writer of writers) writer.check();
    },
  };
}
