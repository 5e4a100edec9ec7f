import type * as vscode from 'vscode';
import { type LoadedFiles, loadedFiles } from '../names/loadedFiles';
import { type PythonModules, pythonModules } from '../names/pythonModules';

/** Longer texts are data: nothing but names is looked for in them. */
const mostCharacters = 1_000_000;
const mostLines = 20_000;

/** What a source file says of the names in it, read once for each version of it. */
export interface SourceFacts {
  readonly loaded: LoadedFiles;
  /** Of Python only. */
  readonly modules: PythonModules | undefined;
}

interface Known {
  readonly version: number;
  readonly facts: SourceFacts | undefined;
}

const kept = new WeakMap<vscode.TextDocument, Known>();
const languages = new Set(['python', 'rust', 'c', 'cpp']);

/** The facts of a document as it is now; undefined for what is no code, or too long. */
export function sourceFacts(document: vscode.TextDocument): SourceFacts | undefined {
  const { version } = document;
  const known = kept.get(document);
  if (known?.version === version) return known.facts;
  const facts = read(document);
  kept.set(document, { version, facts });
  return facts;
}

function read(document: vscode.TextDocument): SourceFacts | undefined {
  if (!languages.has(document.languageId) || document.lineCount > mostLines) return undefined;
  const text = document.getText();
  if (text.length > mostCharacters) return undefined;
  return {
    loaded: loadedFiles(text),
    modules: document.languageId === 'python' ? pythonModules(text) : undefined,
  };
}
