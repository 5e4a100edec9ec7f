import type * as vscode from 'vscode';
import { throwIfCancelled } from '../../base/errors';
import type { PairedModels } from '../../protocol/worker';
import { type Copy, copyToDisk } from '../files/copy';
import type { Services } from '../services';

/** The two models of a comparison. */
export interface ComparedUris {
  readonly a: vscode.Uri;
  readonly b: vscode.Uri;
}

/** Two models whose headers were read, and what to do when they are not needed any more. */
export interface OpenedPair {
  readonly models: PairedModels;
  readonly close: () => Promise<void>;
}

/**
 * Reads the headers of two models and pairs their weights. What is not on a disk is copied there first.
 * @throws WeightError as opening either does
 */
export async function openPair(
  services: Services,
  uris: ComparedUris,
  signal: AbortSignal,
): Promise<OpenedPair> {
  const copies: Copy[] = [];
  const close = async () => {
    await Promise.all(copies.map(copy => copy.remove()));
  };
  try {
    const a = await localPath(services, uris.a, copies);
    const b = await localPath(services, uris.b, copies);
    throwIfCancelled(signal);
    return { models: await services.pool().request('models/pair', { a, b }, { signal }), close };
  } catch (e) {
    await close();
    throw e;
  }
}

async function localPath(services: Services, uri: vscode.Uri, copies: Copy[]): Promise<string> {
  if (uri.scheme === 'file') return uri.fsPath;
  const mostBytes = services.settings().remoteCopyBytes;
  const copy = await copyToDisk(services.context, { uri, mostBytes });
  copies.push(copy);
  return copy.path;
}
