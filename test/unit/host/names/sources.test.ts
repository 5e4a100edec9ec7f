import { describe, expect, it } from 'vitest';
import { identifierAt, loadedFiles, receiverAt } from '../../../../src/host/names/loadedFiles';
import { isAbsolute, pathAt, tensorPaths } from '../../../../src/host/names/paths';
import { pythonModules } from '../../../../src/host/names/pythonModules';

const program = `
class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.q_proj = nn.Linear(config.hidden, config.hidden)
        self.heads = config.heads

    def forward(self, x):
        return self.q_proj(x)

class MLP(nn.Module):
    def __init__(self):
        self.down_proj: nn.Linear = nn.Linear(8, 8)

class Block(nn.Module):
    def __init__(self, config):
        self.self_attn = Attention(config)
        self.mlp = MLP()

class Model(nn.Module):
    def __init__(self, config):
        self.embed_tokens = nn.Embedding(config.vocabulary, config.hidden)
        self.layers = nn.ModuleList(
            [Block(config) for _ in range(config.layers)]
        )
        self.adapters = nn.ModuleList()
        for _ in range(2):
            self.adapters.append(MLP())

print(self.q_proj)
`;
const lines = program.split('\n');
const lineOf = (text: string) => lines.findIndex(l => l.includes(text));

describe('modules of a Python file', () => {
  const modules = pythonModules(program);
  const paths = (name: string, at: string) =>
    modules.pathsOf(name.split('.'), lineOf(at)).map(p => p.join('.'));

  it.each([
    ['q_proj', 'return self.q_proj', ['layers.*.self_attn.q_proj']],
    ['q_proj.weight', 'return self.q_proj', ['layers.*.self_attn.q_proj.weight']],
    ['down_proj', 'self.down_proj', ['layers.*.mlp.down_proj', 'adapters.*.down_proj']],
    ['mlp.down_proj', 'self.mlp =', ['layers.*.mlp.down_proj']],
    ['embed_tokens', 'self.embed_tokens', ['embed_tokens']],
    ['layers.0.mlp', 'self.layers', ['layers.0.mlp']],
    ['heads', 'return self.q_proj', []],
    ['k_proj', 'return self.q_proj', []],
    ['q_proj', 'print(', []],
    ['embed_tokens', 'return self.q_proj', []],
  ])('self.%s at %j', (name, at, expected) => {
    expect(paths(name, at)).toEqual(expected);
  });

  it('end where classes make each other, and in half-written text', () => {
    const each = (name: string, other: string) =>
      `class ${name}:\n  def f(self):\n    self.x = ${other}(\n`;
    const round = pythonModules(each('A', 'B') + each('B', 'A'));
    expect(round.pathsOf(['x'], 2).length).toBeGreaterThan(0);
    expect(pythonModules('class').pathsOf(['x'], 0)).toEqual([]);
  });
});

describe('variables', () => {
  const code = [
    'state = load_file("a/model.safetensors", device="cpu")',
    'with safe_open("b.safetensors", framework="pt") as f:',
    'x = np.load("x.npy")',
    'path = "m.gguf"',
    'reader = GGUFReader(path, "r")',
    'with safe_open(path, framework="np") as g, open("y") as h:',
    'let tensors = candle_core::safetensors::load("r.safetensors", &device)?;',
    'auto w = cnpy::npy_load("w.npy");',
    'state = load_file("second.safetensors")',
    'n = len(path)',
    'def load(file="default.npz"):',
    'z = np.load(file)',
    'text = "no tensor file"',
  ];
  const { fileOf } = loadedFiles(code.join('\n'));
  it.each([
    ['state', 3, 'a/model.safetensors'],
    ['state', 9, 'second.safetensors'],
    ['f', 3, 'b.safetensors'],
    ['f', 0, undefined],
    ['x', 9, 'x.npy'],
    ['path', 9, 'm.gguf'],
    ['reader', 9, 'm.gguf'],
    ['g', 9, 'm.gguf'],
    ['h', 9, undefined],
    ['tensors', 9, 'r.safetensors'],
    ['w', 9, 'w.npy'],
    ['n', 12, undefined],
    ['z', 12, 'default.npz'],
    ['text', 12, undefined],
    ['constructor', 12, undefined],
  ])('%s on line %i is of %s', (variable, line, file) => {
    expect(fileOf(variable, line)).toBe(file);
  });

  it.each([
    ['f.get_tensor("na|me")', 'f'],
    ['f.get_slice("na|me")', 'f'],
    ["state['na|me']", 'state'],
    ['tensors.tensor("na|me")', 'tensors'],
    ['a["x"] + b["na|me"]', 'b'],
    ['print("na|me")', undefined],
    ['na|me', undefined],
  ])('the receiver in %s', (marked, receiver) => {
    expect(receiverAt(marked.replace('|', ''), marked.indexOf('|'))).toBe(receiver);
  });

  it('an identifier stands alone', () => {
    expect(identifierAt('a = state["x"]', 5)).toEqual({ text: 'state', start: 4, end: 9 });
    expect(identifierAt('a.state', 3)).toBeUndefined();
    expect(identifierAt('1 + 2', 2)).toBeUndefined();
  });
});

describe('paths', () => {
  it.each([
    ['load("my models/x.safetensors")', ['my models/x.safetensors']],
    ["np.load('a\\\\b.npy')", ['a\\b.npy']],
    ['weights: ./a/b.gguf  # c', ['./a/b.gguf']],
    ['see [it](m.npz), or `n.npy`.', ['m.npz', 'n.npy']],
    ['"k": "model-00001-of-00002.safetensors"', ['model-00001-of-00002.safetensors']],
    ['open model.safetensors.index.json now', ['model.safetensors.index.json']],
    ['x.safetensor y.npyz z.txt', []],
  ])('in %s', (line, paths) => {
    expect(tensorPaths(line).map(p => p.text)).toEqual(paths);
  });

  it('at a position, its quotes included', () => {
    const line = 'f("x.npy", "y.npy")';
    expect(pathAt(line, 2)?.text).toBe('x.npy');
    expect(pathAt(line, 13)?.text).toBe('y.npy');
    expect(pathAt(line, 0)).toBeUndefined();
  });

  it.each([
    ['/a', true],
    ['C:\\a', true],
    ['c:/a', true],
    ['a/b', false],
    ['./a', false],
  ])('%s is absolute: %s', (path, is) => {
    expect(isAbsolute(path)).toBe(is);
  });
});
