import { describe, expect, it } from 'vitest';
import type { Model } from '../../../src/formats/tensorFile';
import { summarize } from '../../../src/host/editor/summary';
import { entry } from './fakes';

const model = (given: Partial<Model> = {}): Model => ({
  ...{ format: 'safetensors', metadata: {}, findings: [] },
  tensors: [entry('a', [2, 3]), { ...entry('b', [5]), dtype: 'BF16' }, entry('c', [])],
  files: [{ path: '/m', byteLength: 100 }],
  ...given,
});

describe('summarize', () => {
  it('adds up, with the largest dtype first', () => {
    expect(summarize(model(), 'git')).toEqual({
      ...{ format: 'safetensors', tensors: 3, parameters: 12, byteLength: 48, shards: 1 },
      dtypes: [
        { dtype: 'F32', tensors: 2, byteLength: 28 },
        { dtype: 'BF16', tensors: 1, byteLength: 20 },
      ],
      ...{ metadata: [], findings: [], copiedFrom: 'git' },
    });
  });

  it('is bounded whatever the header holds', () => {
    const metadata = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`${i}`.padStart(2000, 'k'), 'v'.repeat(5000)]),
    );
    const finding = { severity: 'info' as const, message: 'x' };
    const summary = summarize(model({ metadata, findings: new Array(500).fill(finding) }), null);
    expect(summary.metadata).toHaveLength(200);
    expect(Math.max(...summary.metadata.flat().map(text => text.length))).toBe(1001);
    expect(summary.findings).toHaveLength(200);
  });

  it('counts shards, not the index that names them', () => {
    const data = (path: string) => ({ ...entry('a').data, path });
    const tensors = ['/1', '/2', '/1'].map((p, i) => ({ ...entry(`t${i}`), data: data(p) }));
    const files = ['/i.json', '/1', '/2'].map(path => ({ path, byteLength: 1 }));
    expect(summarize(model({ tensors, files }), null).shards).toBe(2);
  });
});
