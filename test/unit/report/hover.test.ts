import { describe, expect, it } from 'vitest';
import { type HoverCard, hoverMarkdown } from '../../../src/report/hover';
import { escapeMarkdown } from '../../../src/report/markdown';
import { analysis, profile, report } from '../host/fakes';

const card: HoverCard = {
  name: 'model.layers.0.q_proj.weight',
  model: 'a_b.safetensors',
  ...{
    dtype: 'BF16',
    shape: [4096, 4096],
    elements: 4096 ** 2,
    byteLength: 2 * 4096 ** 2,
    sigma: 6,
  },
  figures: analysis({
    reports: [
      report(),
      report({
        scheme: 'int8 asym tensor',
        sqnrDb: 31.256,
        scale: { min: 0.5, median: 0.5, max: 0.5, count: 1 },
        zeroPoint: { min: -3, median: -3, max: -3 },
      }),
    ],
  }),
  openLink: 'command:quantscope.openTensor?%5B%5D',
};

/** Without the space that keeps columns apart. */
const plain = (text: string) => text.replaceAll('&nbsp;&nbsp; ', '');

describe('hoverMarkdown', () => {
  it('shows facts, statistics and a row a scheme', () => {
    expect(plain(hoverMarkdown([card])).split('\n')).toEqual([
      '**model\\.layers\\.0\\.q\\_proj\\.weight**',
      '',
      'BF16 · \\[4096\\, 4096\\] · 16,777,216 elements · 33.6 MB',
      '',
      '| Range | Mean | Std | Outliers (over 6 σ) |',
      '| :--- | ---: | ---: | ---: |',
      '| -1 … 2 | 0.5000 | 0.2500 | 3.0 % |',
      '',
      '| Scheme | Scale | Zero point | SQNR |',
      '| :--- | ---: | ---: | ---: |',
      '| int8 | 0.01000 … 0.02000 (2 scales) | 0 | 40.00 dB |',
      '| int8 asym tensor | 0.5000 | -3 | 31.26 dB |',
      '',
      'a\\_b\\.safetensors · [Open in Quantscope](command:quantscope.openTensor?%5B%5D)',
    ]);
  });

  it.each([
    ['computing' as const, 'Figures are being computed; they are in the next hover.'],
    ['not-computed' as const, 'Figures are computed in the editor: it is a large tensor.'],
    [{ failed: 'ends at *byte* 3' }, 'No figures: ends at \\*byte\\* 3'],
  ])('says why there are no figures: %j', (figures, text) => {
    const lines = hoverMarkdown([{ ...card, figures }]).split('\n');
    expect(lines).toContain(text);
    expect(lines.some(l => l.startsWith('|'))).toBe(false);
  });

  it('shows null figures as dashes and leaves out schemes that do not apply', () => {
    const none = { min: null, max: null };
    const empty = profile({
      ...none,
      count: 0,
      mean: null,
      std: null,
      outliers: { threshold: null, count: 0 },
    });
    const text = hoverMarkdown([
      { ...card, figures: analysis({ profile: empty, reports: [null, null] }) },
    ]);
    expect(plain(text)).toContain('| – | – | – | – |');
    expect(text).not.toContain('Scheme');
    const exact = report({ sqnrDb: null });
    const exactText = hoverMarkdown([{ ...card, figures: analysis({ reports: [exact] }) }]);
    expect(plain(exactText)).toContain('| 0 | – |');
  });

  it('says that figures are of a sample, and what was found', () => {
    const findings = [{ severity: 'warning' as const, message: '"a" holds 3 NaN' }];
    const text = hoverMarkdown([{ ...card, figures: analysis({ sampled: 0.0123, findings }) }]);
    expect(text).toContain('From a sample of 1.2 % of the elements.');
    expect(text).toContain('\\"a\\" holds 3 NaN');
  });

  it('says that a name is in several models', () => {
    const text = hoverMarkdown(Array.from({ length: 6 }, (_, i) => ({ ...card, model: `m${i}` })));
    expect(text).toMatch(/^The name is in 6 models\./);
    expect(text).toContain('m3 ·');
    expect(text).not.toContain('m4 ·');
    expect(text).toMatch(/2 more are not shown\.$/);
  });

  it.each([
    '[x](command:evil)',
    '<img src=x onerror=alert(1)>',
    '![i](https://example.invalid/x.png)',
    'https://example.invalid',
    'a | b',
    '`code` **b** ~~s~~ $(icon)',
    'x&amp;y',
  ])('shows the name %s as it is', name => {
    const escaped = hoverMarkdown([{ ...card, name }]).split('\n')[0]!;
    // Every character that Markdown could act on has its backslash, and none is lost.
    expect(escaped.replace(/\\(.)/g, '')).toMatch(/^\*\*[\w\s]*\*\*$/);
    expect(escaped.replace(/\\(.)/g, '$1')).toBe(`**${name}**`);
  });

  it('cuts very long names and shows control characters', () => {
    expect(hoverMarkdown([{ ...card, name: 'n'.repeat(1e6) }]).length).toBeLessThan(1500);
    expect(escapeMarkdown('a\nb\u202e')).toBe('a\\\\u000ab\\\\u202e');
  });
});
