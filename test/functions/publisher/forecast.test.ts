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

/** In how many minutes each that is not told now will be; 0 for those that are. */
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

describe('what waits is told', () => {
  it('with the digest of its storm, when that is due', () => {
    const failures = [1, 2, 3, 4, 5, 6, 7].map(alone);
    expect(minutes(failures)).toEqual([0, 0, 0, 0, 0, 1, 1]);
    const storm = { ...NEW_STATE, storms: { failures: { since: RECEIVED - 2 * MINUTE, digests: 1 } } };
    expect(minutes([alone(8), alone(9)], storm)).toEqual([3, 3]);
  });

  it('once the job that it belongs to has had time to end', () => {
    const child = failed({ jobId: 2, parentJobId: 1 });
    expect(minutes([child])).toEqual([1]);
    const told = { ...NEW_STATE, families: { 'demo 1': { at: RECEIVED - MINUTE, ended: false } } };
    expect(minutes([child], told)).toEqual([15]);
  });

  it('when there is room for it in the hour', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 1, perHour: 1 } };
    const at = RECEIVED - 10 * MINUTE;
    const sent = { at, to: ['alerts' as const], lane: 'failures' as const, single: true, alarm: false, other: false };
    expect(minutes([alone(1)], { ...NEW_STATE, sent: [sent] }, settings)).toEqual([50]);
  });

  it('after a minute where only programs hear of it', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, mailFrom: 'critical' as const, chatFrom: 'critical' as const };
    expect(minutes([alone(1), recovered(3)], NEW_STATE, settings)).toEqual([1, 1]);
  });
});
