import * as vscode from 'vscode';
import { formatShape } from '../../base/format';
import type { TensorEntry } from '../../formats/tensorFile';
import type { TensorId } from '../../protocol/editor';
import {
  type HoverCard,
  type HoverLinks,
  hoverMarkdown,
  type StoredScheme,
} from '../../report/hover';
import {
  fileMarkdown,
  groupMarkdown,
  type HoverGroup,
  type ListedTensor,
} from '../../report/hoverGroup';
import { dtypeText } from '../editor/dtypeText';
import type { KnownModel, Place } from '../files/index';
import type { Services } from '../services';
import type { Extras, HoverExtrasSource } from './extras';
import type { HoverFiguresSource } from './figures';
import type { FileOfModel, Found } from './find';
import { hoverTexts } from './texts';

/** What the link in a card runs. */
export const openTensorCommand = 'quantscope.openTensor';
/** The same, with the focus left in the code. */
export const openTensorBesideCommand = 'quantscope.openTensorBeside';
const openCommand = 'quantscope.open';
const openBesideCommand = 'quantscope.openBeside';
const quantizeCommand = 'quantscope.quantizeTensor';
const compareCommand = 'quantscope.compareWith';

/** Every command that a card has a link to. */
export const linkedCommands = [
  openTensorCommand,
  openTensorBesideCommand,
  openCommand,
  openBesideCommand,
  quantizeCommand,
  compareCommand,
];

/** Tensors that a card lists. */
const mostListed = 5;

/** What cards are made of. */
export interface CardSources {
  readonly figures: HoverFiguresSource;
  readonly extras: HoverExtrasSource;
  readonly services: Services;
}

/** The target of a link that runs a command. */
export function commandLink(command: string, ...args: readonly unknown[]): string {
  const argument = encodeURIComponent(JSON.stringify(args));
  // Brackets would end the link's target.
  return `command:${command}?${argument.replace(/[()']/g, c => `%${c.charCodeAt(0).toString(16)}`)}`;
}

/** What is known now of what was found, as Markdown. */
export function cardMarkdown(found: Found, sources: CardSources): string {
  const texts = hoverTexts();
  if (found.kind === 'tensor')
    return hoverMarkdown(
      found.places.map(place => cardOf(place, sources)),
      texts,
    );
  if (found.kind === 'file') return fileMarkdown(fileOf(found), texts);
  const group = groupOf(found.known, found.name, found.tensors);
  const models = found.models > 1 ? `${texts.inModels(String(found.models))}\n\n` : '';
  return models + groupMarkdown(group, texts);
}

function cardOf(place: Place, { figures, extras, services }: CardSources): HoverCard {
  const { known, tensor } = place;
  const entry = known.model.tensors[tensor]!;
  const { name, shape, count, data } = entry;
  const state = figures.peek(place);
  const extra = extras.peek(place);
  const uri = known.uri.toString();
  return {
    ...{ name, dtype: dtypeText(entry), shape, elements: count, byteLength: data.byteLength },
    model: vscode.workspace.asRelativePath(known.uri),
    sigma: known.document?.loaded?.sigma ?? services.settings().sigma,
    figures: typeof state === 'object' && 'tag' in state ? { failed: state.message } : state,
    histogram: extra?.histogram ?? undefined,
    stored: storedOf(entry, extra),
    links: {
      open: commandLink(openTensorCommand, uri, name),
      openBeside: commandLink(openTensorBesideCommand, uri, name),
      quantize: commandLink(quantizeCommand, { uri, tensor: name }),
      compare: commandLink(compareCommand, uri),
    },
  };
}

function storedOf({ packed }: TensorEntry, extra: Extras | undefined): StoredScheme | undefined {
  if (!packed) return undefined;
  const { scheme, bitsPerWeight } = packed;
  const { scale, zeroPoint } = extra?.stored ?? {};
  return { scheme, bitsPerWeight, scale, zeroPoint: zeroPoint ?? undefined };
}

function groupOf(known: KnownModel, title: string, tensors: readonly TensorId[]): HoverGroup {
  return {
    title,
    model: vscode.workspace.asRelativePath(known.uri),
    count: tensors.length,
    tensors: tensors.slice(0, mostListed).map(id => listed(known, id)),
    links: modelLinks(known),
  };
}

function listed({ uri, model }: KnownModel, tensor: TensorId): ListedTensor {
  const entry = model.tensors[tensor]!;
  const { name, shape } = entry;
  const openLink = commandLink(openTensorCommand, uri.toString(), name);
  return { name, dtype: dtypeText(entry), shape, openLink };
}

function modelLinks({ uri }: KnownModel): HoverLinks {
  const target = uri.toString();
  return {
    open: commandLink(openCommand, target),
    openBeside: commandLink(openBesideCommand, target),
    compare: commandLink(compareCommand, target),
  };
}

function fileOf({ known, part }: FileOfModel) {
  const { tensors, files, format } = known.model;
  const own = Array.from(tensors.keys()).filter(
    id => part === undefined || tensors[id]!.data.path === part,
  );
  const title = vscode.workspace.asRelativePath(part ? vscode.Uri.file(part) : known.uri);
  const parts = files.filter(f => part === undefined || f.path === part);
  return {
    ...groupOf(known, title, own),
    format: part === undefined ? format : 'safetensors',
    byteLength: parts.reduce((sum, f) => sum + f.byteLength, 0),
    isPart: part !== undefined,
  };
}

/** What the pointer on a link to a tensor says. */
export function tooltipOf({ known, tensor }: Place): string {
  const entry = known.model.tensors[tensor]!;
  return vscode.l10n.t(
    'Open {0} in Quantscope',
    `${entry.name} ${dtypeText(entry)} ${formatShape(entry.shape)}`,
  );
}
