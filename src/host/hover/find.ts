import * as vscode from 'vscode';
import type { Model } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import type { KnownModel, ModelIndex, Place } from '../files/index';
import { type NameCandidate, nameCandidates } from '../names/candidates';
import { identifierAt, receiverAt } from '../names/loadedFiles';
import { ModelNames } from '../names/modelNames';
import { isAbsolute, pathAt } from '../names/paths';
import { type SourceFacts, sourceFacts } from './sources';

/** Orders the places of a name as someone who works on `file` would look for them. */
export type Ranking = (places: readonly Place[], file: vscode.Uri) => Place[];

/** What stands at a place in a text. Columns are of the line: `[start, end)`. */
export type Found = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'tensor'; readonly places: readonly Place[] }
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly known: KnownModel;
      readonly tensors: readonly TensorId[];
      /** In how many models the name stands for some. */
      readonly models: number;
    }
  | ({ readonly kind: 'file' } & FileOfModel)
);

/** A file, or the part of a sharded model that is in it. */
export interface FileOfModel {
  readonly known: KnownModel;
  /** Path of the file, when it is a part. */
  readonly part: string | undefined;
}

/** A stretch of a document's line. */
export interface LineText {
  readonly document: vscode.TextDocument;
  readonly line: number;
  readonly text: string;
  /** Column of the text's first sign. */
  readonly offset: number;
}

/** Finds what texts name in the models of the workspace. */
export interface Finder {
  /** What is at a column of the line; `models` are those looked in. */
  at(where: LineText, column: number, models: readonly KnownModel[]): Found | undefined;
}

/** Makes the finder. It reads no file: it knows what the index knows when it is asked. */
export function createFinder(index: ModelIndex, rank: Ranking): Finder {
  const tables = new WeakMap<Model, ModelNames>();
  const namesOf = ({ model }: KnownModel): ModelNames => {
    const names = tables.get(model) ?? new ModelNames(model);
    tables.set(model, names);
    return names;
  };

  /** What a meaning in each model comes to: one tensor, or several that it stands for. */
  function resolve(
    candidate: NameCandidate,
    { document }: LineText,
    meanings: readonly Meaning[],
  ): Found | undefined {
    const first = meanings.map(({ known, tensors }): Place => ({ known, tensor: tensors[0]! }));
    const [best] = rank(first, document.uri);
    const tensors = meanings.find(m => m.known === best?.known)?.tensors;
    if (!best || !tensors) return undefined;
    const { start, end, name } = candidate;
    if (tensors.length > 1)
      return { kind: 'group', start, end, name, known: best.known, tensors, models: first.length };
    const single = meanings.filter(m => m.tensors.length === 1);
    return { kind: 'tensor', start, end, places: rank(distinct(index, single), document.uri) };
  }

  function named(
    where: LineText,
    candidates: readonly NameCandidate[],
    models: readonly KnownModel[],
  ): Found | undefined {
    const facts = sourceFacts(where.document);
    const ofSelf = candidates.some(c => c.name.startsWith('self.'));
    for (const candidate of candidates) {
      const meanings = models.flatMap((known): Meaning[] => {
        const tensors = ofSelf
          ? ofModule(namesOf(known), candidate.name, { facts, line: where.line })
          : namesOf(known).meant(candidate.name);
        return tensors.length > 0 ? [{ known, tensors }] : [];
      });
      const found = resolve(candidate, where, meanings);
      if (found) return found;
    }
    return undefined;
  }

  return {
    at(where, column, models) {
      const { document, line, text, offset } = where;
      const at = column - offset;
      const moved = (found: Found | undefined) =>
        found && { ...found, start: found.start + offset, end: found.end + offset };
      const path = pathAt(text, at);
      const file = path && fileAt(path.text, document, models);
      if (path && file) return moved(fileFound(file, path));
      const candidates = nameCandidates(text, at);
      const facts = sourceFacts(document);
      const receiver = facts && receiverAt(text, at);
      const loaded = receiver === undefined ? undefined : facts?.loaded.fileOf(receiver, line);
      const from = loaded === undefined ? undefined : fileAt(loaded, document, models);
      const found =
        (from && named(where, candidates, [from.known])) ?? named(where, candidates, models);
      if (found) return moved(found);
      const variable = facts && identifierAt(text, at);
      const held = variable && facts.loaded.fileOf(variable.text, line);
      const ofVariable = held === undefined ? undefined : fileAt(held, document, models);
      return variable && ofVariable && moved(fileFound(ofVariable, variable));
    },
  };
}

/** The weights a name stands for in one model. */
interface Meaning {
  readonly known: KnownModel;
  readonly tensors: readonly TensorId[];
}

/** Names that begin with `self` mean what the class is made as; parts of them only where they are the name of one layer. */
function ofModule(
  names: ModelNames,
  name: string,
  { facts, line }: { readonly facts: SourceFacts | undefined; readonly line: number },
): readonly TensorId[] {
  if (!name.startsWith('self.')) return /\.\d+\./.test(name) ? names.meant(name) : [];
  const paths = facts?.modules?.pathsOf(name.split('.').slice(1), line) ?? [];
  return Array.from(new Set(paths.flatMap(path => names.matching(path))));
}

/** The places of single weights; the same bytes count once. */
function distinct(index: ModelIndex, meanings: readonly Meaning[]): Place[] {
  const byName = new Map<string, KnownModel[]>();
  for (const { known, tensors } of meanings) {
    const { name } = known.model.tensors[tensors[0]!]!;
    byName.set(name, [...(byName.get(name) ?? []), known]);
  }
  return Array.from(byName, ([name, models]) => index.places(name, models)).flat();
}

/** A file of one tensor stands for the tensor. */
function fileFound(file: FileOfModel, { start, end }: { start: number; end: number }): Found {
  const { known, part } = file;
  if (known.model.format === 'npy' && part === undefined)
    return { kind: 'tensor', start, end, places: [{ known, tensor: 0 }] };
  return { kind: 'file', start, end, ...file };
}

/** The known model at a path, relative to the document or to a folder of the workspace. */
function fileAt(
  path: string,
  document: vscode.TextDocument,
  models: readonly KnownModel[],
): FileOfModel | undefined {
  const folders = vscode.workspace.workspaceFolders?.map(f => f.uri) ?? [];
  const uris = isAbsolute(path)
    ? [vscode.Uri.file(path)]
    : [vscode.Uri.joinPath(document.uri, '..'), ...folders].map(base =>
        vscode.Uri.joinPath(base, path.replaceAll('\\', '/')),
      );
  for (const uri of uris) {
    const known = models.find(m => m.uri.toString() === uri.toString());
    if (known) return { known, part: undefined };
    const whole = models.find(m => m.model.files.some(f => f.path === uri.fsPath));
    if (whole) return { known: whole, part: uri.fsPath };
  }
  return undefined;
}
