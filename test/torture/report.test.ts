import { expect, it } from 'vitest';
import { isFound, isProven, type Report } from '../../torture/report.ts';

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
  },
  verdicts: [verdict('P1'), verdict('P2')],
};

it('is proven only if all was acknowledged, each property was looked at and holds, and functions died at each point', () => {
  expect(isProven(PROVEN)).toBe(true);
  expect(isProven({ ...PROVEN, acknowledged: 1 })).toBe(false);
  expect(isProven({ ...PROVEN, untried: ['before Ingest'] })).toBe(false);
  expect(isProven({ ...PROVEN, left: 1 })).toBe(false);
  expect(isProven({ ...PROVEN, unrest: ['waited'] })).toBe(false);
  expect(isProven({ ...PROVEN, verdicts: [verdict('P1'), verdict('P2', [], 0)] })).toBe(false);
  expect(isProven({ ...PROVEN, verdicts: [verdict('P1'), verdict('P2', ['lost'])] })).toBe(false);
});

it('has found a planted bug only if its own property is refuted', () => {
  const refuted = { ...PROVEN, verdicts: [verdict('P1', ['lost']), verdict('P2')] };
  expect(isFound(refuted, 'P1')).toBe(true);
  expect(isFound(refuted, 'P2')).toBe(false);
  expect(isFound(PROVEN, 'P1')).toBe(false);
});
