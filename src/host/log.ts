import * as vscode from 'vscode';
import { WeightError } from '../base/errors';

/** Makes the log that "Quantscope: Show Log" shows. */
export function createLog(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('Quantscope', { log: true });
}

/** Logs a failure: what is wrong with a file as a warning, a fault of ours with its stack. */
export function logFailure(log: vscode.LogOutputChannel, what: string, e: unknown): void {
  if (WeightError.is(e, 'cancelled')) return;
  if (WeightError.is(e)) log.warn(`${what}: ${e.message}`);
  else log.error(`${what}: ${e instanceof Error ? (e.stack ?? e.message) : String(e)}`);
}
