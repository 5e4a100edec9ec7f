import * as vscode from 'vscode';
import { escapeControls } from '../../base/format';
import type { Finding } from '../../formats/tensorFile';
import { findingsOf } from '../../report/findings';
import type { Documents } from '../editor/documents';
import type { Loaded } from '../editor/loaded';
import { atMostEvery, type Throttled } from '../editor/throttle';

/** Most problems of a file: more would hide those of others. */
export const mostProblems = 100;
/** Figures arrive all the time while a model is analysed; the list is made anew at most this often, in milliseconds. */
const renewMs = 1000;

const severities = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
} as const satisfies Record<Finding['severity'], vscode.DiagnosticSeverity>;
/** The worst first: they are the ones to keep. */
const order: readonly Finding['severity'][] = ['error', 'warning', 'info'];

/** Puts what is found in opened models into the Problems panel, on the model's file, for as long as it is open. */
export function registerProblems(documents: Documents): vscode.Disposable {
  const problems = vscode.languages.createDiagnosticCollection('quantscope');
  const pending = new Map<string, Throttled>();
  const show = (uri: vscode.Uri) => {
    const loaded = documents.get(uri)?.loaded;
    problems.set(uri, loaded ? diagnosticsOf(modelFindings(loaded)) : []);
  };
  const clear = (uri: vscode.Uri) => {
    pending.get(uri.toString())?.dispose();
    pending.delete(uri.toString());
    problems.delete(uri);
  };
  return vscode.Disposable.from(
    problems,
    documents.onDidClose(clear),
    documents.onDidChange(uri => {
      const key = uri.toString();
      const renew = pending.get(key) ?? atMostEvery(renewMs, () => show(uri));
      pending.set(key, renew);
      renew();
    }),
    new vscode.Disposable(() => {
      for (const renew of pending.values()) renew.dispose();
    }),
  );
}

/** What is wrong with a model as far as is known: its file, then its tensors. */
export function modelFindings({ model, analysis }: Pick<Loaded, 'model' | 'analysis'>): Finding[] {
  const ofTensors = model.tensors.flatMap(({ name }, tensor): Finding[] => {
    const result = analysis.result(tensor);
    return result ? findingsOf(result).map(finding => ({ ...finding, tensor: name })) : [];
  });
  return [...model.findings, ...ofTensors];
}

/** The worst findings, each once, at most 100; the last says how many more there are. */
export function diagnosticsOf(findings: readonly Finding[]): vscode.Diagnostic[] {
  const unique = new Map(findings.map(f => [JSON.stringify([f.tensor, f.message]), f]));
  const sorted = order.flatMap(severity =>
    Array.from(unique.values()).filter(f => f.severity === severity),
  );
  if (sorted.length <= mostProblems) return sorted.map(diagnosticOf);
  const shown = sorted.slice(0, mostProblems - 1).map(diagnosticOf);
  const left = sorted.length - shown.length;
  const message = vscode.l10n.t('{0} more findings: the table of the model shows all', left);
  return [...shown, diagnosticOf({ severity: 'info', message })];
}

function diagnosticOf({ severity, message, tensor }: Finding): vscode.Diagnostic {
  const text = tensor === undefined ? message : `${escapeControls(tensor)}: ${message}`;
  // A model's file has no lines: all is said of its beginning.
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(0, 0, 0, 0),
    text,
    severities[severity],
  );
  diagnostic.source = 'Quantscope';
  return diagnostic;
}
