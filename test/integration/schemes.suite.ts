import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import type { EditorRequests } from '../../src/protocol/editor';
import type { Params } from '../../src/protocol/rpc';
import { api, connect, done, model, qProj, rowsOf, viewType, viewWhen } from './editorHelpers';
import { activeExtension, closeAll, openWith } from './vscodeHelpers';

const request = <K extends keyof EditorRequests>(method: K, params: Params<EditorRequests, K>) =>
  api.request(model(), method, params);

/** The SQNR in dB of each tensor of the model, as the command line tells it. */
async function sqnrByCommandLine(scheme: string): Promise<Map<string, number | null>> {
  const cli = path.join((await activeExtension()).extensionPath, 'dist', 'cli.js');
  const args = [cli, 'quantize', model().fsPath, '--scheme', scheme, '--json'];
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  const { tensors } = JSON.parse(stdout) as {
    readonly tensors: readonly { readonly name: string; readonly sqnrDb: number | null }[];
  };
  return new Map(tensors.map(({ name, sqnrDb }) => [name, sqnrDb]));
}

describe('schemes that are chosen', () => {
  before(connect);
  afterEach(closeAll);

  const chosen = ['int4 group=32', 'q4_0', 'bitsandbytes nf4'];
  const reset = () => request('schemes/set', { schemes: ['int8', 'int8 asym tensor'] });

  it('show the figures that the command line tells, without losing those that are there', async () => {
    await openWith(model(), viewType);
    await done(model());
    const before = await rowsOf(model());
    await request('schemes/set', { schemes: ['INT4-g32', ...chosen] });
    const view = await viewWhen(
      model(),
      'all is done again',
      v => v.schemes.length === 3 && v.analysis.state === 'done',
    );
    assert.deepEqual(view.schemes, chosen);
    assert.ok(view.schemeFacts.every(facts => (facts?.bitsPerWeight ?? 0) > 4));
    for (const [k, scheme] of chosen.entries()) {
      const told = await sqnrByCommandLine(scheme);
      for (const { name, sqnrDb } of await rowsOf(model()))
        assert.equal(sqnrDb[k], told.get(name) ?? null, `${name} ${scheme}`);
    }
    await reset();
    // Figures that were shown before are there at once.
    assert.deepEqual(await rowsOf(model()), before);
  });

  it('are shown again when the file is opened again', async () => {
    await openWith(model(), viewType);
    await done(model());
    await request('schemes/set', { schemes: chosen });
    await closeAll();
    await openWith(model(), viewType);
    assert.deepEqual((await done(model())).schemes, chosen);
    await reset();
  });

  it('are told what is wrong with them, and change nothing', async () => {
    await openWith(model(), viewType);
    await done(model());
    await assert.rejects(request('schemes/set', { schemes: ['int8', 'int9'] }), /unknown grid/);
    await assert.rejects(request('schemes/set', { schemes: [] }));
    const described = await request('schemes/describe', { text: 'int8 assym' });
    assert.ok(!described.isGood && described.message.includes('did you mean "asym"?'));
    const presets = await request('schemes/presets', null);
    assert.ok(presets.some(p => p.name === 'int4-g128'));
    assert.deepEqual((await done(model())).schemes, ['int8', 'int8 asym tensor']);
  });

  it('adds a scheme that a command names, in the place of the last of four', async () => {
    await openWith(model(), viewType);
    await done(model());
    const { uri, ...wish } = { uri: model().toString(), tensor: qProj };
    for (const scheme of ['nf4', 'int4-g64', 'MXFP4'])
      await vscode.commands.executeCommand('quantscope.quantizeTensor', { ...wish, uri, scheme });
    const { schemes, shownScheme } = await viewWhen(
      model(),
      'the scheme is shown',
      view => view.shownScheme === 3 && view.schemes[3] === 'mxfp4',
    );
    assert.deepEqual(schemes, ['int8', 'int8 asym tensor', 'bitsandbytes nf4', 'mxfp4']);
    assert.equal(shownScheme, 3);
    await reset();
  });
});
