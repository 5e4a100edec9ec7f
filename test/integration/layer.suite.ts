import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type * as vscode from 'vscode';
import type { TestApi } from '../../src/host/extension';
import type { LayerRef } from '../../src/protocol/layer';
import { activeExtension, closeAll, openWith, workspaceFile } from './vscodeHelpers';

const qProj = 'model.layers.0.self_attn.q_proj.weight';

let api: TestApi;
let extension: vscode.Extension<unknown>;

/** What the command line says of the same tensor under the same scheme. */
async function commandLine(scheme: string): Promise<{ sqnrDb: number; mse: number }> {
  const cli = path.join(extension.extensionPath, 'dist', 'cli.js');
  const file = workspaceFile('model.safetensors').fsPath;
  const args = [cli, 'quantize', file, '--tensor', qProj, '--scheme', scheme, '--json'];
  // The extension host's own program runs scripts too.
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout).tensors[0];
}

async function refOf(scheme: string): Promise<LayerRef> {
  const uri = workspaceFile('model.safetensors');
  const { generation } = await api.request(uri, 'document/get', null);
  const view = { filter: qProj, sort: 'model', descending: false, grouped: false } as const;
  const asked = { view: { ...view, collapsed: [] }, from: 0, count: 10 };
  const { rows } = await api.request(uri, 'rows/page', asked);
  const row = rows.find(r => r.kind === 'tensor');
  assert.ok(row, `${qProj} is listed`);
  return { tensor: { generation, tensor: row.tensor }, scheme };
}

describe('one layer, asked of the host', () => {
  const uri = () => workspaceFile('model.safetensors');

  before(async () => {
    extension = await activeExtension();
    api = extension.exports as TestApi;
    await openWith(uri(), 'quantscope.model');
  });
  after(closeAll);

  for (const scheme of ['int8', 'int4 group=32', 'uint4 asym tensor calib=mse', 'mxfp4'])
    it(`has the error that the command line tells under ${scheme}`, async () => {
      const view = await api.request(uri(), 'layer/get', await refOf(scheme));
      const { sqnrDb, mse } = await commandLine(scheme);
      assert.ok(view.report, 'there is a report');
      // Kernels add 64 values up in float32, to within 2^-18.
      assert.ok(Math.abs(view.report.sqnrDb! - sqnrDb) < 1e-4, `${view.report.sqnrDb} ${sqnrDb}`);
      assert.ok(Math.abs(view.report.mse! / mse - 1) < 2 ** -17);
      const { count } = view.profile!;
      const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
      assert.equal(sum(view.histogram!.original), count);
      assert.equal(sum(view.histogram!.dequantized), count);
    });

  it('has figures of rows, maps, curves and changes', async () => {
    const ref = await refOf('int4');
    const { matrix } = await api.request(uri(), 'layer/get', ref);
    const rows = { ...ref, from: 0, to: matrix.rows, marks: 16 };
    const series = await api.request(uri(), 'layer/channels', rows);
    assert.equal(series?.scale?.median.length, 16);
    const map = await api.request(uri(), 'layer/map', {
      ...{ ...ref, of: 'error', window: null, cells: 8 },
    });
    assert.ok(map.mean.every(x => x > 0));
    const curve = await api.request(uri(), 'layer/curve', { ...ref, by: 'mse', segment: 3 });
    assert.equal(curve?.losses[curve.chosen], Math.min(...curve!.losses));
    const fixes = await api.request(uri(), 'layer/fixes', ref);
    assert.ok(fixes.some(fix => fix.cause === 'granularity' && fix.gainDb! > 0));
  });
});
