import * as v from 'valibot';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { formatBytes, formatShape } from '../../base/format';
import { dtypeText } from '../editor/dtypeText';
import { type KnownModel, nearestFirst, type Place } from '../files/index';
import { createNameSearch } from '../files/nameSearch';
import { columnShowing, selectNamed, showModel } from './open';
import { plainLabel } from './quantize';
import type { CommandHost } from './register';

/** What a key binding or the tree may say beforehand. */
const wishSchema = v.strictObject({ tensor: v.string(), uri: v.optional(v.string()) });

/** Most tensors in the list at a time; typing narrows it. */
const mostListed = 300;

interface PlaceItem extends vscode.QuickPickItem {
  readonly place: Place;
}

/**
 * Shows a tensor of any model of the workspace: the one given, or the one the user picks.
 * @throws WeightError 'unsupported' when no model has the tensor
 */
export async function goToTensor(host: CommandHost, argument: unknown): Promise<void> {
  const wish = v.safeParse(wishSchema, argument);
  const target = wish.success ? await wanted(host, wish.output) : await picked(host);
  if (!target) return;
  const { documents } = host;
  const viewColumn = columnShowing(target.uri) ?? vscode.ViewColumn.Active;
  selectNamed(await showModel(documents, target.uri, { viewColumn }), target.name);
}

interface Target {
  readonly uri: vscode.Uri;
  readonly name: string;
}

async function wanted(
  { index }: CommandHost,
  { tensor: name, uri }: v.InferOutput<typeof wishSchema>,
): Promise<Target> {
  if (uri !== undefined) return { uri: vscode.Uri.parse(uri, true), name };
  await index.whenReady();
  const places = index.places(name);
  const here = vscode.window.activeTextEditor?.document.uri;
  const [place] = here ? nearestFirst(places, here) : places;
  if (!place)
    throw new WeightError('unsupported', vscode.l10n.t('No model has a tensor named {0}.', name));
  return { uri: place.known.uri, name };
}

/** Lets the user pick; what is known already is listed while the rest is still looked for. */
async function picked({ index }: CommandHost): Promise<Target | undefined> {
  const pick = vscode.window.createQuickPick<PlaceItem>();
  pick.placeholder = vscode.l10n.t('Go to a tensor: type parts of its name');
  let search = createTensorSearch(index.models());
  const list = () => {
    pick.items = search(pick.value).map(itemOf);
  };
  pick.busy = true;
  let isOpen = true;
  void index.whenReady().then(() => {
    if (!isOpen) return;
    pick.busy = false;
    search = createTensorSearch(index.models());
    list();
  });
  const place = await new Promise<Place | undefined>(resolve => {
    pick.onDidChangeValue(list);
    pick.onDidAccept(() => {
      resolve(pick.selectedItems[0]?.place);
      pick.hide();
    });
    pick.onDidHide(() => {
      isOpen = false;
      resolve(undefined);
      pick.dispose();
    });
    list();
    pick.show();
  });
  return place && { uri: place.known.uri, name: nameAt(place) };
}

/** Finds tensors of models by parts of their names; at most 300 at a time, best first. */
export function createTensorSearch(models: readonly KnownModel[]): (text: string) => Place[] {
  const places = models.flatMap(known =>
    known.model.tensors.map((_, tensor): Place => ({ known, tensor })),
  );
  const search = createNameSearch(places.map(nameAt));
  return text => search.find(text, mostListed).map(at => places[at]!);
}

function itemOf(place: Place): PlaceItem {
  const { known, tensor } = place;
  const entry = known.model.tensors[tensor]!;
  const facts = [dtypeText(entry), formatShape(entry.shape), formatBytes(entry.data.byteLength)];
  return {
    label: plainLabel(entry.name),
    description: `${facts.join(' ')} · ${plainLabel(vscode.workspace.asRelativePath(known.uri))}`,
    alwaysShow: true,
    place,
  };
}

function nameAt({ known, tensor }: Place): string {
  return known.model.tensors[tensor]!.name;
}
