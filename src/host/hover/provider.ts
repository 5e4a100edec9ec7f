import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { type HoverCard, hoverMarkdown } from '../../report/hover';
import { dtypeText } from '../editor/dtypeText';
import { defaultSchemes } from '../editor/schemeStore';
import { type ModelIndex, nearestFirst, type Place } from '../files/index';
import type { Services } from '../services';
import { hoverEnabled } from '../settings';
import { createHoverFigures, type HoverFiguresSource } from './figures';
import { nameCandidates } from './names';

/** A hover is on the screen within this many milliseconds, with or without figures. */
const patience = 250;
/** Longer lines are data, not code: VS Code itself does not colour them. */
const mostColumns = 20_000;

/** What the link in a card runs. */
export const openTensorCommand = 'quantscope.openTensor';

/** Registers the hover over tensor names in Python and JSON. */
export function registerHover(services: Services, index: ModelIndex): vscode.Disposable {
  const selector = ['python', 'json', 'jsonc'].map(language => ({ language }));
  let figures: HoverFiguresSource | undefined;
  return vscode.languages.registerHoverProvider(selector, {
    async provideHover(document, position, token) {
      if (!hoverEnabled(document)) return undefined;
      const { text } = document.lineAt(position);
      if (text.length > mostColumns) return undefined;
      const candidates = nameCandidates(text, position.character);
      if (candidates.length === 0) return undefined;

      figures ??= createHoverFigures(services, defaultSchemes);
      const end = deadline(token);
      try {
        await Promise.race([index.whenReady(), end.passed]);
        const models = index.models();
        for (const { name, start, end: to } of candidates) {
          const places = nearestFirst(index.places(name, models), document.uri);
          if (places.length === 0) continue;
          const wanted = Promise.all(places.slice(0, 2).map(p => figures!.want(p, end.signal)));
          await Promise.race([wanted, end.passed]);
          if (token.isCancellationRequested) return undefined;
          return card(
            places,
            figures,
            services,
            new vscode.Range(position.line, start, position.line, to),
          );
        }
        return undefined;
      } finally {
        end.clear();
      }
    },
  });
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

function card(
  places: readonly Place[],
  figures: HoverFiguresSource,
  services: Services,
  range: vscode.Range,
): vscode.Hover {
  const cards = places.map(place => cardOf(place, figures, services));
  const markdown = new vscode.MarkdownString(hoverMarkdown(cards));
  markdown.isTrusted = { enabledCommands: [openTensorCommand] };
  return new vscode.Hover(markdown, range);
}

function cardOf(place: Place, figures: HoverFiguresSource, services: Services): HoverCard {
  const { known, tensor } = place;
  const entry = known.model.tensors[tensor]!;
  const { name, shape, count, data } = entry;
  const state = figures.peek(place);
  const argument = encodeURIComponent(JSON.stringify([known.uri.toString(), name]));
  return {
    ...{ name, dtype: dtypeText(entry), shape, elements: count, byteLength: data.byteLength },
    model: vscode.workspace.asRelativePath(known.uri),
    sigma: known.document?.loaded?.sigma ?? services.settings().sigma,
    figures: typeof state === 'object' && 'tag' in state ? { failed: state.message } : state,
    // Brackets would end the link's target.
    openLink: `command:${openTensorCommand}?${argument.replace(/[()']/g, c => `%${c.charCodeAt(0).toString(16)}`)}`,
  };
}
