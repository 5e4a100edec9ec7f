import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { api, connect, done, model, qProj, viewType, viewWhen } from './editorHelpers';
import { activeViewType, closeAll, openWith, until, workspaceFile } from './vscodeHelpers';

type Element = Awaited<ReturnType<typeof api.tree.getChildren>>[number];
const run = (command: string, ...args: unknown[]) =>
  vscode.commands.executeCommand(`quantscope.${command}`, ...args);
const set = (section: string, key: string, value: unknown) =>
  vscode.workspace
    .getConfiguration(section)
    .update(key, value, vscode.ConfigurationTarget.Workspace);
const label = (element: Element) => String(api.tree.getTreeItem(element).label);
const uriOf = (element: Element) => element.known.uri.toString();

/** The models of the tree, once they are as wanted. */
async function modelsWhen(what: string, holds: (models: readonly Element[]) => boolean) {
  const taken = new vscode.EventEmitter<void>();
  let models: readonly Element[] | undefined;
  const take = async () => {
    models = await api.tree.getChildren();
    taken.fire();
  };
  const changes = api.tree.onDidChangeTreeData(() => void take());
  void take();
  await until(what, () => models !== undefined && holds(models), taken.event).finally(() => {
    changes.dispose();
    taken.dispose();
  });
  return models!;
}

const has = (models: readonly Element[], uri: vscode.Uri) =>
  models.some(each => uriOf(each) === uri.toString());

/** The file that is being edited, with what is selected. */
function edited(): [file: string, text: string] | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  return [path.posix.basename(editor.document.uri.path), editor.document.getText(editor.selection)];
}

/** A safetensors file with one F32 tensor of two rows. */
async function writeTensor(uri: vscode.Uri, name: string, values: readonly number[]) {
  const shape = [2, values.length / 2];
  const data_offsets = [0, 4 * values.length];
  const header = Buffer.from(JSON.stringify({ [name]: { dtype: 'F32', shape, data_offsets } }));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  const data = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) data.writeFloatLE(value, 4 * i);
  await mkdir(path.dirname(uri.fsPath), { recursive: true });
  await writeFile(uri.fsPath, Buffer.concat([size, header, data]));
}

