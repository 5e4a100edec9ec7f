// What axe-core has to say about our page.
import { source as axeSource } from 'axe-core';
import type { FrameLocator } from 'playwright-core';

/** Rules that the page breaks, each with the elements that do. */
export function accessibilityProblems(page: FrameLocator): Promise<string[]> {
  return page.locator('body').evaluate(async (_, source) => {
    // The policy forbids scripts in the page, but does not bind what a debugger evaluates.
    // biome-ignore lint/security/noGlobalEval: the library comes as text
    globalThis.eval(source);
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(v => `${v.id}: ${v.nodes.map(n => n.html.slice(0, 160)).join(' | ')}`);
  }, axeSource);
}
