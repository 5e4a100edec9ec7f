import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { storedSchemes } from '../editor/schemeStore';
import { type ModelIndex, nearestFirst, type Place } from '../files/index';
import { logFailure } from '../log';
import { reach } from '../names/candidates';
import type { Services } from '../services';
import { hoverEnabled, nameLanguages } from '../settings';
import { type CardSources, cardMarkdown, linkedCommands } from './cards';
import { createHoverExtras } from './extras';
import { createHoverFigures } from './figures';
import { createFinder, type Found, type LineText, type Ranking } from './find';
import { registerLinks } from './links';

/** A hover is on the screen within this many milliseconds, with or without figures. */
const patience = 90;
/** Models whose figures are computed for a hover. */
const mostComputed = 2;

/** Registers hovers over, and links on, what names tensors and their files. */
export function registerHover(
  services: Services,
  index: ModelIndex,
  rank: Ranking = nearestFirst,
): vscode.Disposable {
  const finder = createFinder(index, rank);
  let sources: CardSources | undefined;
  const selector = nameLanguages.map(language => ({ language }));
  const hovers = vscode.languages.registerHoverProvider(selector, {
    async provideHover(document, position, token) {
      if (!hoverEnabled(document)) return undefined;
      sources ??= createSources(services);
      const end = deadline(token);
      try {
        await Promise.race([index.whenReady(), end.passed]);
        const found = finder.at(lineAround(document, position), position.character, index.models());
        if (!found) return undefined;
        await Promise.race([wanted(found, sources, end.signal), end.passed]);
        return token.isCancellationRequested ? undefined : hoverOf(found, position.line, sources);
      } finally {
        end.clear();
      }
    },
  });
  return vscode.Disposable.from(hovers, registerLinks(index, finder));
}

function createSources(services: Services): CardSources {
  const schemesOf = ({ known }: Place) =>
    known.document?.schemes.texts ?? storedSchemes(services.context.workspaceState, known.uri);
  return {
    services,
    figures: createHoverFigures(services, schemesOf),
    extras: createHoverExtras(services, e => logFailure(services.log, 'picture for a hover', e)),
  };
}

/** Starts what is missing of a card. */
async function wanted(found: Found, sources: CardSources, signal: AbortSignal): Promise<void> {
  if (found.kind !== 'tensor') return;
  const first = found.places.slice(0, mostComputed);
  await Promise.all(
    first.map(async place => {
      await sources.figures.want(place, signal);
      await sources.extras.want(place);
    }),
  );
}

/** The line as far as names reach: it may be a megabyte long. */
function lineAround(document: vscode.TextDocument, position: vscode.Position): LineText {
  const { line, character } = position;
  const offset = Math.max(0, character - reach);
  const text = document.getText(new vscode.Range(line, offset, line, character + reach));
  return { document, line, text, offset };
}

/** Passes with the time, or when the hover is no longer wanted. */
function deadline(token: vscode.CancellationToken) {
  const stop = new AbortController();
  const subscription = token.onCancellationRequested(() => stop.abort());
  const passed = delay(patience, undefined, { signal: stop.signal }).catch(() => {
    // Aborted: passed before its time.
  });
  return {
    passed,
    signal: stop.signal,
    clear() {
      stop.abort();
      subscription.dispose();
    },
  };
}

function hoverOf(found: Found, line: number, sources: CardSources): vscode.Hover {
  const markdown = new vscode.MarkdownString(cardMarkdown(found, sources));
  markdown.isTrusted = { enabledCommands: linkedCommands };
  return new vscode.Hover(markdown, new vscode.Range(line, found.start, line, found.end));
}
