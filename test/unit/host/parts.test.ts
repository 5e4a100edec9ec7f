import { describe, expect, it, test } from 'vitest';
import { ModelParts } from '../../../src/host/editor/parts';
import { analysisOf, missingOf, noParts, type Parts, partsOf } from '../../../src/host/parts';
import type { Cast } from '../../../src/stats/profile';
import { analysis, entry, profile, report } from './fakes';

const casts: Cast[] = [{ format: 'fp16', overflow: 0, underflow: 1, subnormal: 2, changed: 3 }];

function found(schemes: readonly string[], sampled = 1, given: { casts?: Cast[] } = {}): Parts {
  const reports = schemes.map(scheme => report({ scheme }));
  return partsOf({ schemes }, analysis({ reports, sampled, ...given }));
}

const withoutBase = (...schemes: string[]): Parts => ({ ...found(schemes), base: null });

test('an analysis comes back from its parts, whatever the order asked for', () => {
  const asked = { schemes: ['int8', 'nf4'], casts: true };
  const whole = analysis({
    reports: [report({ scheme: 'int8' }), null],
    schemeFindings: [[], [{ severity: 'info', message: 'nf4 is left out' }]],
    gaussianSqnrDb: [40, null],
    casts,
  });
  expect(analysisOf(asked, partsOf(asked, whole))).toEqual(whole);
  expect(analysisOf({ schemes: ['nf4'] }, partsOf(asked, whole))).toEqual(
    analysis({
      reports: [null],
      schemeFindings: [[{ severity: 'info', message: 'nf4 is left out' }]],
      gaussianSqnrDb: [null],
    }),
  );
});

test('what is missing is the base, the schemes and the casts that are not known', () => {
  const tensor = entry('a');
  const wanted = { schemes: ['int8', 'nf4'], casts: true };
  expect(missingOf(tensor, wanted, noParts)).toEqual(wanted);
  expect(missingOf(tensor, wanted, found(['int8']))).toEqual({ schemes: ['nf4'], casts: true });
  expect(missingOf(tensor, wanted, found(['nf4', 'int8'], 1, { casts }))).toBeNull();
  // The base comes with whatever is asked for.
  expect(missingOf(tensor, { schemes: ['int8'] }, withoutBase('int8'))).toEqual({ schemes: [] });
  const ints = { ...tensor, dtype: 'I32' as const };
  expect(missingOf(ints, wanted, noParts)).toEqual({ schemes: [], casts: true });
  const complex = partsOf({ schemes: [] }, analysis({ profile: null, reports: [] }));
  expect(missingOf({ ...tensor, dtype: 'C64' }, wanted, complex)).toBeNull();
});

describe('what is known of a sample and of the whole', () => {
  const wanted = { schemes: ['int8', 'nf4'] };
  const open = () => new ModelParts([entry('a')], wanted);

  it('is not mixed: the whole takes the place of the sample', () => {
    const parts = open();
    parts.add(0, found(['int8', 'nf4'], 0.5), 'sample');
    expect([parts.isSampled(0), parts.isComplete(0)]).toEqual([true, true]);
    expect(parts.missing(0, 'all')).toEqual(wanted);
    parts.add(0, found(['int8']), 'all');
    expect([parts.isSampled(0), parts.isComplete(0)]).toEqual([false, false]);
    expect(parts.missing(0, 'all')).toEqual({ schemes: ['nf4'] });
    // A sample that was under way comes too late.
    parts.add(0, found(['nf4'], 0.5), 'sample');
    expect(parts.analysis(0)).toMatchObject({ sampled: 1, reports: [{ scheme: 'int8' }, null] });
  });

  it('is not mixed where the values are not known yet', () => {
    const parts = open();
    parts.add(0, withoutBase('int8'), 'all');
    expect(parts.analysis(0)).toBeNull();
    expect(parts.missing(0, 'all')).toEqual({ schemes: ['nf4'] });
    expect(parts.missing(0, 'sample')).toEqual(wanted);
    parts.add(0, withoutBase('nf4'), 'sample');
    expect(parts.missing(0, 'all')).toEqual({ schemes: ['nf4'] });
    parts.add(0, found(['nf4'], 0.5), 'sample');
    expect(parts.analysis(0)).toMatchObject({ sampled: 0.5, reports: [null, { scheme: 'nf4' }] });
  });

  it('is the same where a sample is all there is', () => {
    const parts = open();
    parts.add(0, found(['int8', 'nf4']), 'sample');
    expect(parts.needs(0, 'all')).toBe(false);
    expect(parts.modeOf(0, 'sample')).toBe('all');
  });
});

test('of very many tensors fewer schemes are kept, those that are wanted always', () => {
  const parts = new ModelParts(
    Array.from({ length: 200_000 }, () => entry('a')),
    { schemes: ['a', 'b', 'c', 'd'] },
  );
  parts.add(0, found(['a', 'b', 'c', 'd']), 'all');
  expect(parts.isComplete(0)).toBe(true);
  parts.want({ schemes: ['e'] });
  parts.add(0, found(['e']), 'all');
  parts.want({ schemes: ['d', 'a'] });
  expect(parts.missing(0, 'all')).toEqual({ schemes: ['a'] });
});

test('an analysis is the same object until something changes', () => {
  const parts = new ModelParts([entry('a')], { schemes: ['int8'] });
  parts.add(0, found(['int8']), 'all');
  const first = parts.analysis(0);
  expect(parts.analysis(0)).toBe(first);
  parts.add(
    0,
    { ...found(['int8']), base: { ...analysis(), profile: profile({ max: 9 }) } },
    'all',
  );
  expect(parts.analysis(0)?.profile?.max).toBe(9);
});
