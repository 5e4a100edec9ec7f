import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import * as vscode from 'vscode';
import { connect } from './editorHelpers';
import { closeAll, hoverTexts, workspaceFile } from './vscodeHelpers';

const q = 'model.layers.0.self_attn.q_proj.weight';

/** A script as people write them, with a tensor in every form. */
const script = `import numpy as np
from safetensors import safe_open
from safetensors.torch import load_file

class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.q_proj = nn.Linear(config.hidden, config.hidden, bias=False)

    def forward(self, x):
        return self.q_proj(x)  # in a class

class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.self_attn = Attention(config)

class Model(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.layers = nn.ModuleList([Block(config) for _ in range(4)])

frozen = ["${q}"]
prune(model.layers[1].self_attn.k_proj)
state = load_file("model.safetensors")
print(state["lm_head.weight"].shape)
with safe_open("model.safetensors", framework="pt") as f:
    value = f.get_tensor("model.layers.2.mlp.down_proj.weight")
table = np.load("arrays/embedding.npy")
missing = "encoder.blocks.7.ffn.weight"
`;

const files: Readonly<Record<string, string>> = {
  'train.py': script,
  'shards.json': JSON.stringify({ weight_map: { [q]: 'model-00001-of-00002.safetensors' } }),
  'recipe.yaml': `ignore:\n  - lm_head\n  - model.layers.3.self_attn.v_proj\n`,
  'recipe.toml': `keep = ["model.layers.0.mlp.gate_proj.weight"]\n`,
  'notes.md': 'The worst layer is `model.layers.1.self_attn.o_proj`.\n',
  'load.rs': 'let q = st.tensor("model.layers.0.self_attn.q_proj.weight")?;\n',
  'load.cpp': 'auto *q = get_tensor(ctx, "blk.0.attn_q.weight");\n',
  'log.txt': 'quantizing model.layers.0.mlp.up_proj.weight ... done\n',
};

/** File, what is pointed at, and what the card says. */
const pointed: readonly (readonly [file: string, at: string, says: RegExp])[] = [
  ['train.py', q, /model\.layers\.0\.self_attn\.q_proj\.weight[\s\S]*BF16[\s\S]*64, 64/],
  ['train.py', 'k_proj)', /model\.layers\.1\.self_attn\.k_proj\.weight[\s\S]*32, 64/],
  ['train.py', 'q_proj(x)', /Stands for \d+ tensors/],
  ['train.py', 'lm_head.weight"]', /lm_head\.weight[\s\S]*128, 64/],
  ['train.py', 'down_proj.weight")', /model\.layers\.2\.mlp\.down_proj\.weight/],
  ['train.py', 'model.safetensors"', /39 tensors/],
  ['train.py', 'arrays/embedding.npy', /embedding/],
  ['shards.json', 'self_attn.q_proj.weight', /BF16[\s\S]*64, 64/],
  ['recipe.yaml', 'self_attn.v_proj', /model\.layers\.3\.self_attn\.v_proj\.weight/],
  ['recipe.toml', 'mlp.gate_proj.weight', /model\.layers\.0\.mlp\.gate_proj\.weight/],
  ['notes.md', 'self_attn.o_proj', /model\.layers\.1\.self_attn\.o_proj\.weight/],
  ['load.rs', 'q_proj.weight', /64, 64/],
  ['load.cpp', 'attn_q.weight', /model\.layers\.0\.self_attn\.q_proj\.weight/],
  ['log.txt', 'mlp.up_proj.weight', /model\.layers\.0\.mlp\.up_proj\.weight/],
];

describe('a hover over what names a tensor', () => {
  before(async () => {
    await connect();
    for (const [name, text] of Object.entries(files))
      await writeFile(workspaceFile(name).fsPath, text);
  });
  afterEach(closeAll);

  for (const [file, at, says] of pointed)
    it(`shows its card: ${file}, ${at}`, async () => {
      const texts = await hoverTexts(workspaceFile(file), at);
      // As Markdown shows it.
      assert.match(texts.join('\n').replaceAll('\\', ''), says);
    });

  it('shows nothing for a name that no model has', async () => {
    const texts = await hoverTexts(workspaceFile('train.py'), 'blocks.7.ffn');
    assert.deepEqual(texts, []);
  });

  it('has links to open, quantize and compare, and a picture of the values once they are known', async () => {
    const card = async () => (await hoverTexts(workspaceFile('train.py'), q)).join('\n');
    let text = await card();
    for (let i = 0; i < 20 && !text.includes('SQNR'); i++) text = await card();
    assert.match(text, /command:quantscope\.openTensor\?/);
    assert.match(text, /command:quantscope\.quantizeTensor\?/);
    assert.match(text, /command:quantscope\.compare/);
    const picture = /data:image\/svg\+xml[^)\s"]*/.exec(text)?.[0] ?? '';
    assert.ok(picture.length > 100 && picture.length <= 3 * 1024, `${picture.length} characters`);
  });

  it('is off where a setting says so', async () => {
    const settings = vscode.workspace.getConfiguration('quantscope');
    const target = vscode.ConfigurationTarget.Workspace;
    await settings.update('hover.languages', ['json'], target);
    try {
      assert.deepEqual(await hoverTexts(workspaceFile('train.py'), q), []);
      assert.notDeepEqual(await hoverTexts(workspaceFile('shards.json'), q), []);
    } finally {
      await settings.update('hover.languages', undefined, target);
    }
  });
});

describe('links on names of tensors', () => {
  before(connect);
  afterEach(closeAll);

  it('lead to the tensor', async () => {
    const document = await vscode.workspace.openTextDocument(workspaceFile('train.py'));
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      document.uri,
      100,
    );
    const linked = links
      .filter(link => link.target?.toString().includes('quantscope'))
      .map(link => document.getText(link.range));
    assert.ok(linked.includes(q), linked.join(', '));
    assert.ok(!linked.some(text => text.includes('encoder.blocks')));
  });
});
