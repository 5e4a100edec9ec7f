import * as l10n from '@vscode/l10n';

/**
 * Takes the texts of the user's language, by their English ones. To be called before any text is made: texts are made by `l10n.t`
 * of @vscode/l10n, `l10n.t('{0} of {1}', done, all)`, with the English text written out in the call, where the tool that collects
 * texts finds it; and never while a module is loaded, for the texts come later.
 */
export function useStrings(strings: Readonly<Record<string, string>> | null): void {
  if (strings) l10n.config({ contents: { ...strings } });
}
