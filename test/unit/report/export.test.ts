import { describe, expect, test } from 'vitest';
import { tensorKinds } from '../../../src/base/tensorKind';
import { buildSeries } from '../../../src/host/editor/series';
import { type ChartPicture, chartIds } from '../../../src/report/chartFigures';
import { chartSvg } from '../../../src/report/chartSvg';
import { csvHead, csvLine, csvRecord } from '../../../src/report/csv';
import { htmlReport } from '../../../src/report/htmlReport';
import { markdownReport } from '../../../src/report/markdownReport';
import { mostTensors, progressTexts } from '../../../src/report/modelReport';
import { lightPalette } from '../../../src/report/palette';
import { analysis, entry, report } from '../host/fakes';
import { hostileNames, modelReport, reportTensor } from './reportFakes';
import { parseXml } from './xmlParser';

const look = { palette: lightPalette, width: 960, height: 320 };

/** A reader of RFC 4180 that shares nothing with the writer. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const [, quoted, plain, end] = pattern.exec(text)!;
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('a table as CSV', () => {
  test('is read back as it was, but for what a spreadsheet would run', () => {
    const schemes = [{ index: 0, text: 'int8' }];
    const lines = hostileNames.map(name => csvLine(reportTensor(name), schemes));
    const [head, ...rows] = readCsv([csvHead(schemes), ...lines].join(''));
    expect(rows).toHaveLength(hostileNames.length);
    expect(new Set(rows.map(r => r.length))).toEqual(new Set([head!.length]));
    for (const [i, name] of hostileNames.entries()) {
      const cell = rows[i]![0]!;
      expect(cell).toBe(/^[=+\-@\t\r\n]/.test(name) ? `'${name}` : name);
      expect(cell).not.toMatch(/^[=+\-@\t\r\n]/);
    }
    expect(head).toContain('SQNR dB (int8)');
  });

  test('has figures in full precision, negative ones as they are, and nothing where there is none', () => {
    expect(csvRecord([-0.1, 0.1 + 0.2, 1e-300, null, Number.MAX_SAFE_INTEGER])).toBe(
      '-0.1,0.30000000000000004,1e-300,,9007199254740991\r\n',
    );
    const [head, row] = readCsv(
      csvHead([{ index: 1, text: 'b' }]) + csvLine(reportTensor('x'), [{ index: 1, text: 'b' }]),
    );
    const cell = (title: string) => row![head!.indexOf(title)];
    expect(cell('SQNR dB (b)')).toBe('');
    expect(cell('MSE (b)')).toBe('-0.1');
    expect(cell('shape')).toBe('2x3');
  });
});

describe('a chart as SVG', () => {
  const names = hostileNames;
  const tensors = names.map(name => entry(name));
  const order = Int32Array.from(tensors.keys());
  const figures = (id: number) =>
    analysis({
      reports: [0, 1, 2, 3].map(k => report({ sqnrDb: 20 + id + k, mse: 10 ** -id })),
      gaussianSqnrDb: [1, 2, 3, 4],
      schemeFindings: [[], [], [], []],
    });
  const source = { tensors, schemes: 4, analysis: figures };
  const series = buildSeries(source, order, { marks: 100, byKind: 1 });
  const picture = (given: Partial<ChartPicture>): ChartPicture => ({
    ...{ id: 'sqnr', series, sigma: 6, schemes: ['a<b', 'c"d', 'e&f', 'g'] },
    ...given,
  });

  test.each(chartIds)('%s is well-formed, with texts as text', id => {
    const { tags, text } = parseXml(chartSvg(picture({ id }), look));
    expect(tags[0]).toMatchObject({ name: 'svg', attributes: { role: 'img' } });
    expect(tags.map(t => t.name)).not.toContain('script');
    if (id !== 'outliers') expect(text).toContain('a<b');
    for (const { attributes } of tags)
      for (const value of Object.values(attributes))
        expect(value).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('bars stand where their figures are on the axis', () => {
    const one = buildSeries({ ...source, schemes: 1 }, order, { marks: 100 });
    const { tags } = parseXml(chartSvg(picture({ series: one, schemes: ['a'] }), look));
    const bars = tags.filter(
      t => t.attributes.fill === lightPalette.schemes[0] && t.name === 'path',
    );
    const box = /M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)/g;
    const boxes = bars.flatMap(({ attributes }) => [...attributes.d!.matchAll(box)]);
    // The legend has the first one.
    const heights = boxes.map(box => Number(box[4])).slice(-names.length);
    expect(heights).toHaveLength(names.length);
    heights.forEach((height, i) => {
      expect(height / heights[0]!).toBeCloseTo((20 + i) / 20, 2);
    });
  });

  test('what is hidden is not drawn, and an empty chart says so', () => {
    const one = chartSvg(picture({ hidden: [0, 2, 3] }), look);
    expect(one).not.toContain(`stroke="${lightPalette.schemes[2]}"`);
    expect(one).toContain(`stroke="${lightPalette.schemes[1]}"`);
    const { text } = parseXml(chartSvg(picture({ hidden: [0, 1, 2, 3] }), look));
    expect(text).toContain('No figures');
    const none = buildSeries({ tensors: [], schemes: 0, analysis: () => null }, new Int32Array(), {
      marks: 10,
    });
    expect(parseXml(chartSvg(picture({ series: none, schemes: [] }), look)).text).toContain(
      'No figures',
    );
  });

  test('kinds have their names and signs', () => {
    const kinds = ['q_proj', 'k_proj', 'norm'].map(n => entry(`layers.0.attn.${n}.weight`));
    const byKind = buildSeries({ ...source, tensors: kinds }, Int32Array.of(0, 1, 2), {
      marks: 100,
      byKind: 1,
    });
    const svg = chartSvg(
      picture({ series: byKind, byKind: { scheme: 'c"d', hidden: ['norm'] } }),
      look,
    );
    const { text } = parseXml(svg);
    for (const word of ['Query', 'Key', 'under c"d']) expect(text).toContain(word);
    expect(text).not.toContain('Norm');
    expect(svg).toContain(lightPalette.kinds.q);
  });

  test('many layers stay small: marks are merged to areas', () => {
    const some = Array.from({ length: 30 }, (_, id) => figures(id));
    const many = Array.from({ length: 50_000 }, (_, i) => entry(`layers.${i}.weight`));
    const merged = buildSeries(
      { tensors: many, schemes: 1, analysis: id => some[id % 30]! },
      Int32Array.from(many.keys()),
      { marks: 1600 },
    );
    const svg = chartSvg(picture({ series: merged, schemes: ['a'] }), look);
    parseXml(svg);
    expect(svg.length).toBeLessThan(300_000);
  });

  test('every kind has a colour in the palette', () => {
    for (const kind of tensorKinds) expect(lightPalette.kinds[kind]).toMatch(/^#[0-9a-f]{6}$/);
  });
});

describe('a report as HTML', () => {
  test('is well-formed, without scripts, requests or anything of a name as markup', () => {
    const html = htmlReport(modelReport(hostileNames));
    const { tags, text } = parseXml(html);
    const names = new Set(tags.map(t => t.name));
    for (const name of ['script', 'link', 'img', 'iframe', 'a', 'object'])
      expect(names).not.toContain(name);
    expect(tags.filter(t => t.name === 'svg')).toHaveLength(chartIds.length);
    for (const { attributes } of tags)
      for (const name of Object.keys(attributes)) expect(name).not.toMatch(/^(?:on|src|href)/);
    expect(html).not.toMatch(/url\((?!#)/);
    expect(text).toContain('<script>alert(1)</script>');
    expect(html).toContain('prefers-color-scheme: dark');
    expect(text).toContain('Quantscope 1.2.3');
    expect(text).toContain('1970-01-01 00:00 UTC');
  });

  test('patterns of charts do not share names', () => {
    const { tags } = parseXml(htmlReport(modelReport(['a'])));
    const ids = tags.flatMap(t => t.attributes.id ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('what is missing is said', () => {
    const whole = modelReport(['a']);
    const partial = { ...whole, progress: { tensors: 9, waiting: 4, failed: 1, sampled: 2 } };
    const { text } = parseXml(htmlReport(partial));
    for (const sentence of progressTexts(partial.progress)) expect(text).toContain(sentence);
    expect(progressTexts(partial.progress)).toHaveLength(3);
    expect(progressTexts(whole.progress)).toEqual([]);
  });
});

describe('a report as Markdown', () => {
  test('has tables of as many cells in every row, whatever the names', () => {
    const text = markdownReport(modelReport(hostileNames));
    let cells = 0;
    for (const line of text.split('\n')) {
      if (!line.startsWith('|')) {
        cells = 0;
        continue;
      }
      const found = line.replace(/\\[\s\S]/g, '').split('|').length;
      if (cells > 0) expect(found, line).toBe(cells);
      cells = found;
    }
    // Every sign that could begin markup in a name is marked.
    const plain = text.replace(/\\[\s\S]/g, '');
    expect(plain).not.toMatch(/[<>`[\]!]/);
  });

  test('has the sections, without charts', () => {
    const heads = markdownReport(modelReport(['a', 'b'])).match(/^#+ .*/gm);
    expect(heads).toEqual([
      '# a',
      '## Model',
      '## Schemes',
      '## Worst layers under int8',
      '## Findings',
      '## Layers',
    ]);
  });

  test('says how many of very many layers are left out', () => {
    const names = Array.from({ length: mostTensors }, (_, i) => `layers.${i}`);
    const whole = modelReport(names);
    const large = { ...whole, summary: { ...whole.summary, tensors: 50_000 } };
    expect(markdownReport(large)).toContain('48\\,000 more tensors of 50\\,000 left out');
  });
});
