import { expect, test } from 'vitest';
import { useSession } from './lib/session';

const session = useSession();

test('a .npy opens in the editor and draws', async () => {
  const page = await session().openEditor('embedding.npy');
  await expect.poll(() => page.locator('body').innerText()).toContain('embedding');
});
