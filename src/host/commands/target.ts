import * as v from 'valibot';
import * as vscode from 'vscode';
import { WeightError } from '../../base/errors';
import { maxSchemes } from '../../protocol/schemes';
import type { ModelDocument } from '../editor/document';
import { schemeText } from '../editor/requests/common';
import { onlyOrPickedModel, showModel } from './open';
import type { CommandHost } from './register';

const schemes = v.pipe(v.array(schemeText), v.minLength(1), v.maxLength(maxSchemes));
/** What a key binding may say beforehand; what it leaves out is asked for. */
const wishSchema = v.partial(
  v.strictObject({ uri: v.string(), tensor: v.string(), scheme: schemeText, schemes }),
);
export type Wish = v.InferOutput<typeof wishSchema>;

/** Menus give the resource, key bindings a wish. */
export function readWish(argument: unknown): Wish {
  if (argument instanceof vscode.Uri) return { uri: argument.toString() };
  if (argument === undefined || argument === null) return {};
  const read = v.safeParse(wishSchema, argument);
  if (read.success) return read.output;
  const [issue] = read.issues;
  throw new WeightError('unsupported', vscode.l10n.t('Bad command argument: {0}', issue.message));
}

/** The document that is asked for, else the active one, else the only one or the one the user picks; shown. */
export async function targetDocument(
  host: CommandHost,
  { uri }: Wish,
): Promise<ModelDocument | undefined> {
  const active = uri === undefined ? host.documents.active() : undefined;
  if (active) {
    await active.whenReady();
    return active;
  }
  const target = uri === undefined ? await onlyOrPickedModel(host) : vscode.Uri.parse(uri, true);
  return target && showModel(host.documents, target);
}
