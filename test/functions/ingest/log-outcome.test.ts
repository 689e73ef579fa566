import { expect, it, onTestFinished, vi } from 'vitest';
import { logOutcome } from '../../../functions/ingest/log-outcome.ts';
import type { Outcome } from '../../../functions/ingest/outcome.ts';

const NOTHING = { new: 0, duplicate: 0, variant: 0 };
const ASIDE = { kept: 1, counted: 0 };
const primary = 'demo';

function told(outcome: Outcome) {
  const lines: string[] = [];
  const keep = (text: unknown) => lines.push(String(text)) > 0;
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(keep));
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  logOutcome(outcome, { requestId: 'r-1', connectionId: 'c-1', ms: 7 });
  expect(lines).toHaveLength(1);
  return JSON.parse(lines.join(''));
}

it.each<[Outcome, Record<string, number>]>([
  [{ kind: 'accepted', primary, endpoint: 'demo' }, { Accepted: 1 }],
  [{ kind: 'refused', reason: 'no endpoint has this token' }, { Refused: 1 }],
  [
    { kind: 'stored', primary, counts: { new: 2, duplicate: 1, variant: 1 }, answered: true },
    { AcknowledgementTime: 7, Facts: 2, Duplicates: 1, Variants: 1 },
  ],
  [
    { kind: 'stored', primary, counts: { ...NOTHING, new: 1 }, answered: false },
    { Unacknowledged: 1, Facts: 1 },
  ],
  [
    { kind: 'stored in part', primary, counts: NOTHING, aside: ASIDE, answered: true },
    { StoredInPart: 1, AcknowledgementTime: 7 },
  ],
  [
    { kind: 'put aside', primary, reason: 'why', aside: ASIDE, answered: true },
    { PutAside: 1, AcknowledgementTime: 7 },
  ],
  [
    { kind: 'stored in part', primary, counts: NOTHING, aside: { kept: 1, counted: 7 }, answered: true },
    { StoredInPart: 1, AcknowledgementTime: 7, PutAsideNotKept: 7 },
  ],
  [{ kind: 'put aside, unanswered', primary, reason: 'why', aside: ASIDE }, { PutAsideUnanswered: 1 }],
  [{ kind: 'silent', reason: 'why' }, { Silent: 1 }],
])('logs one line whose metrics CloudWatch counts: %o', (outcome, counts) => {
  const line = told(outcome);
  const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
  expect({ Namespace, Dimensions, message: line.message }).toEqual({
    Namespace: 'nbwatch',
    Dimensions: [['service']],
    message: outcome.kind,
  });
  expect(Metrics.map(({ Name }: { Name: string }) => Name).toSorted()).toEqual(Object.keys(counts).toSorted());
  expect(line).toMatchObject({ ...counts, requestId: 'r-1', service: expect.any(String) });
});

it.each<Outcome>([
  { kind: 'accepted', primary: 'canary', endpoint: 'canary' },
  { kind: 'stored', primary: 'canary', counts: { ...NOTHING, new: 1 }, answered: true },
])('logs one line without metrics for an outcome of the canary: %o', (outcome) => {
  const line = told(outcome);
  expect(line).toMatchObject({ message: outcome.kind, primary: 'canary', requestId: 'r-1' });
  expect(line).not.toHaveProperty('_aws');
});

it('does not repeat in a line what the line before it counted', () => {
  told({ kind: 'silent', reason: 'why' });
  expect(told({ kind: 'refused', reason: 'why' })).not.toHaveProperty('Silent');
});

it.each<[string, Outcome, boolean]>([
  ['stored and answered', { kind: 'stored', primary, counts: { ...NOTHING, new: 1 }, answered: true }, false],
  ['stored, unanswered', { kind: 'stored', primary, counts: { ...NOTHING, new: 1 }, answered: false }, true],
  ['put aside', { kind: 'put aside', primary, reason: 'why', aside: ASIDE, answered: true }, true],
  ['accepted', { kind: 'accepted', primary, endpoint: 'demo' }, true],
])('names the primary in each line, and the connection unless all was stored and answered: %s', (_, outcome, named) => {
  const { primary: of, connectionId } = told(outcome);
  expect([of, connectionId]).toEqual(['demo', named ? 'c-1' : undefined]);
});
