import { describe, expect, it } from 'vitest';
import type { MessageContent } from '../../../functions/alerts/alert-of.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { RECEIVED } from '../support.ts';
import { EXAMPLES, lostFeed, lostFeeds, QUIET_DAY, recovery, restoredFeed, summary } from './examples.ts';
import { render } from './rendering.ts';

const utc = (content: MessageContent) => render(content, DEFAULT_ALERT_SETTINGS);

describe('a recovery', () => {
  const tell = (fields: Parameters<typeof recovery>[0]) => utc({ kind: 'JobRecovered', recovered: recovery(fields) });

  it('says how many of the failures were silenced, if any were', () => {
    expect(tell({ silenced: 2 }).email).toContain('\n  Silenced:           2 of them\n');
    expect(tell({}).email).not.toContain('Silenced');
  });

  it('says for how long there was no good backup, if that is worth saying', () => {
    const within = (ms: number) =>
      tell({ series: { failures: 1, failingSince: RECEIVED - 1, lastUsableAt: RECEIVED - ms } })
        .email.split('\n\n')[0]
        ?.replaceAll('\n', ' ');
    expect(within(60_000)).toMatch(/It follows 1 failure\. There had been no good backup for 1 minute\.$/);
    expect(within(59_999)).toMatch(/It follows 1 failure\.$/);
  });

  it('that ended with a warning says what to check', () => {
    const series = { failures: 1, failingSince: RECEIVED - 3_600_000, lastUsableAt: 0 };
    const { subject, email } = tell({ status: 1, series, statuses: [84], policyType: '' });
    expect(subject).toBe('OK again sql01: BACKUP 151 after 1 failure [demo]');
    expect(
      email,
    ).toBe(`BACKUP 151 of client sql01 ended with status 1. The job finished, but part of the data was skipped.
It follows 1 failure.

  Primary server:     demo
  Client:             sql01
  Policy:             nightly
  Schedule:           ST_FULL
  Job ID:             151
  Failures:           1, with status 84
  Failing since:      2026-11-23 18:33:33 UTC
  Last good backup:   none that nbwatch knows of
  Received:           2026-11-23 19:33:33 UTC
  Start time as sent: 1459916900 (read as UTC 2016-04-06 04:28:20; may run whole hours ahead)

What to do next
  1. Open the job's details in Activity monitor and look for the files that were skipped; then read
     the client's bpbkar log.
  2. Nothing else needs to be done. There is no backup from the time in between.

--
nbwatch JobRecovered, 1795462413034-0123456789abcdef0123456789abcdef
`);
  });

  it('has the severity of the failures that it ended, so that it reaches whoever got those, and status 0', () => {
    expect(tell({ statuses: [150, 156] }).message.MessageAttributes.severity?.StringValue).toBe('error');
    expect(tell({ policyType: 'NBU-Catalog' }).message.MessageAttributes.severity?.StringValue).toBe('critical');
    expect(tell({}).message.MessageAttributes.status).toEqual({ DataType: 'Number', StringValue: '0' });
  });
});

