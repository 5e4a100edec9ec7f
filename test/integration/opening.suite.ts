import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activeExtension, closeAll, openWith, workspaceFile } from './vscodeHelpers';

describe('opening a file', () => {
  afterEach(closeAll);

  for (const file of ['model.safetensors', 'arrays/embedding.npy']) {
    it(`opens ${file} in our editor by default`, async () => {
      const tab = await openWith(workspaceFile(file), 'quantscope.model');
      assert.equal(tab.label, file.split('/').at(-1));
      assert.equal((await activeExtension()).isActive, true);
    });
  }

  for (const file of ['arrays/convnet.npz', 'sharded/model.safetensors.index.json']) {
    it(`opens ${file} in our editor when asked to`, async () => {
      await activeExtension();
      const uri = workspaceFile(file);
      await vscode.commands.executeCommand('vscode.openWith', uri, 'quantscope.modelOption');
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputCustom);
      assert.equal(input.viewType, 'quantscope.modelOption');
      assert.equal(input.uri.toString(), uri.toString());
    });
  }
});
