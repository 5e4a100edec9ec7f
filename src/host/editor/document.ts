import path from 'node:path';
import * as vscode from 'vscode';
import { throwIfCancelled, toWire, WeightError, type WireError } from '../../base/errors';
import type { StoredView } from '../../checkpoints/storedView';
import type { Model } from '../../formats/tensorFile';
import type { AnalysisView, DocumentView, TensorId } from '../../protocol/editor';
import { maxSchemes } from '../../protocol/schemes';
import { type Copy, copyToDisk } from '../files/copy';
import { type Baseline, type DiskState, statOf, type Watch, watchFiles } from '../files/watch';
import { logFailure } from '../log';
import type { Services } from '../services';
import { createLoaded, type Loaded, startsByItself } from './loaded';
import { DocumentSchemes } from './schemes';
import { atMostEvery } from './throttle';

/** What one view of a document is told. */
export interface DocumentListener {
  changed(generation: number): void;
  selected(tensor: TensorId, scheme: number | undefined): void;
}

const noAnalysis: AnalysisView = {
  ...{ state: 'done', doneTensors: 0, totalTensors: 0, doneBytes: 0, totalBytes: 0 },
  ...{ current: [], failed: 0, sampleBytes: 0 },
};

/** Changes are announced at most this often, in milliseconds; orders of very many tensors take longer to make. */
const announceEvery = (tensors: number) => (tensors > 50_000 ? 500 : 100);

/** One opened model: what its file says, its figures, and who looks at it. Many tabs may share it. */
export class ModelDocument {
  readonly uri: vscode.Uri;
  /** To show others see `setSchemes`. */
  readonly schemes: DocumentSchemes;
  readonly #services: Services;
  readonly #listeners = new Set<DocumentListener>();
  #generation = 0;
  #version = 0;
  #loaded: Loaded | undefined;
  #error: WireError | null = null;
  #disk: DiskState = 'same';
  #watch: Watch | undefined;
  #copy: Copy | undefined;
  #selected: string | null = null;
  #shownScheme: string | null = null;
  #raw = false;
  #loading = new AbortController();
  #ready: Promise<void>;
  #announce: ReturnType<typeof atMostEvery>;

  constructor(uri: vscode.Uri, services: Services) {
    this.uri = uri;
    this.#services = services;
    this.schemes = new DocumentSchemes({
      uri,
      state: services.context.workspaceState,
      pool: services.pool,
      onChange: () => this.#loaded?.analysis.setSchemes(this.schemes.texts),
    });
    this.#announce = this.#announcer(0);
    this.#ready = this.#load();
  }

  get generation(): number {
    return this.#generation;
  }

  /** What is shown now; undefined for a bad file, and while the first load lasts. */
  get loaded(): Loaded | undefined {
    return this.#loaded;
  }

  /** Whether figures are being computed. */
  get isRunning(): boolean {
    return this.#loaded?.analysis.view().state === 'running';
  }

