import * as vscode from 'vscode';
import type { KnownModel, ModelIndex } from '../files/index';
import { chainsOf, literalsOf } from '../names/candidates';
import { tensorPaths } from '../names/paths';
import { linksEnabled, nameLanguages } from '../settings';
import { commandLink, openTensorCommand, tooltipOf } from './cards';
import type { Finder, Found, LineText } from './find';

/** Lines that are looked at, from the first on; longer ones are data. */
const mostLines = 5000;
const mostColumns = 2000;
const mostLinks = 1000;
/** Lines that are looked at in one go; the editor's other requests come between. */
const linesAtOnce = 250;

/** A link whose target is made when it is needed. */
class NameLink extends vscode.DocumentLink {
  readonly found: Found;

  constructor(range: vscode.Range, found: Found) {
    super(range);
    this.found = found;
  }
}

/** Registers links on names of tensors and on paths of their files. */
export function registerLinks(index: ModelIndex, finder: Finder): vscode.Disposable {
  const selector = nameLanguages.map(language => ({ language }));
  return vscode.languages.registerDocumentLinkProvider(selector, {
    async provideDocumentLinks(document, token) {
      if (!linksEnabled(document)) return [];
      await index.whenReady();
      const models = index.models();
      if (models.length === 0) return [];
      const links: NameLink[] = [];
      const lines = Math.min(document.lineCount, mostLines);
      for (let line = 0; line < lines && links.length < mostLinks; line++) {
        if (line % linesAtOnce === 0) await new Promise(resolve => setImmediate(resolve));
        if (token.isCancellationRequested) return [];
        links.push(...linksOfLine(document, line, { finder, models }));
      }
      return links.slice(0, mostLinks);
    },
    resolveDocumentLink(link) {
      if (!(link instanceof NameLink)) return link;
      const { target, tooltip } = targetOf(link.found);
      link.target = vscode.Uri.parse(target, true);
      link.tooltip = tooltip;
      return link;
    },
  });
}

interface Lookup {
  readonly finder: Finder;
  readonly models: readonly KnownModel[];
}

function linksOfLine(
  document: vscode.TextDocument,
  line: number,
  { finder, models }: Lookup,
): NameLink[] {
  const text = document.getText(new vscode.Range(line, 0, line, mostColumns + 1));
  if (text.length > mostColumns) return [];
  const where: LineText = { document, line, text, offset: 0 };
  const spans = [...literalsOf(text), ...chainsOf(text), ...tensorPaths(text)];
  const starts = spans.flatMap(({ start, end }) => [start, end - 1]).sort((a, b) => a - b);
  const links: NameLink[] = [];
  for (const at of starts) {
    const last = links.at(-1)?.range.end.character ?? 0;
    const found = at < last ? undefined : finder.at(where, at, models);
    // A name of several tensors leads nowhere in particular, nor does a variable.
    if (!found || found.kind === 'group' || found.start < last) continue;
    if (found.kind === 'file' && !spans.some(s => s.start === found.start)) continue;
    links.push(new NameLink(new vscode.Range(line, found.start, line, found.end), found));
  }
  return links;
}

function targetOf(found: Found): { readonly target: string; readonly tooltip: string } {
  const [place] = found.kind === 'tensor' ? found.places : [];
  if (place) {
    const { name } = place.known.model.tensors[place.tensor]!;
    const target = commandLink(openTensorCommand, place.known.uri.toString(), name);
    return { target, tooltip: tooltipOf(place) };
  }
  const { known } = found as Exclude<Found, { kind: 'tensor' }>;
  return {
    target: commandLink('quantscope.open', known.uri.toString()),
    tooltip: vscode.l10n.t('Open {0} in Quantscope', vscode.workspace.asRelativePath(known.uri)),
  };
}
