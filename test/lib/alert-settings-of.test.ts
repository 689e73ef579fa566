import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { alertSettingsText, DEFAULT_ALERT_SETTINGS } from '../../functions/alerts/alert-settings.ts';
import { alertSettingsOf, subscribersOf } from '../../lib/alert-settings-of.ts';
import { readSettings } from '../../lib/settings.ts';

const settings = (given: Record<string, unknown>) =>
  readSettings(Object.fromEntries(Object.entries(given).map(([name, value]) => [`nbwatch:${name}`, value])));
const mail = (minSeverity?: string) => ({ protocol: 'email', endpoint: `${minSeverity}@example.com`, minSeverity });
const queue = { protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-central-1:123456789012:alerts' };

describe('alertSettingsOf', () => {
  it('says what the defaults say', () => {
    expect(alertSettingsOf(settings({}))).toEqual(DEFAULT_ALERT_SETTINGS);
  });

  it.each<[from: string, whom: string, given: Record<string, unknown>]>([
    ['error', 'nobody', {}],
    ['error', 'programs alone', { subscriptions: [queue] }],
    ['error', 'plain addresses', { emails: 'a@example.com' }],
    ['error', 'a plain address, and who wants less', { emails: 'a@example.com', subscriptions: [mail('critical')] }],
    ['critical', 'who wants less', { subscriptions: [mail('critical')] }],
    ['warning', 'the one who wants most', { subscriptions: [mail('critical'), mail('warning'), queue] }],
    ['error', 'a plain address, and a chat that wants more', { emails: 'a@example.com', chatMinSeverity: 'warning' }],
  ])('people are mailed from %s on: %s', (from, _, given) => {
    expect(alertSettingsOf(settings(given)).mailFrom).toBe(from);
  });

  it('hands everything to functions as they read it', () => {
    const given = settings({
      zone: 'Europe/Berlin',
      severities: '[{"status":"196,800-830","severity":"information"},{"client":"sap01","severity":"critical"}]',
      alertSingles: '0',
      alertsPerHour: '60',
      summaryHour: 'off',
      chatMinSeverity: 'critical',
    });
    expect(v.parse(alertSettingsText, JSON.stringify(alertSettingsOf(given)))).toEqual({
      zone: 'Europe/Berlin',
      severities: [
        { status: '196,800-830', severity: 'information' },
        { client: 'sap01', severity: 'critical' },
      ],
      mailFrom: 'error',
      chatFrom: 'critical',
      budget: { singles: 0, perHour: 60 },
      summaryHour: 'off',
    });
  });

  it('is refused before it outgrows the environment of a function, which would stop only the deployment', () => {
    const override = { client: 'a-client-with-a-long-name.example.com', severity: 'warning' };
    expect(() => settings({ severities: Array(20).fill(override) })).not.toThrow();
    expect(() => settings({ severities: Array(60).fill(override) })).toThrow(
      /^nbwatch:severities and .* have \d+ bytes together; Lambda leaves room for 2800\./,
    );
  });
});

it('subscribersOf names everybody who is to be told, and nothing of a URL that may be secret', () => {
  const hook = { protocol: 'https', endpoint: 'https://user:secret@example.com/hook?token=secret' };
  const given = { emails: 'A@example.com', subscriptions: [mail('critical'), queue, hook] };
  expect(subscribersOf(settings(given))).toEqual([
    ...['email a@example.com', 'email critical@example.com', `sqs ${queue.endpoint}`],
    expect.stringMatching(/^https example\.com [0-9a-f]{12}$/),
  ]);
});
