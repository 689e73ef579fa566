import { describe, expect, it } from 'vitest';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { type Intent, readIntent } from '../../../functions/alerts/intent.ts';
import { plan } from '../../../functions/publisher/plan.ts';
import { NEW_STATE, type PublisherState } from '../../../functions/publisher/state.ts';
import { RECEIVED } from '../support.ts';
import { failed, nameOf, recovered } from './intents.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** When each job or notice is sent, ms after RECEIVED, by a publisher that looks every ten seconds. */
function toldAt(arrivals: readonly Intent[], settings: AlertSettings, until: number): Map<string, number> {
  const told = new Map<string, number>();
  let state: PublisherState = NEW_STATE;
  for (let now = RECEIVED; now <= RECEIVED + until; now += 10_000) {
    const waiting = arrivals.filter((intent) => intent.receivedAt <= now && !told.has(nameOf(intent)));
    const planned = plan(waiting, [], state, now, settings);
    for (const member of planned.messages.flatMap(({ members }) => members)) told.set(nameOf(member), now - RECEIVED);
    state = planned.state;
  }
  return told;
}

const alone = (jobId: number, other: object = {}) => ({ jobId, parentJobId: jobId, ...other });

describe('with a budget of one message an hour', () => {
  it('an error is sent within two hours although something critical fails every 50 minutes', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, budget: { ...DEFAULT_ALERT_SETTINGS.budget, perHour: 1 } };
    const critical = (n: number) => failed(alone(100 + n, { status: 91 }), RECEIVED + n * 50 * MINUTE);
    const criticals = Array.from({ length: 30 }, (_, n) => critical(n));
    const error = failed(alone(1), RECEIVED + MINUTE);
    const told = toldAt([...criticals, error], settings, 25 * HOUR);
    expect(told.get(nameOf(error))).toBeLessThanOrEqual(2 * HOUR);
    for (const one of criticals.slice(0, 25)) expect(told.has(nameOf(one))).toBe(true);
  });
});

it('a child that fails after its parent has ended is sent within two minutes, even after another child', () => {
  const child = (jobId: number, at: number) => failed({ jobId, parentJobId: 100 }, RECEIVED + at);
  const last = child(102, 3 * MINUTE);
  const arrivals = [failed({ jobId: 100, parentJobId: 100 }), child(101, 10_000), last];
  expect(toldAt(arrivals, DEFAULT_ALERT_SETTINGS, HOUR).get(nameOf(last))).toBeLessThanOrEqual(5 * MINUTE);
});

it('a recovery is not sent before its failure if only programs get them', () => {
  const settings = { ...DEFAULT_ALERT_SETTINGS, mailFrom: 'critical', chatFrom: 'critical' } as const;
  const recovery = recovered(900, RECEIVED + 4 * MINUTE);
  const series = { ...recovery.series, failingSince: RECEIVED + 2 * MINUTE };
  const ofSql01 = { clientName: 'sql01', policyName: 'nightly', policyType: 'STANDARD' };
  const child = (jobId: number, at: number, other: object) => failed({ jobId, parentJobId: 100, ...other }, at);
  const failure = failed({ jobId: 103, parentJobId: 100, ...ofSql01 }, RECEIVED + 2 * MINUTE, 'demo', series);
  const arrivals = [
    // Critical, so people get an alert of the family, which goes on.
    child(101, RECEIVED, { status: 91 }),
    child(102, RECEIVED + 2 * MINUTE, { status: 91 }),
    failure,
    { ...recovery, series },
  ];
  const told = toldAt(arrivals, settings, HOUR);
  expect(told.get(nameOf(failure))).toBeLessThanOrEqual(told.get(nameOf(recovery)) ?? 0);
});

it('a feed is reported as lost before it is reported as heard again', () => {
  const feed = (kind: 'FeedLost' | 'FeedRestored', endpoint: string, at: number): Intent =>
    readIntent({
      ...{ pk: 'notice#d', sk: `intent#${kind}#${endpoint}#${at}`, kind, primary: endpoint, endpoint },
      ...{ receivedAt: RECEIVED + at, pendingSince: RECEIVED + at },
      ...(kind === 'FeedLost'
        ? { lostFrom: RECEIVED - HOUR, afterMinutes: 15, reminder: 0 }
        : { from: RECEIVED - HOUR, to: RECEIVED + at }),
    });
  const waiting = [feed('FeedRestored', 'a', 1), feed('FeedRestored', 'b', 3), feed('FeedLost', 'b', 2)];
  const { messages } = plan(waiting, [], NEW_STATE, RECEIVED + MINUTE, DEFAULT_ALERT_SETTINGS);
  expect(messages.map(({ content }) => content.kind)).toEqual(['FeedLost', 'FeedRestored']);
});
