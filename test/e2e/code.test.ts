import { describe, expect, test } from 'vitest';
import { hoverText } from '../vscode/browser.mjs';
import { analysed } from './lib/editor';
import { useSession } from './lib/session';

const script = `from safetensors import safe_open

frozen = ["model.layers.0.self_attn.q_proj.weight", "lm_head.weight"]
with safe_open("model.safetensors", framework="pt") as f:
    first = f.get_tensor(frozen[0])
`;
const session = useSession({ full: true, files: { 'train.py': script } });
const tensors = 39;

describe('in a folder that is not trusted', () => {
  test('a model opens and is analysed', async () => {
    const page = await session().openEditor('model.safetensors');
    const { page: workbench } = session();
    await expect
      .poll(() => workbench.getByRole('button', { name: /Restricted Mode/ }).count())
      .toBe(1);
    await analysed(page, tensors);
    await session().screenshot('code restricted');
  });

  test('a name in code has its card', async () => {
    const { page } = session();
    await session().openFile('train.py');
    await page.locator('.view-line', { hasText: 'q_proj' }).first().waitFor();
    const text = await hoverText(page, 'q_proj', 'SQNR');
    for (const fact of ['BF16', '[64, 64]', 'int8 asym tensor', 'Open in Quantscope'])
      expect(text).toContain(fact);
    await session().screenshot('code hover');
  });
});
