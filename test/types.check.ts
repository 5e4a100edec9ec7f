// Never run: `tsc` checks that what must not compile does not.
import type { EditorRequests } from '../src/protocol/editor';
import { createClient, type Port, serve } from '../src/protocol/rpc';
import type { WorkerRequests } from '../src/protocol/worker';

declare const port: Port;

const editor = createClient<EditorRequests>(port);
export const found: Promise<{ readonly row: number | null }> = editor.request('rows/find', {
  view: { filter: '', sort: 'model', descending: false, grouped: true, collapsed: [] },
  tensor: 0,
});
// @ts-expect-error unknown request
void editor.request('nope', null);
// @ts-expect-error wrong parameter
void editor.request('tensor/get', { tensor: 'a' });
// @ts-expect-error a request of the other boundary
void editor.request('model/open', { path: 'a' });
// @ts-expect-error all other handlers are missing
serve<EditorRequests>(port, { 'document/get': () => Promise.reject(new Error()) });

const worker = createClient<WorkerRequests>(port);
// @ts-expect-error a parameter is missing
void worker.request('model/open', {});
export const opened: Promise<{ readonly metadata: Readonly<Record<string, string>> }> =
  worker.request('model/open', { path: 'a' });
