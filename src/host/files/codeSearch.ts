import * as vscode from 'vscode';
import { formsOf, type NameForm, type Occurrence, occurrencesIn } from './codeNames';
import { findListed } from './listing';

/** Where code names a tensor. */
export interface CodePlace extends Occurrence {
  readonly uri: vscode.Uri;
}

/** Files that people write names of tensors in. */
const pattern =
  '**/*.{py,pyi,ipynb,json,jsonc,yaml,yml,toml,md,txt,rs,c,cc,cpp,cu,h,hpp,js,ts,ini,cfg,sh}';
const mostFiles = 3000;
/** A longer file is data, in bytes. */
const mostFileBytes = 4e6;
/** All that is read for one search, in bytes. */
const mostBytes = 200e6;
const mostPlaces = 200;
/** Files read at a time. */
const readers = 8;

/**
 * Where the text files of the workspace name a tensor, the surest form of the name first. Text that is edited counts as it is in
 * the editor. At most 200 places, of at most 3,000 files and 200 MB together.
 */
export async function findInCode(
  name: string,
  token?: vscode.CancellationToken,
): Promise<CodePlace[]> {
  const waiting = await findListed(pattern, mostFiles, token);
  const forms = formsOf(name);
  const edited = new Map(vscode.workspace.textDocuments.map(d => [d.uri.toString(), d]));
  const found: CodePlace[] = [];
  let bytesLeft = mostBytes;
  const reader = async () => {
    for (let uri = waiting.shift(); uri; uri = waiting.shift()) {
      if (bytesLeft <= 0 || token?.isCancellationRequested) return;
      const text = edited.get(uri.toString())?.getText() ?? (await readText(uri));
      bytesLeft -= text.length;
      found.push(...placesIn(uri, text, forms));
    }
  };
  await Promise.all(Array.from({ length: readers }, reader));
  return found.sort(compare).slice(0, mostPlaces);
}

function placesIn(uri: vscode.Uri, text: string, forms: readonly NameForm[]): CodePlace[] {
  return occurrencesIn(text, forms).map(occurrence => ({ ...occurrence, uri }));
}

/** Nothing of a file that is too long, or cannot be read: a search does not end for one of many. */
async function readText(uri: vscode.Uri): Promise<string> {
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > mostFileBytes) return '';
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch {
    return '';
  }
}

function compare(a: CodePlace, b: CodePlace): number {
  if (a.form.rank !== b.form.rank) return a.form.rank - b.form.rank;
  if (a.uri.path !== b.uri.path) return a.uri.path < b.uri.path ? -1 : 1;
  return a.line - b.line;
}
