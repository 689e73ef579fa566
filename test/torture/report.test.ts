import { expect, it } from 'vitest';
import { absent, noAdversities } from '../../torture/adversities.ts';
import { describeReport, isFound, isProven, type Report } from '../../torture/report.ts';

const verdict = (property: string, findings: string[] = [], looked = 1) => ({
  ...{ property, claim: '', looked, findings },
});
const PROVEN: Report = {
  ...{
    seed: 1,
    notifications: 2,
    acknowledged: 2,
    sent: { times: 2, connections: 1 },
    faults: {},
    seconds: 1,
    points: [],
    untried: [],
    left: 0,
    unrest: [],
    adversities: noAdversities(),
    absent: [],
  },
  verdicts: [verdict('P1'), verdict('P2')],
};

it('is proven only if all was acknowledged, each property was checked and holds, and nothing was left out', () => {
  expect(isProven(PROVEN)).toBe(true);
  expect(isProven({ ...PROVEN, acknowledged: 1 })).toBe(false);
  expect(isProven({ ...PROVEN, untried: ['before Ingest'] })).toBe(false);
  expect(isProven({ ...PROVEN, left: 1 })).toBe(false);
  expect(isProven({ ...PROVEN, absent: ['0 strangers refused'] })).toBe(false);
  expect(isProven({ ...PROVEN, unrest: ['waited'] })).toBe(false);
  expect(isProven({ ...PROVEN, verdicts: [verdict('P1'), verdict('P2', [], 0)] })).toBe(false);
  expect(isProven({ ...PROVEN, verdicts: [verdict('P1'), verdict('P2', ['lost'])] })).toBe(false);
});

it('has found a planted bug only if the property that the bug breaks is refuted', () => {
  const refuted = { ...PROVEN, verdicts: [verdict('P1', ['lost']), verdict('P2')] };
  expect(isFound(refuted, 'P1')).toBe(true);
  expect(isFound(refuted, 'P2')).toBe(false);
  expect(isFound(PROVEN, 'P1')).toBe(false);
});

it('says how often each adversity occurred, and lists those that a long run lacks', () => {
  const all = { ...noAdversities(), cutBefore: 1, cutWithin: 2, cutAfter: 3, twins: 4, repeats: 5, refused: 8 };
  const some = { ...all, throttled: 7, recycled: 9, poison: 10 };
  expect(absent(some, 2_000)).toEqual(['0 strangers refused']);
  expect(absent(some, 240)).toEqual([]);
  expect(describeReport({ ...PROVEN, adversities: some })).toContain('4 messages sent on two connections at once');
});
