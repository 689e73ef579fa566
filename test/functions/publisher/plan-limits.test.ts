import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { type Intent, readIntent } from '../../../functions/alerts/intent.ts';
import { SEVERITIES } from '../../../functions/alerts/severity.ts';
import { plan } from '../../../functions/publisher/plan.ts';
import { NEW_STATE, type PublisherState } from '../../../functions/publisher/state.ts';
import { RECEIVED } from '../support.ts';
import { failed, imagesDeleted, nameOf, recovered } from './intents.ts';
import {
  alone,
  busiestHour,
  HOUR,
  isAlarm,
  kinds,
  longestWait,
  MINUTE,
  names,
  noAlarms,
  notice,
  type Sent,
  simulate,
} from './simulation.ts';

it('notices of content put aside are all sent, within the budget and without delaying failures', () => {
  const quarantined = Array.from({ length: 240 }, (_, index) => {
    const at = RECEIVED + Math.floor(index / 20) * HOUR;
    return readIntent({
      ...{ pk: `notice#${index}`, sk: 'intent#Quarantined#p', kind: 'Quarantined', primary: `p${index % 20}` },
      ...{ endpoint: 'e', reason: 'r', requestId: 'r', receivedAt: at, pendingSince: at },
    });
  });
  const failures = Array.from({ length: 5 }, (_, index) => failed(alone(index + 1), RECEIVED + HOUR));
  const sent = simulate([...quarantined, ...failures], DEFAULT_ALERT_SETTINGS, 48 * HOUR);
  expect(names(sent)).toHaveLength(245);
  expect(busiestHour(sent)).toBeLessThanOrEqual(12);
  for (const { content, at } of sent) if (content.kind === 'JobFailed') expect(at).toBe(RECEIVED + HOUR);
  const stingy = { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 0, perHour: 2 } };
  expect(names(simulate(quarantined.slice(0, 3), stingy, 12 * HOUR))).toHaveLength(3);
});

it('vanished images are reported at once in a storm, too, whatever was sent before it', () => {
  const before = Array.from({ length: 5 }, (_, index) => notice('Quarantined', index, RECEIVED));
  const storm = Array.from({ length: 300 }, (_, index) =>
    failed(alone(index + 1), RECEIVED + MINUTE + Math.floor(index / 5) * MINUTE),
  );
  for (const minute of [3, 20, 40]) {
    const sent = simulate([...before, ...storm, imagesDeleted(RECEIVED + minute * MINUTE)], undefined, HOUR);
    expect(sent.find(({ content }) => content.kind === 'ImagesDeleted')?.at).toBe(RECEIVED + minute * MINUTE);
  }
});

it.each([1, 2, 5, 12])(
  'vanished images are reported at once although all %i messages of the hour were mailed already',
  (perHour) => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 5, perHour } };
    const before = Array.from({ length: perHour }, (_, index) => failed(alone(index + 1)));
    const sent = simulate([...before, imagesDeleted(RECEIVED + 2 * MINUTE)], settings);
    expect(sent.find(isAlarm)?.at).toBe(RECEIVED + 2 * MINUTE);
  },
);

it('vanished images of a dozen primary servers are reported at once, those of any more after an hour', () => {
  const everywhere = Array.from({ length: 14 }, (_, index) => imagesDeleted(RECEIVED, `primary-${index}`));
  const at = simulate(everywhere).map((message) => message.at - RECEIVED);
  expect(at).toEqual([...Array(12).fill(0), HOUR, HOUR]);
});

it('a lost feed waits at most 15 minutes for the overdue backups of hundreds of primary servers', () => {
  const overdue = Array.from({ length: 300 }, (_, index) => notice('BackupOverdue', index, RECEIVED));
  const sent = simulate([...overdue, notice('FeedLost', 1_000, RECEIVED + HOUR)], undefined, 3 * HOUR);
  const lost = sent.find(({ content }) => content.kind === 'FeedLost');
  expect(lost?.at).toBeLessThanOrEqual(RECEIVED + HOUR + 15 * MINUTE);
});

