import * as vscode from 'vscode';
import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { ModelDocument } from '../editor/document';
import { type Documents, isTensorFile } from '../editor/documents';
import { logFailure } from '../log';
import type { Services } from '../services';

/** A model whose headers are known: of an open document or of a file in the workspace. */
export interface KnownModel {
  readonly uri: vscode.Uri;
  readonly model: Model;
  /** Set when it is open: its figures are there. */
  readonly document: ModelDocument | undefined;
}

/** A tensor in a model. */
export interface Place {
  readonly known: KnownModel;
  readonly tensor: TensorId;
}

interface Indexed {
  readonly uri: vscode.Uri;
  readonly model: Model;
  /** The first tensor of each name. */
  readonly names: ReadonlyMap<string, TensorId>;
}

const pattern = '**/*.{safetensors,gguf,npy,npz,safetensors.index.json}';
const mostFiles = 200;
const mostTensors = 1_000_000;
/** Headers read at a time: the index may take its time. */
const readers = 2;
/** Changes are collected this long before files are read again, in milliseconds. */
const settleMs = 500;

/** The models of the workspace by their headers, found when first asked for and kept up to date in the background. */
export class ModelIndex implements vscode.Disposable {
  readonly #services: Services;
  readonly #documents: Documents;
  readonly #models = new Map<string, Indexed>();
  readonly #stop = new AbortController();
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #stale = new Map<string, vscode.Uri>();
  #timer: NodeJS.Timeout | undefined;
  #tensors = 0;
  #ready: Promise<void> | undefined;

  constructor(services: Services, documents: Documents) {
    this.#services = services;
    this.#documents = documents;
  }

  /** Resolves when the workspace's files have been looked at once; never rejects. The first call starts it. */
  whenReady(): Promise<void> {
    this.#ready ??= this.#start();
    return this.#ready;
  }

  /** Every model that is known now; what is open hides the same file on disk. */
  models(): KnownModel[] {
    const open = this.#documents.all().flatMap((document): KnownModel[] => {
      const model = document.loaded?.model;
      return model ? [{ uri: document.uri, model, document }] : [];
    });
    const hidden = new Set(open.map(k => k.uri.toString()));
    const shards = new Set(this.#shards());
    const others = Array.from(this.#models.values()).filter(
      ({ uri }) => !hidden.has(uri.toString()) && !shards.has(uri.fsPath),
    );
    return [...open, ...others.map(({ uri, model }) => ({ uri, model, document: undefined }))];
  }

  /** Where a name is, open models first. The same bytes count once. */
  places(name: string, models: readonly KnownModel[] = this.models()): Place[] {
    const seen = new Set<string>();
    return models.flatMap((known): Place[] => {
      const tensor = this.#find(known, name);
      if (tensor === null) return [];
      const { path, offset, zip } = known.model.tensors[tensor]!.data;
      const bytes = JSON.stringify([path, offset, zip?.headerOffset]);
      if (seen.has(bytes)) return [];
      seen.add(bytes);
      return [{ known, tensor }];
    });
  }

  dispose(): void {
    this.#stop.abort();
    clearTimeout(this.#timer);
    for (const d of this.#subscriptions) d.dispose();
  }

  #find({ uri, document }: KnownModel, name: string): TensorId | null {
    if (document) return document.loaded?.tensorNamed(name) ?? null;
    return this.#models.get(uri.toString())?.names.get(name) ?? null;
  }

  /** Paths of files that are part of a sharded model. */
  #shards(): string[] {
    const sharded = Array.from(this.#models.values()).filter(
      m => m.model.format === 'safetensors-index',
    );
    return sharded.flatMap(m => m.model.files.map(f => f.path).filter(p => p !== m.uri.fsPath));
  }

  async #start(): Promise<void> {
    const { log } = this.#services;
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const onEvent = (uri: vscode.Uri) => this.#markStale(uri);
    this.#subscriptions.push(
      watcher,
      watcher.onDidChange(onEvent),
      watcher.onDidCreate(onEvent),
      watcher.onDidDelete(onEvent),
    );
    try {
      const found = await vscode.workspace.findFiles(pattern, undefined, mostFiles);
      const local = found.filter(uri => uri.scheme === 'file');
      // Sharded models first: of their files nothing else need be known.
      local.sort((a, b) => Number(isIndex(b)) - Number(isIndex(a)));
      await this.#readAll(local);
      log.info(`models of the workspace: ${this.#models.size} of ${found.length} files`);
    } catch (e) {
      logFailure(log, 'looking for models in the workspace', e);
    }
  }

  async #readAll(uris: readonly vscode.Uri[]): Promise<void> {
    const waiting = [...uris];
    const reader = async () => {
      for (let uri = waiting.shift(); uri && !this.#stop.signal.aborted; uri = waiting.shift())
        await this.#read(uri);
    };
    await Promise.all(Array.from({ length: readers }, reader));
  }

  async #read(uri: vscode.Uri): Promise<void> {
    this.#forget(uri);
    const isNew = this.#models.size < mostFiles && this.#tensors < mostTensors;
    if (!isNew || this.#shards().includes(uri.fsPath)) return;
    try {
      const { signal } = this.#stop;
      const model = await this.#services
        .pool()
        .request('model/open', { path: uri.fsPath }, { signal });
      this.#forget(uri);
      const names = new Map(Array.from(model.tensors, (t, id) => [t.name, id] as const).reverse());
      this.#models.set(uri.toString(), { uri, model, names });
      this.#tensors += model.tensors.length;
    } catch (e) {
      // A file that cannot be read, or is gone, is just not in the index; opening it says why.
      this.#services.log.debug(`not indexed: ${uri}: ${e instanceof Error ? e.message : e}`);
    }
  }

  #forget(uri: vscode.Uri): void {
    const key = uri.toString();
    this.#tensors -= this.#models.get(key)?.model.tensors.length ?? 0;
    this.#models.delete(key);
  }

  #markStale(uri: vscode.Uri): void {
    if (uri.scheme !== 'file' || !isTensorFile(uri)) return;
    this.#stale.set(uri.toString(), uri);
    // From the first change on: a file that is written all the time is still read now and then.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const uris = Array.from(this.#stale.values());
      this.#stale.clear();
      void this.#readAll(uris);
    }, settleMs);
  }
}

/** Places as someone who works on `file` would look for them: what is open, then what is near the file. */
export function nearestFirst(places: readonly Place[], file: vscode.Uri): Place[] {
  const rank = ({ known: { document, uri } }: Place) => {
    const parts = uri.path.split('/');
    const shared = parts.findIndex((part, i) => part !== file.path.split('/')[i]);
    return [document ? 0 : 1, -shared, parts.length] as const;
  };
  const ranked = places.map(place => ({ place, rank: rank(place) }));
  ranked.sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2]);
  return ranked.map(r => r.place);
}

function isIndex(uri: vscode.Uri): boolean {
  return uri.path.endsWith('.index.json');
}