  /** Resolves when the newest load has ended; never rejects. */
  async whenReady(): Promise<void> {
    let ready: Promise<void>;
    do {
      ready = this.#ready;
      await ready;
    } while (ready !== this.#ready);
  }

  /** Reads the file again. What was shown stays until then. */
  async reload(): Promise<void> {
    this.#loading.abort();
    this.#ready = this.#load();
    await this.whenReady();
  }

  /** Shows the tensors as they are stored, or the weights that they make. */
  async setRaw(raw: boolean): Promise<void> {
    if (raw === this.#raw) return;
    this.#raw = raw;
    await this.reload();
  }

  /** The stored scales, zero points and codes of a weight; null where it has none. */
  async stored(tensor: TensorId, signal: AbortSignal): Promise<StoredView | null> {
    const { model } = this.#loaded ?? {};
    const entry = model?.tensors[tensor];
    if (!model || !entry) return null;
    const fileSize = model.files.find(f => f.path === entry.data.path)?.byteLength ?? 0;
    const asked = { entry, fileSize };
    return this.#services.pool().request('tensor/stored', asked, { signal, priority: 'selected' });
  }

  /** Selects a tensor and tells every view but the one that did it. */
  select(tensor: TensorId | null, from?: DocumentListener): void {
    this.#selected = tensor === null ? null : (this.#loaded?.model.tensors[tensor]?.name ?? null);
    this.#loaded?.analysis.select(tensor);
    if (tensor === null) return;
    for (const listener of this.#listeners)
      if (listener !== from) listener.selected(tensor, undefined);
  }

  /**
   * Shows the figures of other schemes, in all tabs.
   * @throws WeightError 'unsupported' for a text that cannot be read, 'cancelled' when others were chosen meanwhile
   */
  async setSchemes(texts: readonly string[]): Promise<void> {
    await this.schemes.set(texts);
    this.#announce();
  }

  /**
   * Shows one scheme's figures alone: of a tensor, which is selected, or of all. A scheme that was not shown takes the place of
   * the last one where there are as many as may be.
   * @throws WeightError as `setSchemes` does
   */
  async quantize(text: string, tensor?: TensorId): Promise<void> {
    const loaded = this.#loaded;
    const scheme = await this.#include(text);
    if (!loaded || loaded !== this.#loaded) return;
    const { analysis, model } = loaded;
    this.#shownScheme = this.schemes.texts[scheme] ?? null;
    if (tensor === undefined) analysis.start('all');
    else {
      this.#selected = model.tensors[tensor]?.name ?? null;
      analysis.select(tensor);
      analysis.start('all', [tensor]);
      for (const listener of this.#listeners) listener.selected(tensor, scheme);
    }
    this.#announce();
  }

  /** Makes sure that a scheme is shown. @returns its number */
  async #include(text: string): Promise<number> {
    const described = await this.schemes.describe(text);
    if (!described.isGood) throw new WeightError('unsupported', described.message);
    const { texts } = this.schemes;
    const at = texts.indexOf(described.text);
    if (at >= 0) return at;
    await this.setSchemes([...texts.slice(0, maxSchemes - 1), described.text]);
    return this.schemes.texts.indexOf(described.text);
  }

  /** Starts a tensor's analysis before all others; resolves when it has ended, or with the signal. */
  async analysed(tensor: TensorId, signal: AbortSignal): Promise<void> {
    const { analysis } = this.#loaded ?? {};
    if (!analysis) return;
    analysis.start('all', [tensor], 'hover');
    await new Promise<void>(resolve => {
      const end = () => {
        listening.dispose();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const look = () => {
        const status = analysis.status(tensor);
        if (analysis !== this.#loaded?.analysis || (status !== 'running' && status !== 'waiting'))
          end();
      };
      const listening = this.listen({ changed: look, selected: () => {} });
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      else look();
    });
  }

  get selected(): TensorId | null {
    return this.#selected === null ? null : (this.#loaded?.tensorNamed(this.#selected) ?? null);
  }

  view(): DocumentView {
    const { texts, facts } = this.schemes;
    const shown = this.#shownScheme === null ? -1 : texts.indexOf(this.#shownScheme);
    return {
      generation: this.#generation,
      fileName: path.posix.basename(this.uri.path),
      error: this.#error,
      summary: this.#loaded?.summary ?? null,
      analysis: this.#loaded?.analysis.view() ?? noAnalysis,
      disk: this.#disk,
      schemes: texts,
      schemeFacts: facts,
      shownScheme: shown < 0 ? null : shown,
      sigma: this.#loaded?.sigma ?? this.#services.settings().sigma,
      selected: this.selected,
      raw: this.#raw,
      packed: this.#loaded?.packed ?? 0,
    };
  }

  /** Tells `listener` of changes until the result is disposed. */
  listen(listener: DocumentListener): vscode.Disposable {
    this.#listeners.add(listener);
    return new vscode.Disposable(() => this.#listeners.delete(listener));
  }

  /** Looks whether the file is still the one that is shown. */
  checkDisk(): void {
    this.#watch?.check();
  }

  /** Takes new settings up: another sigma makes every figure another one. */
  settingsChanged(): void {
    const loaded = this.#loaded;
    if (!loaded) return;
    if (loaded.sigma === this.#services.settings().sigma) {
      if (loaded.analysis.view().state === 'offered') this.#autoStart(loaded);
      return;
    }
    const { state } = loaded.analysis.view();
    const again = this.#show(loaded.model, loaded.summary.copiedFrom);
    if (state === 'running' || state === 'done') again.analysis.start('all');
    else this.#autoStart(again);
  }

  dispose(): void {
    this.#loading.abort();
    this.#announce.dispose();
    this.#loaded?.analysis.dispose();
    this.#watch?.dispose();
    void this.#removeCopy(this.#copy);
    this.#listeners.clear();
  }

  async #load(): Promise<void> {
    const loading = new AbortController();
    this.#loading = loading;
    const { signal } = loading;
    const began = performance.now();
    const own = await baselineOf(this.uri);
    try {
      const { model, copy, baselines } = await this.#open(own, signal);
      if (signal.aborted) return void this.#removeCopy(copy);
      void this.#removeCopy(this.#copy);
      this.#copy = copy;
      const loaded = this.#show(model, copy ? this.uri.scheme : null);
      this.#watchFiles(baselines);
      this.#autoStart(loaded);
      const took = Math.round(performance.now() - began);
      this.#services.log.info(`opened ${this.uri}: ${model.tensors.length} tensors, ${took} ms`);
    } catch (e) {
      if (signal.aborted) return;
      this.#fail(e);
      // The page offers to try again; whoever asks for the view sees when that may help.
      this.#watchFiles([own]);
    }
  }

  async #open(own: Baseline, signal: AbortSignal) {
    const { uri } = this;
    let copy: Copy | undefined;
    if (uri.scheme !== 'file') {
      const mostBytes = this.#services.settings().remoteCopyBytes;
      copy = await copyToDisk(this.#services.context, { uri, mostBytes });
    }
    try {
      throwIfCancelled(signal);
      const file = copy?.path ?? uri.fsPath;
      const asked = { path: file, raw: this.#raw };
      const model = await this.#services.pool().request('model/open', asked, { signal });
      throwIfCancelled(signal);
      await this.schemes.setModel(model);
      return { model, copy, baselines: [own, ...(copy ? [] : await shardBaselines(uri, model))] };
    } catch (e) {
      void this.#removeCopy(copy);
      throw e;
    }
  }

  /** Makes `model` the one that is shown: a new generation, without figures. */
  #show(model: Model, copiedFrom: string | null): Loaded {
    this.#loaded?.analysis.dispose();
    this.#announce.dispose();
    this.#announce = this.#announcer(model.tensors.length);
    const announce = this.#announce;
    this.#generation++;
    this.#error = null;
    this.#loaded = createLoaded(model, {
      services: this.#services,
      schemes: () => this.schemes.texts,
      copiedFrom,
      version: () => this.#version,
      onChange: announce,
      onInternalError: e => logFailure(this.#services.log, `analysing ${this.uri}`, e),
    });
    this.#loaded.analysis.select(this.selected);
    announce();
    return this.#loaded;
  }

  #fail(e: unknown): void {
    logFailure(this.#services.log, `opening ${this.uri}`, e);
    this.#loaded?.analysis.dispose();
    this.#loaded = undefined;
    this.#generation++;
    this.#error = toWire(e);
    this.#announce();
  }

  #watchFiles(baselines: readonly Baseline[]): void {
    this.#watch?.dispose();
    this.#disk = 'same';
    this.#watch = watchFiles(baselines, {
      // Figures of half an old and half a new file would be wrong.
      onTouched: () => this.#loaded?.analysis.cancel(),
      onState: state => {
        this.#disk = state;
        this.#announce();
      },
    });
  }

  #autoStart(loaded: Loaded): void {
    if (startsByItself(loaded, this.#services)) loaded.analysis.start('all');
  }

  #announcer(tensors: number) {
    return atMostEvery(announceEvery(tensors), () => {
      this.#version++;
      for (const listener of this.#listeners) listener.changed(this.#generation);
    });
  }

  async #removeCopy(copy: Copy | undefined): Promise<void> {
    try {
      await copy?.remove();
    } catch (e) {
      logFailure(this.#services.log, 'removing a copy', e);
    }
  }
}

/** How a file is now. A missing one has a size that none has. */
async function baselineOf(uri: vscode.Uri): Promise<Baseline> {
  const stat = await statOf(uri);
  return { uri, size: stat?.size ?? -1, mtime: stat?.mtime ?? null };
}

/** How the shards of a model were when they were read; nothing for a file that is its own model. */
async function shardBaselines(uri: vscode.Uri, model: Model): Promise<Baseline[]> {
  const others = model.files.filter(f => f.path !== uri.fsPath);
  return Promise.all(
    others.map(async f => {
      const shard = vscode.Uri.file(f.path);
      return { uri: shard, size: f.byteLength, mtime: (await statOf(shard))?.mtime ?? null };
    }),
  );
}