describe('failures that keep coming', () => {
  const budgets = [1, 2, 4, 6, 8, 9, 10, 12].flatMap((perHour) =>
    [1, 5, perHour].map((singles) => ({ perHour, singles })),
  );
  const cases = budgets.flatMap((budget) => [3, 6, 10, 45].map((minutes) => ({ ...budget, minutes })));
  const steady = (minutes: number, hours: number) =>
    Array.from({ length: (hours * 60) / minutes }, (_, index) =>
      failed(alone(index + 1, { clientName: `c${index}` }), RECEIVED + index * minutes * MINUTE),
    );
  const WAIT = 4 * HOUR;

  it.each(cases)(
    'every $minutes minutes delay no lost feed or warning by over 8 hours: $perHour an hour, $singles single',
    (some) => {
      const settings = { ...DEFAULT_ALERT_SETTINGS, budget: some, mailFrom: 'warning' as const };
      const lost = notice('FeedLost', 1_000, RECEIVED + 50 * MINUTE);
      const warning = failed(alone(9_999, { status: 1 }), RECEIVED + 50 * MINUTE);
      const sent = simulate([...steady(some.minutes, 12), lost, warning], settings, 24 * HOUR);
      const toldAt = (intent: Intent) =>
        sent.find(({ members }) => members.some((one) => nameOf(one) === nameOf(intent)))?.at;
      for (const intent of [lost, warning]) expect(toldAt(intent)).toBeLessThanOrEqual(intent.receivedAt + 2 * WAIT);
      expect(names(sent)).toHaveLength((12 * 60) / some.minutes + 2);
      expect(longestWait(sent.filter(({ severity }) => severity === 'error'))).toBeLessThanOrEqual(WAIT);
    },
  );

  it.each(cases)(
    'every $minutes minutes delay the end of a silence by at most 4 hours: $perHour an hour, $singles single',
    (some) => {
      const settings = { ...DEFAULT_ALERT_SETTINGS, budget: some };
      const silence = { id: 's', reason: 'r', createdAt: 0, from: 0, until: RECEIVED, zone: 'UTC' };
      const ended = [{ silence, held: [failed(alone(9_999))], lastHeldAt: RECEIVED }];
      const failures = steady(some.minutes, 8);
      const told = new Set<string>();
      let state: PublisherState = NEW_STATE;
      let now = RECEIVED;
      for (; now < RECEIVED + 8 * HOUR && !told.has('SilenceEnded'); now += MINUTE) {
        const waiting = failures.filter((one) => one.receivedAt <= now && !told.has(nameOf(one)));
        const planned = plan(waiting, now < RECEIVED + 10 * MINUTE ? [] : ended, state, now, settings);
        for (const { content, members } of planned.messages)
          for (const name of [content.kind, ...members.map(nameOf)]) told.add(name);
        state = planned.state;
      }
      expect(now).toBeLessThanOrEqual(RECEIVED + WAIT);
    },
  );
});

it.each([1, 2, 3, 5, 8])(
  'failures and warnings that keep coming starve neither each other nor anything else: %i an hour',
  (perHour) => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 5, perHour }, mailFrom: 'warning' as const };
    const each = (minutes: number, from: number, status: number) =>
      Array.from({ length: (24 * 60) / minutes }, (_, index) =>
        failed(alone(from + index, { status, clientName: `c${index}` }), RECEIVED + index * minutes * MINUTE),
      );
    const news = [1, 2, 3].map((index) => notice('Quarantined', index, RECEIVED + index * 6 * HOUR));
    const sent = simulate([...each(3, 1, 156), ...each(10, 10_000, 1), ...news], settings, 24 * HOUR);
    for (const { at, members } of sent)
      for (const { kind, receivedAt } of members)
        if (kind === 'Quarantined') expect(at - receivedAt).toBeLessThanOrEqual(5 * HOUR);
    expect(kinds(sent).filter((kind) => kind === 'Quarantined')).toHaveLength(3);
    expect(longestWait(sent.filter(({ severity }) => severity === 'error'))).toBeLessThanOrEqual(3 * HOUR);
    expect(longestWait(sent.filter(({ severity }) => severity === 'warning'))).toBeLessThanOrEqual(5 * HOUR);
    expect(sent.filter(({ severity }) => severity === 'error').length).toBeGreaterThan(10);
  },
);

