import { paginateListSubscriptionsByTopic, type SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';
import { masked, subscriberOf } from './subscriber.ts';

/** Every subscription of the alerts topic, as SNS lists it. */
export type Subscriptions = () => AsyncIterable<Subscription>;

export function createSubscriptions(client: SNSClient, TopicArn: string): Subscriptions {
  return async function* () {
    for await (const page of paginateListSubscriptionsByTopic({ client }, { TopicArn }))
      yield* page.Subscriptions ?? [];
  };
}

/** Four times an hour: soon enough for people, and a run that was skipped or failed costs a quarter of an hour. */
const isItsMinute = (now: number) => new Date(now).getUTCMinutes() % 15 === 7;

/** What SNS says in place of an ARN. */
const PENDING = 'PendingConfirmation';
const DELETED = 'Deleted';

/**
 * Counts who should be told and is not: subscribers of the settings without a confirmed subscription, and whoever else has not
 * confirmed one yet. SNS forgets what is not confirmed within two days, so only the settings tell who is gone.
 */
export async function checkSubscriptions({
  subscriptions,
  subscribers,
  now,
}: Pick<WatchContext, 'subscriptions' | 'subscribers' | 'now'>): Promise<Counts> {
  if (!isItsMinute(now())) return {};
  const [confirmed, pending] = [new Set<string>(), new Set<string>()];
  for await (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of subscriptions()) {
    if (SubscriptionArn === DELETED) continue;
    (SubscriptionArn === PENDING ? pending : confirmed).add(subscriberOf(Protocol, Endpoint));
  }
  const unconfirmed = pending.difference(confirmed);
  const gone = new Set(subscribers).difference(confirmed).difference(pending);
  if (unconfirmed.size + gone.size > 0)
    log.warn('Alerts do not reach all subscribers', {
      unconfirmed: Array.from(unconfirmed, masked),
      gone: Array.from(gone, masked),
    });
  return { SubscriptionsMissing: unconfirmed.size + gone.size };
}
