import assert from 'node:assert/strict';
import { copyFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import {
  api,
  connect,
  done,
  everything,
  idOf,
  model,
  qProj,
  rowsOf,
  viewType,
  viewWhen,
} from './editorHelpers';
import { closeAll, hoverTexts, openWith, workspaceFile } from './vscodeHelpers';

const settings = () => vscode.workspace.getConfiguration('quantscope');
const set = (key: string, value: unknown) =>
  settings().update(key, value, vscode.ConfigurationTarget.Global);

/** A throw-away copy of the sample model. */
async function copyOfModel(name: string): Promise<vscode.Uri> {
  const uri = workspaceFile(name);
  await copyFile(model().fsPath, uri.fsPath);
  return uri;
}

describe('the editor in an extension host', () => {
  before(connect);
  afterEach(async () => {
    await closeAll();
    for (const key of ['analysis.autoStartLimit', 'analysis.sigma', 'remoteCopyLimit', 'workers'])
      await set(key, undefined);
  });

  it('lists the tensors and analyses them by itself', async () => {
    await openWith(model(), viewType);
    const { summary, error, disk, schemes, sigma } = await done(model());
    assert.equal(error, null);
    assert.equal(disk, 'same');
    assert.equal(sigma, 6);
    assert.deepEqual(schemes, ['int8', 'int8 asym tensor']);
    assert.equal(summary?.format, 'safetensors');
    const rows = await rowsOf(model());
    assert.equal(rows.length, summary.tensors);
    for (const row of rows) {
      assert.equal(row.status, 'done', row.name);
      assert.ok(
        row.sqnrDb.every(sqnr => sqnr !== null && sqnr > 0),
        row.name,
      );
    }
    const series = await api.request(model(), 'series/get', { view: everything, marks: 100 });
    assert.deepEqual(
      series.name,
      rows.map(r => r.name),
    );
    assert.ok(series.schemes.every(s => s.scale.low.every(v => v > 0)));
  });

  it('shows a sharded model as one', async () => {
    const uri = workspaceFile('sharded/model.safetensors.index.json');
    await vscode.commands.executeCommand('quantscope.open', uri);
    const { summary } = await done(uri);
    assert.equal(summary?.shards, 3);
    const tensor = await idOf(uri, 'lm_head.weight').catch(() => idOf(uri, qProj));
    const detail = await api.request(uri, 'tensor/get', { tensor });
    assert.match(detail.file ?? '', /^model-0000\d-of-00003\.safetensors$/);
  });

  it('refuses requests that no page of ours makes', async () => {
    await openWith(model(), viewType);
    await done(model());
    const ask = (params: unknown) =>
      api.request(model(), 'tensor/get', params as { tensor: number });
    await assert.rejects(ask({ tensor: -1 }));
    await assert.rejects(ask({ tensor: 1e9 }));
    await assert.rejects(ask({ tensor: '0' }));
    await assert.rejects(ask(null));
    await assert.rejects(
      api.request(model(), 'rows/page', { view: everything, from: 0, count: 1e9 }),
    );
  });

  it('says in the tab what is wrong with a file, and shows it once it is right', async () => {
    const uri = workspaceFile('broken.safetensors');
    await writeFile(uri.fsPath, new Uint8Array(3));
    await openWith(uri, viewType);
    const bad = await viewWhen(uri, 'the error is there', view => view.error !== null);
    assert.equal(bad.summary, null);
    assert.match(bad.error?.message ?? '', /safetensors/);
    // Not by VS Code, which closes the tabs of files that it replaces itself.
    await copyFile(model().fsPath, uri.fsPath);
    await viewWhen(uri, 'the change is noticed', view => view.disk === 'changed');
    await vscode.commands.executeCommand('quantscope.reload');
    const good = await done(uri);
    assert.equal(good.error, null);
    assert.equal(good.generation, bad.generation + 1);
  });

  it('says what is wrong with each malformed archive and index', async () => {
    const malformed = path.resolve(__dirname, '../../test/fixtures/malformed');
    const files = (await readdir(malformed)).filter(f => /\.(npz|index\.json)$/.test(f));
    assert.equal(files.length, 5);
    for (const file of files) {
      const uri = workspaceFile(file);
      await copyFile(path.join(malformed, file), uri.fsPath);
      await vscode.commands.executeCommand('quantscope.open', uri);
      if (file === 'crc.npz') {
        // Its header is good: the damage is seen when the data is read.
        const view = await viewWhen(uri, 'the data was read', v => v.analysis.failed === 1);
        assert.equal(view.error, null);
        const { error } = await api.request(uri, 'tensor/get', { tensor: 0 });
        assert.match(error?.message ?? '', /^npz: .*CRC32/);
      } else {
        const view = await viewWhen(uri, 'the error is there', v => v.error !== null);
        assert.match(view.error?.message ?? '', /^(npz|index\.json): .{10,}/, file);
      }
    }
  });

  it('keeps the view of a file that is replaced or deleted, and the selection over a reload', async () => {
    const uri = await copyOfModel('replaced.safetensors');
    await openWith(uri, viewType);
    const first = await done(uri);
    await api.request(uri, 'selection/set', { tensor: await idOf(uri, qProj) });
    await copyFile(workspaceFile('sharded/model-00001-of-00003.safetensors').fsPath, uri.fsPath);
    const changed = await viewWhen(uri, 'the change is noticed', view => view.disk === 'changed');
    assert.equal(changed.generation, first.generation);
    assert.equal((await rowsOf(uri)).length, first.summary?.tensors);
    await vscode.commands.executeCommand('quantscope.reload');
    const second = await done(uri);
    assert.equal(second.generation, first.generation + 1);
    assert.equal(second.disk, 'same');
    assert.notEqual(second.summary?.tensors, first.summary?.tensors);
    assert.equal(second.selected, await idOf(uri, qProj));
    await rm(uri.fsPath);
    const gone = await viewWhen(uri, 'the deletion is noticed', view => view.disk === 'deleted');
    assert.equal(gone.error, null);
    assert.equal((await rowsOf(uri)).length, second.summary?.tensors);
  });

  it('offers a large model, reads a sample, and what is asked for', async () => {
    await set('analysis.autoStartLimit', 0);
    const uri = await copyOfModel('large.safetensors');
    await openWith(uri, viewType);
    // What there is to offer is known once the store has answered.
    const offered = await viewWhen(
      uri,
      'it is open',
      view => view.summary !== null && view.analysis.state !== 'running',
    );
    assert.equal(offered.analysis.state, 'offered');
    assert.equal(offered.analysis.totalBytes, offered.summary?.byteLength);
    const tensor = await idOf(uri, qProj);
    await api.request(uri, 'analysis/start', { mode: 'all', tensors: [tensor] });
    const one = await viewWhen(uri, 'one is done', view => view.analysis.doneTensors === 1);
    assert.equal(one.analysis.state, 'offered');
    await api.request(uri, 'analysis/start', { mode: 'sample' });
    await done(uri);
    await set('analysis.autoStartLimit', undefined);
  });

  it('cancels, and resumes', async () => {
    await set('analysis.autoStartLimit', 0);
    // A file of its own: figures of the others may be stored already.
    const uri = await copyOfModel('cancelled.safetensors');
    await openWith(uri, viewType);
    await viewWhen(uri, 'it is open', view => view.summary !== null);
    await api.request(uri, 'analysis/start', { mode: 'all' });
    await vscode.commands.executeCommand('quantscope.cancelAnalysis');
    const cancelled = await viewWhen(
      uri,
      'it is cancelled',
      view => view.analysis.state !== 'running',
    );
    assert.equal(cancelled.analysis.state, 'cancelled');
    await api.request(uri, 'analysis/start', { mode: 'all' });
    assert.equal((await done(uri)).analysis.doneTensors, cancelled.summary?.tensors);
    await set('analysis.autoStartLimit', undefined);
  });

  it('has figures at once of a model that was analysed before, and starts nothing', async () => {
    await openWith(model(), viewType);
    await done(model());
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await set('analysis.autoStartLimit', 0);
    await openWith(model(), viewType);
    const stored = await viewWhen(
      model(),
      'figures are there',
      v => v.analysis.state !== 'running',
    );
    assert.equal(stored.analysis.state, 'done');
    assert.equal(stored.analysis.doneTensors, stored.summary?.tensors);
    await set('analysis.autoStartLimit', undefined);
  });

  it('computes again with another sigma', async () => {
    await openWith(model(), viewType);
    await done(model());
    const outliers = async () =>
      (await rowsOf(model())).reduce((sum, row) => sum + (row.outliers ?? 0), 0);
    const few = await outliers();
    await set('analysis.sigma', 1);
    await viewWhen(model(), 'all is done again', v => v.sigma === 1 && v.analysis.state === 'done');
    assert.ok((await outliers()) > few);
  });

  it('quantizes a tensor and a model by command', async () => {
    await openWith(model(), viewType);
    await done(model());
    await vscode.commands.executeCommand('quantscope.quantizeTensor', {
      tensor: qProj,
      scheme: 'int8 asym tensor',
    });
    const one = await viewWhen(model(), 'the scheme is shown', view => view.shownScheme === 1);
    assert.equal(one.selected, await idOf(model(), qProj));
    await vscode.commands.executeCommand('quantscope.quantizeModel', { scheme: 'int8' });
    await viewWhen(model(), 'the scheme is shown', view => view.shownScheme === 0);
  });

  it('shows the model beside the code, at the tensor under the cursor', async () => {
    const code = await vscode.window.showTextDocument(workspaceFile('model.py'), {
      viewColumn: vscode.ViewColumn.One,
    });
    const at = code.document.positionAt(code.document.getText().indexOf(qProj) + 5);
    code.selection = new vscode.Selection(at, at);
    const open = () =>
      vscode.window.tabGroups.all.flatMap(group =>
        group.tabs.map(t => ({ group, input: t.input })),
      );
    await vscode.commands.executeCommand('quantscope.openBeside');
    const shown = open().find(t => t.input instanceof vscode.TabInputCustom);
    assert.ok(shown?.input instanceof vscode.TabInputCustom);
    assert.equal(shown.group.viewColumn, vscode.ViewColumn.Two);
    const { uri } = shown.input;
    const view = await done(uri);
    assert.equal(view.selected, await idOf(uri, qProj));
    assert.equal(vscode.window.tabGroups.activeTabGroup.viewColumn, vscode.ViewColumn.One);
  });

  it('shows a card over a name, of the open and of the other model', async () => {
    await openWith(model(), viewType);
    await done(model());
    const texts = await hoverTexts(workspaceFile('model.py'), qProj);
    const card = texts[0]?.replaceAll('&nbsp;&nbsp; ', '');
    assert.match(card ?? '', /^The name is in \d models\./);
    assert.match(card ?? '', /BF16/);
    assert.match(
      card ?? '',
      /\| int8 \| [\d.e-]+ … [\d.e-]+ \(64 scales\) \| 0 \| \d\d\.\d\d dB \|/,
    );
    assert.match(card ?? '', /\| int8 asym tensor \| /);
    assert.match(card ?? '', /\(command:quantscope\.openTensor\?/);
  });

  it('computes for a hover what no editor has open', async () => {
    const python = workspaceFile('embedding.py');
    await writeFile(python.fsPath, 'w = weights["embedding"]\n');
    let texts = await hoverTexts(python, 'embedding');
    for (let i = 0; i < 20 && !texts.join().includes('SQNR'); i++)
      texts = await hoverTexts(python, 'embedding');
    assert.match(texts.join(), /SQNR/);
    assert.match(texts.join(), /embedding\\\.npy/);
    assert.deepEqual(await hoverTexts(python, 'weights'), []);
  });

  it('copies a file that is not on a disk, up to the limit, and removes the copy', async () => {
    const bytes = await vscode.workspace.fs.readFile(model());
    const provider = vscode.workspace.registerFileSystemProvider('quantscope-test', memory(bytes), {
      isReadonly: true,
    });
    try {
      const uri = vscode.Uri.parse('quantscope-test:/a folder/model.safetensors?ref=HEAD');
      await openWith(uri, viewType);
      const view = await done(uri);
      assert.equal(view.summary?.copiedFrom, 'quantscope-test');
      const copies = path.join(api.storage.fsPath, 'copies');
      assert.equal((await readdir(copies)).length, 1);
      await set('remoteCopyLimit', 0.1);
      await vscode.commands.executeCommand('quantscope.reload');
      const refused = await viewWhen(uri, 'it is refused', v => v.error !== null);
      assert.equal(refused.error?.tag, 'over-limit');
      assert.match(refused.error.message, /284 KB.*100 KB/);
      await closeAll();
      const gone = async () => (await readdir(copies)).length === 0;
      for (let i = 0; i < 100 && !(await gone()); i++)
        await new Promise(resolve => setImmediate(resolve));
      assert.ok(await gone(), 'the copy is removed');
    } finally {
      provider.dispose();
    }
  });
});

/** A file system in which every path is the same file. */
function memory(bytes: Uint8Array): vscode.FileSystemProvider {
  const no = () => {
    throw vscode.FileSystemError.NoPermissions();
  };
  return {
    onDidChangeFile: () => new vscode.Disposable(() => {}),
    watch: () => new vscode.Disposable(() => {}),
    stat: () => ({ type: vscode.FileType.File, ctime: 0, mtime: 1, size: bytes.length }),
    readDirectory: () => [],
    readFile: () => bytes,
    ...{ createDirectory: no, writeFile: no, delete: no, rename: no },
  };
}
