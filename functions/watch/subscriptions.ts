import { paginateListSubscriptionsByTopic, type SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';
import { masked, subscriberOf } from './subscriber.ts';

/** A topic that somebody should be subscribed to. */
export interface WatchedTopic {
  /** Every subscription of the topic, as SNS lists it. */
  subscriptions(): AsyncIterable<Subscription>;
  /** Whom the settings subscribe to it, as subscriber.ts names them; a protocol alone stands for anybody using it. */
  subscribers: readonly string[];
}

export function watchedTopic(client: SNSClient, TopicArn: string, subscribers: readonly string[]): WatchedTopic {
  return {
    async *subscriptions() {
      for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn }))
        yield* page.Subscriptions ?? [];
    },
    subscribers,
  };
}

/** Four times an hour is soon enough for people, and a skipped run costs only a quarter of an hour. */
const isItsMinute = (now: number) => new Date(now).getUTCMinutes() % 15 === 7;

/** The words that SNS returns in place of an ARN. */
const PENDING = 'PendingConfirmation';
const DELETED = 'Deleted';

/**
 * Counts who should get messages and does not: subscribers of the settings without a confirmed subscription, and
 * anybody else who has not confirmed one yet. SNS forgets a subscription that is not confirmed within two days, so only
 * the settings tell who is gone.
 */
export async function checkSubscriptions(
  { topics, now }: Pick<WatchContext, 'topics' | 'now'>,
  _timeLeft?: () => number,
  again = false,
): Promise<Counts> {
  if (!isItsMinute(now()) && !again) return {};
  const [unconfirmed, gone]: [string[], string[]] = [[], []];
  for (const topic of topics) {
    const missing = await missingOf(topic);
    unconfirmed.push(...missing.unconfirmed);
    gone.push(...missing.gone);
  }
  if (unconfirmed.length + gone.length > 0)
    log.warn('Some subscribers get no messages', { unconfirmed: unconfirmed.map(masked), gone: gone.map(masked) });
  return { SubscriptionsMissing: unconfirmed.length + gone.length };
}

/** The subscribers of a topic who have not confirmed, and those of the settings who are not subscribed at all. */
export async function missingOf({ subscriptions, subscribers }: WatchedTopic) {
  const [confirmed, pending] = [new Set<string>(), new Set<string>()];
  for await (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of subscriptions()) {
    if (SubscriptionArn === DELETED) continue;
    const found = SubscriptionArn === PENDING ? pending : confirmed;
    found.add(subscriberOf(Protocol, Endpoint)).add(Protocol);
  }
  const isWhole = (subscriber: string) => subscriber.includes(' ');
  return {
    unconfirmed: [...pending.difference(confirmed)].filter(isWhole),
    gone: [...new Set(subscribers).difference(confirmed).difference(pending)],
  };
}
