import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { safetensors } from '../formats/build';
import { buildCli, bundle, json, quantscope, runCli } from './runCli';

const temp = mkdtempSync(path.join(tmpdir(), 'quantscope-compare-'));
const file = (name: string) => path.join(temp, name);

/** Writes a file of float32 vectors. */
function write(name: string, tensors: Readonly<Record<string, readonly number[]>>): string {
  const header: Record<string, unknown> = {};
  const all: number[] = [];
  for (const [key, values] of Object.entries(tensors)) {
    const from = 4 * all.length;
    all.push(...values);
    header[key] = { dtype: 'F32', shape: [values.length], data_offsets: [from, 4 * all.length] };
  }
  writeFileSync(file(name), safetensors(header, new Uint8Array(Float32Array.from(all).buffer)));
  return file(name);
}

interface Output {
  readonly pairs: Readonly<Record<string, string | number | null>>[];
  readonly onlyA: string[];
  readonly onlyB: string[];
  readonly findings?: { message: string }[];
}

let a: string;
let b: string;

beforeAll(async () => {
  await buildCli();
  a = write('a.safetensors', {
    same: [1, 2],
    'model.norm.weight': [3, 4],
    odd: [1, Number.NaN],
    gone: [1],
  });
  b = write('b.safetensors', { same: [1, 2], 'norm.weight': [0, 8], odd: [3, 1], more: [1] });
});
afterAll(() => rmSync(temp, { recursive: true, force: true }));

describe('compare', () => {
  test('prints figures of each pair, and what has no counterpart', () => {
    const { pairs, ...rest } = json<Output>('compare', a, b);
    // By hand: a = (3, 4), b = (0, 8): errors 3 and -4, a.b = 32, |a| = 5, |b| = 8.
    expect(pairs).toEqual([
      {
        ...{ name: 'same', a: 'same', b: 'same', mse: 0, sqnrDb: null },
        ...{ cosine: 1, relativeFrobenius: 0, maxAbsError: 0 },
      },
      {
        ...{ name: 'model.norm.weight', a: 'model.norm.weight', b: 'norm.weight' },
        ...{ mse: 12.5, sqnrDb: 0, cosine: 0.8, relativeFrobenius: 1, maxAbsError: 4 },
      },
      expect.objectContaining({ name: 'odd', mse: 4, maxAbsError: 2 }),
    ]);
    expect(rest).toEqual({
      onlyA: ['gone'],
      onlyB: ['more'],
      findings: [expect.objectContaining({ severity: 'warning', tensor: 'odd' })],
    });
  });

  test('has no findings where there is nothing to tell', () => {
    expect(Object.keys(json<Output>('compare', a, b, '--match', 'norm'))).toEqual([
      'pairs',
      'onlyA',
      'onlyB',
    ]);
  });

  test('--match goes by the name in either model', () => {
    const { pairs, onlyA, onlyB } = json<Output>('compare', a, b, '--match', '^norm|gone');
    expect(pairs.map(p => p.name)).toEqual(['model.norm.weight']);
    expect([onlyA, onlyB]).toEqual([['gone'], []]);
    const none = quantscope('compare', a, b, '--match', 'nowhere');
    expect(none).toMatchObject({ code: 1, stdout: '' });
    expect(none.stderr).toMatch(/no weight's name matches "nowhere"/);
  });

  test('prints a table without --json', () => {
    const { stdout } = quantscope('compare', a, b);
    expect(stdout).toMatch(/^NAME +SQNR dB/);
    expect(stdout).toMatch(/^model\.norm\.weight +0 +12\.50 .* norm\.weight$/m);
    expect(stdout).toContain('"gone" is in ');
    expect(stdout).toMatch(/^3 pairs/m);
  });

  test('the file at fault is named', () => {
    const missing = file('none.safetensors');
    for (const files of [
      [a, missing],
      [missing, b],
    ]) {
      const { code, stderr } = quantscope('compare', ...files);
      expect(code).toBe(1);
      expect(stderr).toContain(`${missing}: `);
    }
    expect(quantscope('compare', a).code).toBe(2);
  });

  test('worker threads find what one thread finds', async () => {
    const cli = file('cli.js');
    await bundle('src/cli/main.ts', cli);
    await bundle('src/worker/main.ts', file('worker.js'));
    const run = (workers: string) => runCli(cli, ['compare', a, b, '--json', '--workers', workers]);
    const alone = run('1');
    expect(alone).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(alone.stdout)).toEqual(json<Output>('compare', a, b));
    expect(run('2')).toEqual(alone);
  });
});
