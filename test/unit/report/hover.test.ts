import { describe, expect, it, vi } from 'vitest';
import { hoverTexts } from '../../../src/host/hover/texts';
import { type HoverCard, hoverMarkdown as markdownOf } from '../../../src/report/hover';
import { fileMarkdown, groupMarkdown } from '../../../src/report/hoverGroup';
import { escapeMarkdown } from '../../../src/report/markdown';
import { analysis, profile, report } from '../host/fakes';

vi.mock('vscode', () => ({
  l10n: {
    t: (text: string, ...values: readonly string[]) =>
      text.replace(/\{(\d)\}/g, (_, i) => String(values[Number(i)])),
  },
}));

const hoverMarkdown = (cards: readonly HoverCard[]) => markdownOf(cards, hoverTexts());

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
  links: { open: 'command:quantscope.openTensor?%5B%5D' },
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

  it('links to all that can be done', () => {
    const links = { open: 'command:a', openBeside: 'command:b', quantize: 'command:c' };
    const text = hoverMarkdown([{ ...card, links: { ...links, compare: 'command:d' } }]);
    expect(text.split('\n').at(-1)).toBe(
      'a\\_b\\.safetensors · [Open in Quantscope](command:a) · [Open Beside](command:b) · [Quantize…](command:c) · [Compare…](command:d)',
    );
  });

  it('shows a histogram as a picture, of the first two models', () => {
    const histogram = { lo: -1, hi: 1, counts: [1, 4, 1] };
    const text = hoverMarkdown(Array.from({ length: 3 }, () => ({ ...card, histogram })));
    expect(
      text.match(/!\[Histogram of the values\]\(data:image\/svg\+xml,[^()\s'"]+\)/g),
    ).toHaveLength(2);
  });

  it('shows how a packed weight is stored, its parameters once they are known', () => {
    const stored = { scheme: 'GPTQ 4-bit', bitsPerWeight: 4.25 };
    const first = plain(hoverMarkdown([{ ...card, stored }]));
    expect(first).toContain('| Stored as | Bits per weight | Scale | Zero point |');
    expect(first).toContain('| GPTQ 4\\-bit | 4.250 | – | – |');
    const scale = { min: 0.5, max: 0.75, count: 8 };
    const zeroPoint = { min: 7, max: 8, count: 8 };
    const known = plain(hoverMarkdown([{ ...card, stored: { ...stored, scale, zeroPoint } }]));
    expect(known).toContain('| GPTQ 4\\-bit | 4.250 | 0.5000 … 0.7500 (8 scales) | 7 … 8 |');
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

describe('cards of several tensors', () => {
  const group = {
    title: 'layers.*.mlp',
    model: 'm.gguf',
    count: 7,
    tensors: [{ name: 'a_b', dtype: 'F32', shape: [2, 3], openLink: 'command:x' }],
    links: { open: 'command:y' },
  };

  it('say for how many a name stands, and list some', () => {
    expect(groupMarkdown(group, hoverTexts()).split('\n')).toEqual([
      '**layers\\.\\*\\.mlp**',
      '',
      'Stands for 7 tensors:',
      '',
      '- [a\\_b](command:x) F32 \\[2\\, 3\\]',
      '- 6 more',
      '',
      'm\\.gguf · [Open in Quantscope](command:y)',
    ]);
  });

  it('tell format and size of a file, and what it is a part of', () => {
    const file = { ...group, format: 'safetensors', byteLength: 1.24e6, isPart: true };
    expect(fileMarkdown(file, hoverTexts())).toContain(
      'safetensors · 7 tensors · 1.24 MB · a part of m\\.gguf',
    );
    expect(fileMarkdown({ ...file, isPart: false }, hoverTexts())).not.toContain('a part of');
  });
});
