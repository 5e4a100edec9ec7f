import * as vscode from 'vscode';
import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { ModelDocument } from '../editor/document';
import { type Documents, isTensorFile } from '../editor/documents';
import { compareText } from '../editor/order';
import { atMostEvery } from '../editor/throttle';
import { logFailure } from '../log';
import type { Services } from '../services';
import { DefaultModel } from './defaultModel';
import { findListed, onDidChangeListing } from './listing';

/** A model whose headers are known: of an open document or of a file in the workspace. */
export interface KnownModel {
  readonly uri: vscode.Uri;
  readonly model: Model;
  /** Set when it is open: its figures are there. */
  readonly document: ModelDocument | undefined;
  /** Set for the one that the user has chosen to be looked at first. */
  readonly isDefault?: boolean;
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
/** Listeners are told of changes at most this often, in milliseconds. */
const announceMs = 200;

/** The models of the workspace by their headers, found when first asked for and kept up to date in the background. */
export class ModelIndex implements vscode.Disposable {
  /** Which model is looked at first. */
  readonly chosen: DefaultModel;
  readonly #services: Services;
  readonly #documents: Documents;
  readonly #models = new Map<string, Indexed>();
  readonly #stop = new AbortController();
  readonly #subscriptions: vscode.Disposable[] = [];
  readonly #stale = new Map<string, vscode.Uri>();
  readonly #shown = new WeakMap<ModelDocument, Model>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #announce = atMostEvery(announceMs, () => this.#changed.fire());
  #timer: NodeJS.Timeout | undefined;
  #tensors = 0;
  #ready: Promise<void> | undefined;

  constructor(services: Services, documents: Documents) {
    this.#services = services;
    this.#documents = documents;
    this.chosen = new DefaultModel(services.context.workspaceState);
    this.#subscriptions.push(
      this.chosen,
      this.chosen.onDidChange(() => this.#includeChosen()),
      documents.onDidChange(uri => this.#documentChanged(uri)),
      documents.onDidClose(() => this.#announce()),
    );
  }

  /** Tells that `models` are others now, or that another one is looked at first. */
  get onDidChange(): vscode.Event<void> {
    return this.#changed.event;
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
    const closed = others.map(({ uri, model }) => ({ uri, model, document: undefined }));
    const chosen = this.chosen.uri?.toString();
    return [...open, ...closed.sort(byPath)].map(known =>
      known.uri.toString() === chosen ? { ...known, isDefault: true } : known,
    );
  }

  /** Looks at the workspace's files again, all of them. */
  async refresh(): Promise<void> {
    await this.whenReady();
    this.#ready = this.#list(true);
    await this.#ready;
  }

  /** Where a name is, open models first. The same bytes count once. */
  places(name: string, models: readonly KnownModel[] = this.models()): Place[] {
    const seen = new Set<string>();
    return models.flatMap((known): Place[] => {
      const tensor = this.#tensorIn(known, name);
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
    this.#announce.dispose();
    this.#changed.dispose();
    for (const d of this.#subscriptions) d.dispose();
  }

  #tensorIn({ uri, document }: KnownModel, name: string): TensorId | null {
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
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const onEvent = (uri: vscode.Uri) => this.#markStale(uri);
    this.#subscriptions.push(
      watcher,
      watcher.onDidChange(onEvent),
      watcher.onDidCreate(onEvent),
      watcher.onDidDelete(onEvent),
      onDidChangeListing(() => this.#settle()),
    );
    await this.#list(true);
  }

  /** Finds the files, and reads those that are new or have changed, or all; never rejects. */
  async #list(all: boolean): Promise<void> {
    const { log } = this.#services;
    const stale = new Set(this.#stale.keys());
    this.#stale.clear();
    try {
      const found = await this.#find();
      const keys = new Set(found.map(uri => uri.toString()));
      for (const { uri } of Array.from(this.#models.values()))
        if (!keys.has(uri.toString())) this.#forget(uri);
      const isDue = (key: string) => all || stale.has(key) || !this.#models.has(key);
      await this.#readAll(found.filter(uri => isDue(uri.toString())));
      log.info(`models of the workspace: ${this.#models.size} of ${found.length} files`);
    } catch (e) {
      logFailure(log, 'looking for models in the workspace', e);
    }
    this.#announce();
  }

  /** The files there are to read, with the chosen one, wherever that is. */
  async #find(): Promise<vscode.Uri[]> {
    const listed = await findListed(pattern, mostFiles);
    const { uri: chosen } = this.chosen;
    const isListed = listed.some(uri => uri.toString() === chosen?.toString());
    const found = chosen && !isListed ? [chosen, ...listed] : listed;
    const local = found.filter(uri => uri.scheme === 'file' && isTensorFile(uri));
    // Sharded models first: of their files nothing else need be known.
    return local.sort((a, b) => Number(isIndex(b)) - Number(isIndex(a)));
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
      this.#announce();
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
    this.#settle();
  }

  #settle(): void {
    // From the first change on: a file that is written all the time is still read now and then.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#list(false);
    }, settleMs);
  }

  #includeChosen(): void {
    // Nobody has asked for the models yet: the chosen one is read with them.
    if (this.#ready) this.#ready = this.#list(false);
    this.#announce();
  }

  /** Figures arrive all the time; only another header is another model. */
  #documentChanged(uri: vscode.Uri): void {
    const document = this.#documents.get(uri);
    const model = document?.loaded?.model;
    if (!document || this.#shown.get(document) === model) return;
    if (model) this.#shown.set(document, model);
    else this.#shown.delete(document);
    this.#announce();
  }
}

/** Places as someone who works on `file` would look for them: the chosen model, what is open, then what is near the file. */
export function nearestFirst(places: readonly Place[], file: vscode.Uri): Place[] {
  const rank = ({ known: { document, uri, isDefault } }: Place) => {
    const parts = uri.path.split('/');
    const shared = parts.findIndex((part, i) => part !== file.path.split('/')[i]);
    return [isDefault ? 0 : document ? 1 : 2, -shared, parts.length] as const;
  };
  const ranked = places.map(place => ({ place, rank: rank(place) }));
  ranked.sort(
    (a, b) =>
      a.rank[0] - b.rank[0] ||
      a.rank[1] - b.rank[1] ||
      a.rank[2] - b.rank[2] ||
      byPath(a.place.known, b.place.known),
  );
  return ranked.map(r => r.place);
}

/** Orders models by where they are. Files are found in any order; what people see is always in the same. */
export function byPath(a: KnownModel, b: KnownModel): number {
  return compareText(a.uri.path, b.uri.path);
}

function isIndex(uri: vscode.Uri): boolean {
  return uri.path.endsWith('.index.json');
}
