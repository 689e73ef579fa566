import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import type { Intent } from '../../../functions/alerts/intent.ts';
import { forecast } from '../../../functions/publisher/forecast.ts';
import { plan } from '../../../functions/publisher/plan.ts';
import { NEW_STATE, type PublisherState } from '../../../functions/publisher/state.ts';
import { RECEIVED } from '../support.ts';
import { failed, recovered } from './intents.ts';

const MINUTE = 60_000;
const alone = (jobId: number) => failed({ jobId, parentJobId: jobId });

/** In how many minutes at the latest each intent will be sent; 0 for those that are sent now. */
function minutes(waiting: readonly Intent[], before: PublisherState = NEW_STATE, settings = DEFAULT_ALERT_SETTINGS) {
  const { messages, state } = plan(waiting, [], before, RECEIVED, settings);
  const now = new Set(messages.flatMap(({ members }) => members));
  const sendBy = forecast(
    waiting.filter((intent) => !now.has(intent)),
    state,
    RECEIVED,
    settings,
  );
  return waiting.map((intent) => (now.has(intent) ? 0 : ((sendBy.get(intent) ?? Number.NaN) - RECEIVED) / MINUTE));
}

describe('the forecast of when an alert is sent', () => {
  it('is within a minute of the next digest, for failures of a storm', () => {
    const failures = [1, 2, 3, 4, 5, 6, 7].map(alone);
    expect(minutes(failures)).toEqual([0, 0, 0, 0, 0, 2, 2]);
    const storm = { ...NEW_STATE, storms: { failures: { since: RECEIVED - 2 * MINUTE, digests: 1 } } };
    expect(minutes([alone(8), alone(9)], storm)).toEqual([4, 4]);
  });

  it('is within a minute of the one that a child job waits, or of the fifteen once its family was reported', () => {
    const child = failed({ jobId: 2, parentJobId: 1 });
    expect(minutes([child])).toEqual([2]);
    const told = { ...NEW_STATE, families: { 'demo 1': { at: RECEIVED - MINUTE, ended: false } } };
    expect(minutes([child], told)).toEqual([16]);
  });

  it('is within a minute of when the hour has room for it again', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 1, perHour: 1 } };
    const at = RECEIVED - 10 * MINUTE;
    const sent = { at, to: ['alerts' as const], lane: 'failures' as const, single: true, alarm: false, other: false };
    expect(minutes([alone(1)], { ...NEW_STATE, sent: [sent] }, settings)).toEqual([51]);
  });

  it('is within a minute of the one that alerts for programs alone wait', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, mailFrom: 'critical' as const, chatFrom: 'critical' as const };
    expect(minutes([alone(1), recovered(3)], NEW_STATE, settings)).toEqual([2, 2]);
  });

  it('holds in whichever second of a minute the publisher looks', () => {
    const storm = { ...NEW_STATE, storms: { failures: { since: RECEIVED - 50_500, digests: 0 } } };
    const waiting = [alone(1), alone(2), failed({ jobId: 4, parentJobId: 3 })];
    const sendBy = forecast(waiting, storm, RECEIVED, DEFAULT_ALERT_SETTINGS);
    for (let second = 1; second <= 60; second++) {
      let [left, state]: [readonly Intent[], PublisherState] = [waiting, storm];
      for (let at = RECEIVED + second * 1_000; left.length > 0; at += MINUTE) {
        const planned = plan(left, [], state, at, DEFAULT_ALERT_SETTINGS);
        const sent = planned.messages.flatMap(({ members }): readonly Intent[] => members);
        for (const intent of sent) expect(at).toBeLessThanOrEqual(sendBy.get(intent) ?? 0);
        left = left.filter((intent) => !sent.includes(intent));
        state = planned.state;
      }
    }
  });
});