describe('the daily summary', () => {
  const day = (primary: string, other: object = {}) => ({
    ...{ primary, succeeded: 10, warnings: 0, cancelled: 0, failed: 0 },
    ...{ imagesCreated: 9, imagesDeleted: 0, putAside: 0, seriesFailing: 0, ...other },
  });
  const none = { succeeded: 0, imagesCreated: 0 };

  it('of a quiet day says that all is well, and lists no next steps', () => {
    const { subject, email, card } = utc(QUIET_DAY);
    expect(subject).toBe('All quiet 2026-11-22: none of 412 jobs failed [demo]');
    expect(
      email,
    ).toBe(`All quiet on 2026-11-22: none of 412 jobs failed. No backup is failing now, and nothing needs to be
done.

  From:                    2026-11-22 19:33:33 UTC
  Until:                   2026-11-23 19:33:33 UTC
  Succeeded:               402
  Warnings:                0
  Stopped or housekeeping: 10
  Failed:                  0
  Backups failing now:     0
  Images created:          398
  Images deleted:          120

--
nbwatch DailySummary, 1795462413034-0123456789abcdef0123456789abcdef
`);
    expect(card.content).not.toHaveProperty('nextSteps');
  });

  it.each([
    [[day('demo', { failed: 2 })], 'Summary 2026-11-22: 2 of 12 jobs failed [demo]', 'jobs --failed'],
    [[day('demo', { warnings: 1 })], 'Summary 2026-11-22: none of 11 jobs failed, 1 warning [demo]', 'with warnings'],
    [[day('demo', { seriesFailing: 1 })], 'Summary 2026-11-22: none of 10 jobs failed [demo]', 'series --failing'],
    [
      [day('demo', { putAside: 2 })],
      'Summary 2026-11-22: none of 10 jobs failed [demo]',
      '2 things could not be used and were put aside',
    ],
    [
      [day('demo'), day('dr', none)],
      'Summary 2026-11-22: none of 10 jobs failed [dr and demo]',
      'heard from dr. Check',
    ],
    [[day('demo', none)], 'Summary 2026-11-22: no job ended [demo]', 'Nothing was heard from demo.'],
    [[], 'Summary 2026-11-22: no job ended', 'No primary server is known yet'],
  ])('of any other day says what to look at', (primaries, subject, step) => {
    const rendered = utc(summary(primaries));
    expect(rendered.subject).toBe(subject);
    expect(rendered.email).toContain(`What to do next\n  1. `);
    expect(rendered.email).toContain(step);
    expect(rendered.email).not.toContain('quiet');
  });

  it('shows the primaries that need attention first, and at most ten', () => {
    const primaries = [
      ...Array.from({ length: 10 }, (_, index) => day(`p${index}`)),
      ...[day('w', { warnings: 1 }), day('silent', none), day('f', { failed: 1, putAside: 1, seriesFailing: 2 })],
    ];
    expect(utc(summary(primaries)).email).toContain(`
By primary server
  f: 1 failed, 10 succeeded, 2 backups failing now, 1 put aside
  silent: nothing heard from it
  w: 1 warning, 10 succeeded
  p0: 10 succeeded
`);
    expect(utc(summary(primaries)).email).toMatch(/\n {2}and 3 more\n/);
  });

  it('has the severity summary, and names at most 300 primaries', () => {
    const { message, machine } = utc(summary(Array.from({ length: 301 }, (_, index) => day(`p${index}`))));
    expect(message.MessageAttributes.severity?.StringValue).toBe('summary');
    expect([machine.primaries.length, machine.primariesLeftOut]).toEqual([300, 1]);
  });
});

describe('a test alert', () => {
  it('passes every filter by severity, and says that no job failed', () => {
    const { subject, message, email } = utc(EXAMPLES.Test);
    expect(subject).toBe('TEST of nbwatch alerts: Hello from Anna');
    expect(message.MessageAttributes.severity?.StringValue).toBe('critical');
    expect(email).toMatch(/^This is a test\. No job failed\./);
    expect(utc({ kind: 'Test', intent: { ...EXAMPLES.Test.intent, note: '' } }).subject).toBe('TEST of nbwatch alerts');
  });
});

describe('messages about feeds', () => {
  const hundreds = utc(lostFeeds(250));

  it('name a hundred of the feeds that were lost together, and count the rest', () => {
    expect(hundreds.subject).toBe('ERROR nothing heard through 250 endpoints');
    expect(hundreds.email).toContain('domain-99 through site-99, since 2026-11-23 17:39:33 UTC');
    expect(hundreds.email).not.toContain('domain-100 ');
    expect(hundreds.email).toContain('and 150 more');
    expect(hundreds.machine.counts).toEqual({ feeds: 250 });
    expect(hundreds.machine.feeds).toHaveLength(100);
  });

  it('give each feed one dedup key for its loss and its return, also if they name several feeds', () => {
    const from = RECEIVED - 40 * 60_000;
    const [a, b] = [
      { primary: 'p', endpoint: 'a' },
      { primary: 'p', endpoint: 'b' },
    ];
    const lost = utc({ kind: 'FeedLost', feeds: [lostFeed({ ...a, lostFrom: from }), lostFeed({ ...b })] });
    const restored = utc({ kind: 'FeedRestored', feeds: [restoredFeed({ ...a, from })] });
    expect(restored.machine.dedupKey).toBe(lost.machine.feeds[0].dedupKey);
    expect(lost.machine.feeds[1].dedupKey).not.toBe(lost.machine.feeds[0].dedupKey);
  });

  it('say “still nothing heard” only if all of their feeds were reported before', () => {
    expect(utc({ kind: 'FeedLost', feeds: [lostFeed({ reminder: 2 })] }).subject).toContain(
      'ERROR still nothing heard',
    );
    const mixed = utc({ kind: 'FeedLost', feeds: [lostFeed({ reminder: 2 }), lostFeed({ endpoint: 'new' })] });
    expect(mixed.subject).toBe('ERROR nothing heard through 2 endpoints');
  });
});