describe('with any history of alerts', () => {
  const arrival = fc.oneof(
    fc
      .record({
        jobId: fc.integer({ min: 1, max: 400 }),
        parentJobId: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
        status: fc.constantFrom(1, 6, 150, 156, 2074),
        policyType: fc.constantFrom('STANDARD', 'NBU-CATALOG'),
        at: fc.integer({ min: 0, max: 4 * HOUR }),
        primary: fc.constantFrom('demo', 'other', 'canary'),
      })
      .map(({ at, primary, ...content }) => failed(content, RECEIVED + at, primary)),
    fc
      .record({ jobId: fc.integer({ min: 1, max: 99 }), at: fc.integer({ min: 0, max: 4 * HOUR }) })
      .map(({ jobId, at }) => recovered(jobId, RECEIVED + at)),
    fc.integer({ min: 0, max: 4 * HOUR }).map((at) => imagesDeleted(RECEIVED + at)),
  );
  const history = fc
    .tuple(fc.array(arrival, { maxLength: 120 }), fc.integer({ min: 0, max: 2 }))
    .map(([some, squeeze]) => {
      // Some histories arrive one by one, others in a rush.
      const at = (ms: number) => RECEIVED + Math.floor((ms - RECEIVED) / 10 ** squeeze);
      const moved = some.map((one) => ({ ...one, receivedAt: at(one.receivedAt), pendingSince: at(one.receivedAt) }));
      return [...new Map(moved.map((one) => [nameOf(one), one])).values()];
    });
  const someSettings = fc.record({
    budget: fc.record({ singles: fc.integer({ min: 0, max: 8 }), perHour: fc.integer({ min: 1, max: 15 }) }),
    mailFrom: fc.constantFrom(...SEVERITIES),
    chatFrom: fc.constantFrom(...SEVERITIES),
  });

  it('everything is sent once, and nobody gets more messages in an hour than the budget allows', () => {
    fc.assert(
      fc.property(history, someSettings, (arrivals, some) => {
        const sent = simulate(arrivals, { ...DEFAULT_ALERT_SETTINGS, ...some }, 48 * HOUR);
        expect(names(sent)).toEqual(arrivals.map(nameOf).sort());
        expect(busiestHour(noAlarms(sent))).toBeLessThanOrEqual(some.budget.perHour);
        expect(busiestHour(sent.filter(isAlarm))).toBeLessThanOrEqual(12);
      }),
      { numRuns: 60 },
    );
  });

  it('vanished images do not change when other alerts are sent', () => {
    fc.assert(
      fc.property(history, (arrivals) => {
        const others = arrivals.filter(({ kind }) => kind !== 'ImagesDeleted');
        const times = (sent: readonly Sent[]) => noAlarms(sent).map(({ at }) => at);
        expect(times(simulate(arrivals))).toEqual(times(simulate(others)));
      }),
      { numRuns: 20 },
    );
  });

  it('no failure waits for longer than a quarter of an hour, except children of a running job', () => {
    const mailFrom = fc.constantFrom('warning' as const, 'error' as const);
    fc.assert(
      fc.property(history, mailFrom, (arrivals, from) => {
        const lone = arrivals.filter((one) => one.kind !== 'JobFailed' || one.entry.parentJobId === undefined);
        const sent = simulate(lone, { ...DEFAULT_ALERT_SETTINGS, mailFrom: from }, 48 * HOUR);
        expect(longestWait(sent.filter(({ severity }) => severity !== 'warning'))).toBeLessThanOrEqual(16 * MINUTE);
      }),
      { numRuns: 60 },
    );
  });

  it('the plan does not depend on the order in which intents are read', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (arrivals, draws) => {
        const order = new Map(arrivals.map((one) => [one, draws.next().value]));
        const shuffled = [...arrivals].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
        const now = RECEIVED + 4 * HOUR;
        expect(plan(shuffled, [], NEW_STATE, now, DEFAULT_ALERT_SETTINGS)).toEqual(
          plan(arrivals, [], NEW_STATE, now, DEFAULT_ALERT_SETTINGS),
        );
      }),
      { numRuns: 60 },
    );
  });
});
