import { expect, test, vi } from 'vitest';
import type { Finding } from '../../../../src/formats/tensorFile';
import { diagnosticsOf } from '../../../../src/host/views/problems';

vi.mock('vscode', async () => (await import('./fakeVscode')).fakeVscode);

const [error, warning, information] = [0, 1, 2];

test('findings become problems, the worst first, each once, with the tensor in front', () => {
  const findings: Finding[] = [
    { severity: 'info', message: 'is empty', tensor: 'a' },
    { severity: 'warning', message: 'has 2 NaN', tensor: 'b' },
    { severity: 'error', message: 'the file is cut' },
    { severity: 'warning', message: 'has 2 NaN', tensor: 'b' },
    { severity: 'warning', message: 'has 2 NaN', tensor: 'c\n' },
  ];
  expect(diagnosticsOf(findings).map(d => [d.severity, d.message, d.source])).toEqual([
    [error, 'the file is cut', 'Quantscope'],
    [warning, 'b: has 2 NaN', 'Quantscope'],
    [warning, 'c\\u000a: has 2 NaN', 'Quantscope'],
    [information, 'a: is empty', 'Quantscope'],
  ]);
});

test('at most 100 are listed, and the last says how many more there are', () => {
  const of = (count: number): Finding[] =>
    Array.from({ length: count }, (_, i) => ({ severity: 'warning', message: `flaw ${i}` }));
  expect(diagnosticsOf(of(100)).at(-1)?.message).toBe('flaw 99');
  const cut = diagnosticsOf(of(101));
  expect(cut).toHaveLength(100);
  expect(cut.at(-1)?.message).toMatch(/^2 more findings/);
});
