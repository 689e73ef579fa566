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

/** In how many minutes each intent will be sent; 0 for those that are sent now. */
function minutes(waiting: readonly Intent[], before: PublisherState = NEW_STATE, settings = DEFAULT_ALERT_SETTINGS) {
  const { messages, state } = plan(waiting, [], before, RECEIVED, settings);
  const now = new Set(messages.flatMap(({ members }) => members));
  const toldBy = forecast(
    waiting.filter((intent) => !now.has(intent)),
    state,
    RECEIVED,
    settings,
  );
  return waiting.map((intent) => (now.has(intent) ? 0 : ((toldBy.get(intent) ?? Number.NaN) - RECEIVED) / MINUTE));
}

describe('the forecast of when an alert is sent', () => {
  it('is when the next digest is due, for failures of a storm', () => {
    const failures = [1, 2, 3, 4, 5, 6, 7].map(alone);
    expect(minutes(failures)).toEqual([0, 0, 0, 0, 0, 1, 1]);
    const storm = { ...NEW_STATE, storms: { failures: { since: RECEIVED - 2 * MINUTE, digests: 1 } } };
    expect(minutes([alone(8), alone(9)], storm)).toEqual([3, 3]);
  });

  it('is a minute ahead for a child job, or fifteen once its family was reported', () => {
    const child = failed({ jobId: 2, parentJobId: 1 });
    expect(minutes([child])).toEqual([1]);
    const told = { ...NEW_STATE, families: { 'demo 1': { at: RECEIVED - MINUTE, ended: false } } };
    expect(minutes([child], told)).toEqual([15]);
  });

  it('is the minute in which the hour has room for it again', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 1, perHour: 1 } };
    const at = RECEIVED - 10 * MINUTE;
    const sent = { at, to: ['alerts' as const], lane: 'failures' as const, single: true, alarm: false, other: false };
    expect(minutes([alone(1)], { ...NEW_STATE, sent: [sent] }, settings)).toEqual([50]);
  });

  it('is a minute ahead for alerts that only programs get', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, mailFrom: 'critical' as const, chatFrom: 'critical' as const };
    expect(minutes([alone(1), recovered(3)], NEW_STATE, settings)).toEqual([1, 1]);
  });
});
