import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import * as v from 'valibot';
import { masked } from '../../functions/watch/subscriber.ts';
import { missingOf, watchedTopic } from '../../functions/watch/subscriptions.ts';
import { type Doctor, functionsOf } from './doctor.ts';
import { isDenied, type Look } from './examine.ts';
import { orOk, type Verdict } from './finding.ts';

/** The subscribers of a topic, named as in subscriber.ts. */
export interface Subscribed {
  topic: 'alerts' | 'chat' | 'operations';
  confirmed: number;
  unconfirmed: readonly string[];
  /** Subscribers in the settings that are not subscribed. */
  gone: readonly string[];
}

export const lookAtSubscriptions: Look = async (doctor) => {
  const { outputs } = doctor.session.target;
  const expected = await expectedSubscribers(doctor);
  const topics = [
    { topic: 'alerts', arn: outputs.AlertsTopicArn, subscribers: expected?.ALERT_SUBSCRIBERS },
    { topic: 'chat', arn: outputs.ChatTopicArn, subscribers: expected?.CHAT_SUBSCRIBERS },
    { topic: 'operations', arn: outputs.OperationsTopicArn, subscribers: expected?.OPERATIONS_SUBSCRIBERS },
  ] as const;
  const subscribed: Subscribed[] = [];
  for (const { topic, arn, subscribers = [] } of topics) {
    const all = await Array.fromAsync(watchedTopic(doctor.clients.sns, arn, subscribers).subscriptions());
    const missing = await missingOf({
      async *subscriptions() {
        yield* all;
      },
      subscribers,
    });
    const confirmed = all.filter(({ SubscriptionArn = '' }) => SubscriptionArn.startsWith('arn:')).length;
    subscribed.push({ topic, confirmed, ...missing });
  }
  return judgeSubscriptions(subscribed, doctor.isOneMachine, expected !== undefined);
};

/** `isWhomKnown`: whether the subscribers in the settings are known. If not, none of them can be found missing. */
export function judgeSubscriptions(
  subscribed: readonly Subscribed[],
  isOneMachine: boolean,
  isWhomKnown = true,
): readonly Verdict[] {
  const wrong = subscribed.flatMap((one) => [...missing(one), ...(isOneMachine ? [] : nobody(one))]);
  const counts = subscribed.map(({ topic, confirmed }) => `${topic} ${confirmed}`).join(', ');
  const isAll = isWhomKnown ? '' : '; whether all subscribers in the settings are among them is not known';
  return orOk(
    wrong,
    `confirmed: ${counts}${isOneMachine ? '; this run prints every message, so no subscriber is needed' : isAll}`,
  );
}

function nobody({ topic, confirmed }: Subscribed): Verdict[] {
  if (confirmed > 0 || topic === 'chat') return [];
  if (topic === 'alerts')
    return [
      {
        state: 'failed',
        what: 'alerts: nobody is subscribed, so nobody is alerted to a failed job',
        next: 'Deploy with -c nbwatch:emails=ADDRESS, or subscribe a program; docs/subscribing.md says how.',
      },
    ];
  return [
    {
      state: 'warning',
      what: 'operations: nobody is subscribed, so nobody learns of an alarm about nbwatch itself',
      next: 'Deploy with -c nbwatch:operationsEmails=ADDRESS.',
    },
  ];
}

function missing({ topic, unconfirmed, gone }: Subscribed): Verdict[] {
  return [
    ...unconfirmed.map((one) => ({
      state: 'warning' as const,
      what: `${topic}: subscription not confirmed: ${masked(one)}`,
      next: 'Its owner must follow the link in the email from AWS Notifications, within two days of the deployment.',
    })),
    ...gone.map((one) => ({
      state: 'warning' as const,
      what: `${topic}: in the settings, but not subscribed: ${masked(one)}`,
      next: 'Deploy once without it in the settings and once with it, and have its owner confirm.',
    })),
  ];
}

const subscribers = v.optional(v.pipe(v.string(), v.parseJson(), v.array(v.string())), '[]');
const variables = v.object({
  ALERT_SUBSCRIBERS: subscribers,
  CHAT_SUBSCRIBERS: subscribers,
  OPERATIONS_SUBSCRIBERS: subscribers,
});

/** The subscribers in the settings, as the stack passes them to `watch`; undefined if the user may not see them. */
async function expectedSubscribers(doctor: Doctor): Promise<v.InferOutput<typeof variables> | undefined> {
  try {
    const watch = (await functionsOf(doctor)).find(({ name }) => name === 'Watch');
    if (!watch) return undefined;
    const command = new GetFunctionConfigurationCommand({ FunctionName: watch.functionName });
    const { Environment } = await doctor.clients.lambda.send(command);
    const read = v.safeParse(variables, Environment?.Variables);
    return read.success ? read.output : undefined;
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}
