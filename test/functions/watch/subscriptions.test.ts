import { ListSubscriptionsByTopicCommand, SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { subscriberOf } from '../../../functions/watch/subscriber.ts';
import { checkSubscriptions, watchedTopic } from '../../../functions/watch/subscriptions.ts';
import { must } from '../support.ts';
import { contextOf, logged } from './support.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:alerts';

afterEach(() => vi.restoreAllMocks());

const subscription = (Endpoint: string, SubscriptionArn = `${TOPIC}:1`, Protocol = 'email'): Subscription => ({
  ...{ Endpoint, SubscriptionArn, Protocol },
});

/** Checks the subscriptions at a minute of an hour, while SNS lists these pages. */
async function check(
  emails: readonly string[],
  pages: Subscription[][],
  minute = '07',
  programs: readonly [protocol: string, endpoint: string][] = [],
) {
  const warned = logged('warn');
  const client = new SNSClient({ region: 'eu-central-1' });
  const sns = mockClient(client);
  sns.on(ListSubscriptionsByTopicCommand, { TopicArn: TOPIC }).callsFake(({ NextToken = '0' }) => {
    const next = Number(NextToken) + 1;
    return { Subscriptions: pages[next - 1], ...(next < pages.length && { NextToken: `${next}` }) };
  });
  const now = () => Date.parse(`2026-11-24T00:${minute}:30Z`);
  const all = [...emails.map((address) => ['email', address] as const), ...programs];
  const subscribers = all.map(([protocol, endpoint]) => subscriberOf(protocol, endpoint));
  const counts = await checkSubscriptions(contextOf({ topics: [watchedTopic(client, TOPIC, subscribers)], now }));
  return { counts, calls: sns.calls().length, warned: warned.map(([, fields]) => fields) };
}

const [a, b] = ['anna@example.com', 'b@example.com'];

describe('the check of subscriptions to the alerts topic', () => {
  it('counts no missing subscription and logs nothing when every address is confirmed', async () => {
    const queue = subscription('arn:aws:sqs:eu-central-1:123456789012:q', `${TOPIC}:2`, 'sqs');
    expect(await check([a, b], [[subscription(b), subscription('Anna@Example.com'), queue]])).toEqual({
      ...{ counts: { SubscriptionsMissing: 0 }, calls: 1, warned: [] },
    });
  });

  it('reads all pages that SNS lists', async () => {
    const pages = [[subscription(a)], [], [subscription(b)]];
    expect(await check([a, b], pages)).toMatchObject({ counts: { SubscriptionsMissing: 0 }, calls: 3 });
  });

  it.each([
    [
      'an address has not confirmed',
      [subscription(a, 'PendingConfirmation')],
      { unconfirmed: ['email a***@example.com'], gone: [] },
    ],
    ['an address is no longer listed', [], { unconfirmed: [], gone: ['email a***@example.com'] }],
    [
      'an address has unsubscribed',
      [subscription(a, 'Deleted')],
      { unconfirmed: [], gone: ['email a***@example.com'] },
    ],
    [
      'an address is subscribed to another format only',
      [subscription(a, undefined, 'email-json')],
      { unconfirmed: [], gone: ['email a***@example.com'] },
    ],
  ])('counts a missing subscription and logs its masked address when %s', async (_, listed, said) => {
    expect(await check([a, b], [[subscription(b), ...listed]])).toEqual({
      ...{ counts: { SubscriptionsMissing: 1 }, calls: 1, warned: [said] },
    });
  });

  describe('subscriptions of programs', () => {
    const HOOK = 'https://user:secret@example.com/hook?token=secret';
    const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:q';
    const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:f';
    const programs = [
      ['https', HOOK],
      ['sqs', QUEUE],
      ['lambda', FUNCTION],
    ] as const;
    const checkPrograms = (listed: Subscription[]) =>
      check([], [listed], '07', [...programs.map((one) => [...one])] as [string, string][]);
    const [hook, queue, incidents] = programs.map(([protocol, endpoint]) =>
      subscription(endpoint, undefined, protocol),
    );

    it('count as present, even where SNS hides a password', async () => {
      const hidden = subscription(HOOK.replace('user:secret', 'user:****'), undefined, 'https');
      for (const shown of [hook, hidden])
        expect(await checkPrograms([must(shown), must(queue), must(incidents)])).toMatchObject({
          ...{ counts: { SubscriptionsMissing: 0 }, warned: [] },
        });
    });

    it('are counted as missing and logged without secrets when they are gone', async () => {
      const other = subscription('https://user:secret@example.com/other', undefined, 'https');
      expect(await checkPrograms([other])).toMatchObject({
        counts: { SubscriptionsMissing: 3 },
        warned: [{ unconfirmed: [], gone: ['https example.com', `sqs ${QUEUE}`, `lambda ${FUNCTION}`] }],
      });
    });

    it('are logged as unconfirmed, not as gone, until they are confirmed', async () => {
      const pending = subscription(HOOK, 'PendingConfirmation', 'https');
      expect(await checkPrograms([pending, must(queue), must(incidents)])).toMatchObject({
        counts: { SubscriptionsMissing: 1 },
        warned: [{ unconfirmed: ['https example.com'], gone: [] }],
      });
    });
  });

  it('counts a chat as subscribed when any HTTPS subscription is confirmed, and as gone when none is', async () => {
    const client = new SNSClient({ region: 'eu-central-1' });
    const checkChat = (found: Subscription[]) =>
      checkSubscriptions(
        contextOf({
          topics: [
            { async *subscriptions() {}, subscribers: [] },
            {
              ...watchedTopic(client, TOPIC, ['https']),
              subscriptions: async function* () {
                yield* found;
              },
            },
          ],
          now: () => Date.parse('2026-11-24T00:07:30Z'),
        }),
      );
    const warned = logged('warn');
    const chatbot = 'https://global.sns-api.chatbot.amazonaws.com';
    expect(await checkChat([subscription(chatbot, undefined, 'https')])).toEqual({ SubscriptionsMissing: 0 });
    expect(await checkChat([subscription(chatbot, 'Deleted', 'https')])).toEqual({ SubscriptionsMissing: 1 });
    expect(warned.map(([, fields]) => fields)).toEqual([{ unconfirmed: [], gone: ['https'] }]);
  });

  it('counts unconfirmed subscriptions that nobody expects, and logs them without secrets', async () => {
    const listed = [
      subscription('https://user:secret@example.com/hook?token=secret', 'PendingConfirmation', 'https'),
      subscription('arn:aws:sqs:eu-central-1:123456789012:q', 'PendingConfirmation', 'sqs'),
      subscription('+15550100', 'PendingConfirmation', 'sms'),
    ];
    const { counts, warned } = await check([], [listed]);
    expect(counts).toEqual({ SubscriptionsMissing: 3 });
    expect(warned).toEqual([
      { unconfirmed: ['https example.com', 'sqs arn:aws:sqs:eu-central-1:123456789012:q', 'sms ***'], gone: [] },
    ]);
  });

  it('does not miss the deleted subscription of an address that is not in the settings', async () => {
    const { counts, warned } = await check([a], [[subscription(a), subscription(b, 'Deleted')]]);
    expect({ counts, warned }).toEqual({ counts: { SubscriptionsMissing: 0 }, warned: [] });
  });

  it('counts an address as subscribed when one of its subscriptions is confirmed', async () => {
    const listed = [subscription(a, 'PendingConfirmation'), subscription(a)];
    expect(await check([a], [listed])).toMatchObject({ counts: { SubscriptionsMissing: 0 }, warned: [] });
  });

  it('asks SNS four times an hour', async () => {
    const asked: number[] = [];
    for (let minute = 0; minute < 60; minute++) {
      const { calls, counts } = await check([a], [[]], String(minute).padStart(2, '0'));
      if (calls > 0) asked.push(minute);
      else expect(counts).toEqual({});
    }
    expect(asked).toEqual([7, 22, 37, 52]);
  });
});
