import { expect, test } from 'vitest';
import {
  commonPrefix,
  labelCandidates,
  type Placement,
  placeLabels,
} from '../../../src/base/axisLabels';

const layers = Array.from({ length: 40 }, (_, i) => [
  `model.layers.${i}.attn.weight`,
  `model.layers.${i}.mlp.weight`,
]).flat();

/** Marks of `step` pixels, letters of 6. */
function placement(step: number, right: number): Placement {
  return { x: i => i * step, width: text => text.length * 6, right, gap: 10 };
}

test('what all names begin with is left out, never a whole name', () => {
  expect(commonPrefix(['a.b.x', 'a.b.y'])).toBe('a.b.');
  expect(commonPrefix(['a.b.x', 'a.c.x'])).toBe('a.');
  expect(commonPrefix(['a.b', 'c'])).toBe('');
  expect(commonPrefix(['a.b.c'])).toBe('a.b.');
  expect(commonPrefix(['a', 'a.b'])).toBe('');
  expect(commonPrefix([])).toBe('');
});

test('blocks are labelled at their first tensor', () => {
  const names = ['m.embed.weight', ...layers.slice(0, 4).map(n => n.replace('model', 'm'))];
  expect(labelCandidates(names).map(c => [c.index, c.text])).toEqual([
    [0, 'embed'],
    [1, 'layers.0'],
    [3, 'layers.1'],
  ]);
});

test('names without blocks are labelled themselves, long ones cut in the middle', () => {
  const labels = labelCandidates(['net.conv_with_a_very_long_name', 'net.conv_b']);
  expect(labels[0]!.text).toHaveLength(18);
  expect(labels[0]!.text).toContain('…');
  expect(labels[1]!.text).toBe('conv_b');
  expect(labelCandidates([])).toEqual([]);
});

test('in an order that tears blocks apart every name stands for itself', () => {
  const names = [0, 1, 2].flatMap(i => ['a', 'b', 'c'].map(n => `${n}.0.w${i}`));
  expect(labelCandidates(names).map(label => label.text)).toEqual(names);
});

test('numbered blocks come at even steps', () => {
  const placed = placeLabels(labelCandidates(layers), placement(4, 320));
  expect(placed.map(p => p.text)).toEqual([
    'layers.0',
    'layers.8',
    'layers.16',
    'layers.24',
    'layers.32',
  ]);
});

test('labels never overlap and never pass the right end', () => {
  for (let step = 0.5; step < 40; step += 0.7)
    for (const right of [50, 120, 300, 900]) {
      const p = placement(step, right);
      const placed = placeLabels(labelCandidates(layers), p);
      placed.forEach((label, i) => {
        const end = label.x + p.width(label.text);
        expect(end).toBeLessThanOrEqual(right);
        const next = placed[i + 1];
        if (next) expect(next.x).toBeGreaterThanOrEqual(end + p.gap);
      });
    }
});

test('where not all blocks fit the larger ones win', () => {
  const placed = placeLabels(
    [
      { index: 0, text: 'small', size: 1, number: null },
      { index: 1, text: 'large', size: 4, number: null },
    ],
    placement(5, 60),
  );
  expect(placed.map(p => p.text)).toEqual(['large']);
});
