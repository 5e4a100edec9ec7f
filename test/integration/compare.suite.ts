import assert from 'node:assert/strict';
import { copyFile, rm } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/host/extension';
import { activeExtension, closeAll, until, workspaceFile } from './vscodeHelpers';

describe('comparing two models', () => {
  const copy = workspaceFile('copy.safetensors');
  let api: TestApi;

  before(async () => {
    api = (await activeExtension()).exports as TestApi;
    await copyFile(workspaceFile('model.safetensors').fsPath, copy.fsPath);
  });
  after(() => rm(copy.fsPath));
  afterEach(closeAll);

  it('opens a panel for two files, compares every pair, and ends with the panel', async () => {
    const files = [workspaceFile('model.safetensors'), copy];
    await vscode.commands.executeCommand('quantscope.compareResource', files[0], files);
    const { tabGroups } = vscode.window;
    const isOpen = () =>
      tabGroups.activeTabGroup.activeTab?.label === 'model.safetensors \u2194 copy.safetensors';
    await until('the panel is open', isOpen, tabGroups.onDidChangeTabs);
    const view = () => api.comparisons()[0];
    await until('all pairs are compared', () => view()?.state === 'done', api.onDidCompare);
    assert.equal(view()?.error, null);
    assert.equal(view()?.pairs, 39);
    assert.deepEqual(
      [view()?.donePairs, view()?.failed, view()?.a.unmatchedCount, view()?.b.unmatchedCount],
      [39, 0, 0, 0],
    );
    await closeAll();
    await until('the comparison ended', () => api.comparisons().length === 0, api.onDidCompare);
  });
});
