import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { backupOverdue } from '../../../functions/alerts/backup-overdue.ts';
import type { BackupOverdueIntent } from '../../../functions/alerts/intent.ts';
import { COLD, days, evening, HOUR, MINUTE, MONDAY, setUp } from './missing.ts';
import { endpointOf, logged } from './support.ts';

beforeEach(() => {
  logged('warn');
  logged('error');
});
afterEach(() => vi.restoreAllMocks());

describe('the overdue watch of a primary that is not heard', () => {
  it('finds nothing overdue, does not count that time afterwards, and keeps what was overdue before', async () => {
    const { ran, watchAt, lost, unheard, open, intents } = await setUp();
    await ran(days(12).map(evening), { clientName: 'early' });
    await ran(days(14).map(evening), { clientName: 'late' });
    expect(await watchAt(evening(13) + 5 * HOUR)).toEqual([['BackupOverdue', 'early']]);
    await lost(evening(14));
    expect(await watchAt(evening(25))).toEqual([]);
    const restoredAt = evening(25) + HOUR;
    await unheard(evening(14), restoredAt);
    // Heard for a day before, and one run may have gone unseen: it has its usual gap plus 1.25 times its longest.
    expect(await watchAt(restoredAt + 30 * HOUR)).toEqual([['BackupOverdue', 'early']]);
    expect(await open()).toHaveLength(1);
    expect(await watchAt(restoredAt + 30 * HOUR + 10 * MINUTE)).toEqual([['BackupOverdue', 'late']]);
    const told = (await intents()).at(-1);
    expect(told?.backups).toMatchObject([{ limit: 52 * HOUR, unheard: restoredAt - evening(14) }]);
    const { facts } = backupOverdue(told as BackupOverdueIntent, DEFAULT_ALERT_SETTINGS);
    expect(facts['Not heard']).toBe('11 days, not counted; nbwatch may have missed a run, so it allowed longer');
  });

  it('finds backups overdue while any endpoint is heard, even if others are lost or were never used', async () => {
    const endpoints = [
      endpointOf('demo', { tokenUsedAt: 1 }),
      endpointOf('demo', { endpoint: 'demo-b', tokenUsedAt: 1 }),
      endpointOf('demo', { endpoint: 'demo-spare' }),
    ];
    const { ran, watchAt, lost, unheard, intents } = await setUp(...endpoints);
    await ran(days(12).map(evening));
    await unheard(evening(11) + HOUR, evening(12), 'demo');
    await unheard(evening(12), evening(13), 'demo-b');
    await lost(evening(13) + HOUR, 'demo-b');
    expect(await watchAt(evening(13) + 5 * HOUR)).toEqual([['BackupOverdue', 'sql01']]);
    expect((await intents()).at(-1)?.backups[0]).not.toHaveProperty('unheard');
    await ran(days(12).map(evening), { clientName: 'web01' });
    await lost(evening(14), 'demo');
    expect(await watchAt(evening(15))).toEqual([]);
  });

  it('finds nothing overdue once all endpoints are revoked, and ignores the probe', async () => {
    const { ran, watchAt, open, registered } = await setUp(endpointOf('demo'), endpointOf('canary'));
    await ran(days(12).map(evening));
    await ran(days(12).map(evening), { primary: 'canary' });
    expect(await watchAt(evening(14))).toEqual([['BackupOverdue', 'sql01']]);
    registered.splice(0, 1, endpointOf('demo', { revokedAt: evening(14) }));
    expect(await watchAt(evening(40))).toEqual([]);
    expect(await open()).toEqual([]);
  });
});

describe('short gaps in the feed', () => {
  it('do not hide a weekly backup that stopped, even if there is one each week', async () => {
    const { ran, watchAt, unheard } = await setUp();
    await ran(days(10).map((week) => evening(week * 7)));
    const told: unknown[] = [];
    for (const week of days(2, 9)) await unheard(evening(week * 7 + 3), evening(week * 7 + 3) + 20 * MINUTE);
    for (const day of days(16, 64)) {
      for (const message of await watchAt(evening(day) + HOUR, COLD())) told.push([day - 63, ...message]);
    }
    // 7 + 1.25 x 7 days in which it was heard.
    expect(told).toEqual([[16, 'BackupOverdue', 'sql01']]);
  });

  it('do not hide a declared backup that stopped, even if there is one each night', async () => {
    const { ran, watchAt, unheard, expectations } = await setUp();
    await ran(days(10).map(evening));
    await expectations.declare({ primary: 'demo', client: 'sql01', policy: 'nightly' }, 26 * HOUR, MONDAY);
    for (const night of days(3, 9)) await unheard(evening(night) + 4 * HOUR, evening(night) + 4 * HOUR + 20 * MINUTE);
    const told: unknown[] = [];
    for (const hour of days(28, 27)) {
      const at = evening(9) + hour * HOUR;
      for (const message of await watchAt(at)) told.push([hour, ...message]);
    }
    // Twice what was declared, plus an hour in three nights in which it was not heard.
    expect(told).toEqual([[54, 'BackupOverdue', 'sql01']]);
  });

  it('are read only when a backup would newly be late without them', async () => {
    const { ran, watchAt, context } = await setUp();
    await ran(days(12).map(evening));
    const feeds = {
      ...context.feeds,
      gaps: () => expect.unreachable(),
    };
    expect(await watchAt(evening(13) + 3 * HOUR, { feeds })).toEqual([]);
    expect(await watchAt(evening(13) + 5 * HOUR)).toEqual([['BackupOverdue', 'sql01']]);
    expect(await watchAt(evening(14), { feeds })).toEqual([]);
  });
});