describe('the models of the workspace', () => {
  const extra = workspaceFile('nested folder/extra.safetensors');
  const ignoreFile = workspaceFile('nested folder/.gitignore');
  const lonely = 'lonely.zyxw.weight';

  before(connect);
  beforeEach(() => writeTensor(extra, lonely, [1, 2, 3, 4]));
  afterEach(async () => {
    await closeAll();
    await run('setDefaultModel', 'automatic');
    await set('quantscope', 'exclude', undefined);
    await set('files', 'exclude', undefined);
    await set('quantscope', 'codeLens.enabled', undefined);
    // Not the folder with them: of one that goes and comes at once the watcher may tell nothing.
    const folder = path.dirname(extra.fsPath);
    for (const name of await readdir(folder))
      await rm(path.join(folder, name), { recursive: true });
  });

  it('are listed, one for all shards, and come and go with their files', async () => {
    const models = await modelsWhen('the new file is listed', all => has(all, extra));
    assert.ok(has(models, model()));
    assert.ok(has(models, workspaceFile('sharded/model.safetensors.index.json')));
    assert.ok(!has(models, workspaceFile('sharded/model-00001-of-00003.safetensors')));
    assert.ok(has(models, workspaceFile('arrays/embedding.npy')));
    await rm(extra.fsPath);
    await modelsWhen('it is gone', all => !has(all, extra));
  });

  it('are not those that .gitignore or a setting leaves out', async () => {
    await modelsWhen('all are listed', all => has(all, extra) && has(all, model()));
    await writeFile(ignoreFile.fsPath, 'ext*\n');
    await modelsWhen('.gitignore is respected', all => !has(all, extra));
    await set('search', 'useIgnoreFiles', false);
    await modelsWhen('the setting turns it off', all => has(all, extra));
    await set('search', 'useIgnoreFiles', undefined);
    await rm(ignoreFile.fsPath);
    await modelsWhen('it is back', all => has(all, extra));
    for (const section of ['files', 'quantscope']) {
      const value = section === 'files' ? { '**/nested*': true } : ['**/arrays', '**/nested*'];
      await set(section, 'exclude', value);
      await modelsWhen(`${section}.exclude is respected`, all => !has(all, extra));
      await set(section, 'exclude', undefined);
      await modelsWhen('it is back', all => has(all, extra));
    }
  });

  it('are a tree of modules and tensors, whose click shows the tensor', async () => {
    const models = await modelsWhen('it is listed', all => has(all, model()));
    const root = models.find(each => uriOf(each) === model().toString())!;
    const item = api.tree.getTreeItem(root);
    assert.equal(item.contextValue, 'model');
    assert.match(String(item.description), /^\d+ KB$/);
    let level = await api.tree.getChildren(root);
    const names: string[] = [];
    for (const part of ['model', 'layers', '0', 'self_attn', 'q_proj.weight']) {
      const next = level.find(each => label(each) === part);
      assert.ok(next, `${part} is one of ${level.map(label)}`);
      names.push(label(next));
      const { command, description, contextValue } = api.tree.getTreeItem(next);
      if (part === 'q_proj.weight') {
        assert.equal(contextValue, 'tensor');
        assert.equal(description, 'BF16 [64, 64] 8.19 KB');
        await vscode.commands.executeCommand(command!.command, ...(command!.arguments ?? []));
      }
      level = await api.tree.getChildren(next);
    }
    assert.equal(names.join('.'), qProj);
    assert.equal(activeViewType(), viewType);
    const view = await viewWhen(model(), 'it is selected', v => v.selected !== null);
    const { name } = await api.request(model(), 'tensor/get', { tensor: view.selected! });
    assert.equal(name, qProj);
  });

  it('take commands from the menus of the tree', async () => {
    const models = await modelsWhen('it is listed', all => has(all, extra));
    const root = models.find(each => uriOf(each) === extra.toString())!;
    const [tensor] = await api.tree.getChildren(root);
    await run('openResource', root);
    assert.equal((await done(extra)).summary?.tensors, 1);
    await run('setDefaultModel', root);
    await modelsWhen('it is marked', all =>
      all.some(
        each =>
          uriOf(each) === extra.toString() &&
          api.tree.getTreeItem(each).contextValue === 'modelDefault',
      ),
    );
    await writeFile(path.join(path.dirname(extra.fsPath), 'only.py'), `w = f("${lonely}")\n`);
    await run('revealInCode', tensor);
    assert.deepEqual(edited(), ['only.py', lonely]);
    await run('refreshModels');
    assert.ok(has(await api.tree.getChildren(), extra));
  });

  it('are looked up in the chosen one first', async () => {
    const near = workspaceFile('nested folder/deeper/near.safetensors');
    const code = workspaceFile('nested folder/deeper/use.py');
    await mkdir(path.dirname(near.fsPath), { recursive: true });
    await copyFile(model().fsPath, near.fsPath);
    await writeFile(code.fsPath, 'import near\n');
    await modelsWhen('both are listed', all => has(all, near) && has(all, model()));
    const shown = async () => {
      await vscode.window.showTextDocument(code);
      await run('goToTensor', { tensor: qProj });
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      await closeAll();
      return input instanceof vscode.TabInputCustom ? input.uri.toString() : undefined;
    };
    assert.equal(await shown(), near.toString());
    await run('setDefaultModel', model());
    assert.equal(await shown(), model().toString());
    await run('setDefaultModel', 'automatic');
    assert.equal(await shown(), near.toString());
  });

  it('have their tensors revealed in code: the selected one, where it is named', async () => {
    await writeFile(path.join(path.dirname(extra.fsPath), 'net.py'), 'self.zyxw = Linear(2, 2)\n');
    await openWith(extra, viewType);
    await done(extra);
    await api.request(extra, 'selection/set', { tensor: 0 });
    await run('revealInCode');
    assert.deepEqual(edited(), ['net.py', 'zyxw']);
    await closeAll();
    await run('revealInCode', { tensor: 'named.nowhere_at_all.weight' });
    assert.equal(edited(), undefined);
  });

  it('are shown above the code that names them, when that is wanted', async () => {
    await modelsWhen('it is listed', all => has(all, model()));
    const code = workspaceFile('nested folder/lens.py');
    await writeFile(code.fsPath, `import x\nw = f["${lonely}"]  # "unknown.name"\n`);
    const document = await vscode.workspace.openTextDocument(code);
    await vscode.window.showTextDocument(document);
    const lenses = () =>
      vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        document.uri,
        10,
      );
    assert.deepEqual(await lenses(), []);
    await set('quantscope', 'codeLens.enabled', true);
    await modelsWhen('its model is listed', all => has(all, extra));
    const [lens, ...others] = await lenses();
    assert.equal(others.length, 0);
    assert.equal(lens?.range.start.line, 1);
    assert.equal(lens?.command?.title, 'F32 · [2, 2]');
    await openWith(extra, viewType);
    await done(extra);
    const [withFigures] = await lenses();
    // With scales of 2/127 and 4/127, 1 becomes 64 steps and 3 becomes 95: each is 1/127 off, 2 and 4 are exact.
    const int8 = (10 * Math.log10((1 + 4 + 9 + 16) / (2 / 127 ** 2))).toFixed(1);
    const title = withFigures?.command?.title ?? '';
    assert.ok(title.startsWith(`F32 · [2, 2] · int8 ${int8} dB · int8 asym tensor `), title);
    assert.equal(withFigures?.command?.command, 'quantscope.openTensor');
  });

  it('have what is wrong with them among the problems while they are open', async () => {
    await writeTensor(extra, 'bad.weight', [1, Number.NaN, 3, 4]);
    const problems = () => vscode.languages.getDiagnostics(extra);
    const { onDidChangeDiagnostics } = vscode.languages;
    await openWith(extra, viewType);
    await until('the problem is there', () => problems().length > 0, onDidChangeDiagnostics);
    const [problem] = problems();
    assert.match(problem?.message ?? '', /^bad\.weight: .*NaN/);
    assert.equal(problem?.source, 'Quantscope');
    assert.equal(problem?.severity, vscode.DiagnosticSeverity.Warning);
    await writeTensor(extra, 'good.weight', [1, 2, 3, 4]);
    await viewWhen(extra, 'the change is noticed', view => view.disk === 'changed');
    await run('reload');
    await until('it is mended', () => problems().length === 0, onDidChangeDiagnostics);
    await writeTensor(extra, 'bad.weight', [1, Number.NaN, 3, 4]);
    await viewWhen(extra, 'the change is noticed', view => view.disk === 'changed');
    await run('reload');
    await until('it is bad again', () => problems().length > 0, onDidChangeDiagnostics);
    await closeAll();
    await until('it is closed', () => problems().length === 0, onDidChangeDiagnostics);
  });

  it('have commands with titles and icons', () => {
    const { contributes } = vscode.extensions.getExtension('quantscope.quantscope')!.packageJSON;
    const names = ['goToTensor', 'revealInCode', 'setDefaultModel', 'refreshModels', 'copyName'];
    for (const name of names) {
      const command = contributes.commands.find(
        (each: { command: string }) => each.command === `quantscope.${name}`,
      );
      assert.ok(command?.icon, name);
      assert.match(command.title, /^[A-Z]/);
    }
  });
});
