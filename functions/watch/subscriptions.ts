import { paginateListSubscriptionsByTopic, type SNSClient, type Subscription } from '@aws-sdk/client-sns';
import { log } from '../runtime/log.ts';
import type { WatchContext } from './context.ts';
import type { Counts } from './duties.ts';

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
 * Counts who should be told and is not: addresses of the settings without a confirmed subscription, and whoever else has not confirmed
 * one yet. SNS forgets what is not confirmed within two days, so only the settings tell who is gone.
 */
export async function checkSubscriptions({
  subscriptions,
  emails,
  now,
}: Pick<WatchContext, 'subscriptions' | 'emails' | 'now'>): Promise<Counts> {
  if (!isItsMinute(now())) return {};
  const [confirmed, pending] = [new Set<string>(), new Set<string>()];
  for await (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of subscriptions()) {
    if (SubscriptionArn === DELETED) continue;
    (SubscriptionArn === PENDING ? pending : confirmed).add(placeOf(Protocol, Endpoint));
  }
  const unconfirmed = pending.difference(confirmed);
  const gone = new Set(emails.map((address) => placeOf('email', address))).difference(confirmed).difference(pending);
  if (unconfirmed.size + gone.size > 0)
    log.warn('Alerts do not reach all subscribers', {
      unconfirmed: Array.from(unconfirmed, masked),
      gone: Array.from(gone, masked),
    });
  return { SubscriptionsMissing: unconfirmed.size + gone.size };
}

/** Addresses count as the same however they are capitalised. */
function placeOf(protocol: string, endpoint: string): string {
  return `${protocol} ${protocol === 'email' ? endpoint.toLowerCase() : endpoint}`;
}

/** Enough for who runs nbwatch to know whom to ask: `email a***@example.com`. A URL may have a password in it, an ARN has none. */
function masked(place: string): string {
  const [protocol = '', endpoint = ''] = place.split(' ', 2);
  if (protocol.startsWith('email')) return `${protocol} ${endpoint.replace(/(?<=^.).*(?=@)/, '***')}`;
  if (endpoint.startsWith('arn:')) return place;
  return `${protocol} ${URL.canParse(endpoint) ? new URL(endpoint).host : '***'}`;
}
