import { buildSeries } from '../../../src/host/editor/series';
import type { ModelReport, ReportTensor } from '../../../src/report/modelReport';
import { analysis, entry, profile, report } from '../host/fakes';

/** Names that would end a cell, a tag, an attribute or a line where they are not taken care of. */
export const hostileNames = [
  '<script>alert(1)</script>',
  '"quoted", \'and\' more',
  'a|b\\|c`d`',
  'line\nbreak\r\nand \u0000 \u001b[31m',
  '=HYPERLINK("http://x","y")',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '& &amp; ]]> --> \ud800 \uffff',
  '![image](http://x/y.png)',
  '\u202etxt.exe',
];

export function reportTensor(name: string): ReportTensor {
  return {
    ...{ name, tensorKind: 'q', dtype: 'F32', shape: [2, 3], elements: 6, byteLength: 24 },
    ...{ status: 'done', sampled: 1, profile: profile(), outliers: 0.03 },
    reports: [report(), report({ sqnrDb: null, mse: -0.1 })],
    gaussianSqnrDb: [41.5, null],
  };
}

/** A report on tensors of these names under two schemes. */
export function modelReport(names: readonly string[]): ModelReport {
  const tensors = names.map(name => entry(name));
  const order = Int32Array.from(tensors.keys());
  const figures = analysis({
    reports: [report(), report({ sqnrDb: 20, mse: 1e-4 })],
    schemeFindings: [[], []],
    gaussianSqnrDb: [41.5, null],
  });
  return {
    ...{ fileName: names[0] ?? 'empty', version: '1.2.3', made: new Date(0), sigma: 6 },
    summary: {
      ...{ format: 'safetensors', tensors: names.length, parameters: 6, byteLength: 24 },
      dtypes: [{ dtype: 'F32', tensors: names.length, byteLength: 24 }],
      ...{ shards: 1, metadata: [], findings: [], copiedFrom: null },
    },
    progress: { tensors: names.length, waiting: 0, failed: 0, sampled: 0 },
    schemes: [
      { text: 'int8', facts: { meaning: 'symmetric', bitsPerWeight: 8.25, byteLength: 1000 } },
      { text: 'int4 group=32', facts: null },
    ],
    tensors: names.map(reportTensor),
    worst: [
      names.slice(0, 2).map((name, tensor) => ({
        ...{ tensor, name, tensorKind: 'q', sqnrDb: 40, gaussianSqnrDb: 41.5, share: 0.5 },
      })),
      [],
    ],
    findings: names.map(message => ({ severity: 'warning', message })),
    moreFindings: 0,
    series: buildSeries({ tensors, schemes: 2, analysis: () => figures }, order, { marks: 800 }),
  };
}
