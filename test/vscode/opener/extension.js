// A file named on VS Code's command line opens before extensions are known, in the built-in editor for binary files.
// So `npm start` adds this extension, which opens the sample in ours once VS Code has started.
const vscode = require('vscode');

/** Opens the sample model, unless the window was only reloaded and has editors already. */
exports.activate = async () => {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const quantscope = vscode.extensions.getExtension('quantscope.quantscope');
  const viewType = quantscope?.packageJSON.contributes?.customEditors?.[0]?.viewType;
  if (!folder || !viewType || vscode.window.tabGroups.all.some(group => group.tabs.length > 0))
    return;
  await vscode.commands.executeCommand(
    'vscode.openWith',
    vscode.Uri.joinPath(folder, 'model.safetensors'),
    viewType,
  );
};
