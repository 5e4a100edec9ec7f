import path from 'node:path';

/** As much of the `vscode` module as code that only makes values needs. */
export const fakeVscode = {
  l10n: {
    t: (text: string, ...args: readonly unknown[]) =>
      text.replace(/\{(\d+)\}/g, (_, i) => String(args[Number(i)])),
  },
  workspace: { asRelativePath: (uri: { path: string }) => path.posix.relative('/w', uri.path) },
  DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  Range: class {},
  Diagnostic: class {
    readonly message: string;
    readonly severity: number;
    constructor(_: unknown, message: string, severity: number) {
      this.message = message;
      this.severity = severity;
    }
  },
  CodeLens: class {},
};
