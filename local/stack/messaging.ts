import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import * as v from 'valibot';
import { HOST, REGION } from '../environment.ts';
import { bucketNameOf, queueArn } from './attributes.ts';
import type { Deployment, Resolved } from './deployment.ts';

const subscriptionSchema = v.object({
  TopicArn: v.string(),
  Protocol: v.string(),
  Endpoint: v.string(),
  FilterPolicy: v.optional(v.unknown()),
  FilterPolicyScope: v.optional(v.literal('MessageAttributes')),
  RawMessageDelivery: v.optional(v.boolean()),
  RedrivePolicy: v.optional(v.unknown()),
});

/** Protocols whose subscribers are outside of AWS: what they would receive is shown, not sent. */
const OUTSIDE: ReadonlySet<string> = new Set(['email', 'email-json', 'https', 'sms']);

/** Starts SNS, SQS and S3 with the template's topics, queues, subscriptions and buckets. */
export async function startMessaging(deployment: Deployment, port: number): Promise<FauxqsServer> {
  const subscriptions = deployment.ofType('AWS::SNS::Subscription').map(readSubscription);
  const fauxqs = await startFauxqs({ port, host: HOST, logger: false });
  for (const { id } of deployment.ofType('AWS::SNS::Topic')) fauxqs.createTopic(id);
  for (const { id } of deployment.ofType('AWS::SQS::Queue')) fauxqs.createQueue(id);
  for (const { id } of deployment.ofType('AWS::S3::Bucket')) fauxqs.createBucket(bucketNameOf(id));
  const queues = new Set(deployment.ofType('AWS::SQS::Queue').map(({ id }) => queueArn(id)));
  await listOutside(
    fauxqs,
    subscriptions.filter(({ Protocol }) => Protocol !== 'sqs'),
  );
  for (const { TopicArn, Protocol, Endpoint, ...attributes } of subscriptions) {
    if (Protocol !== 'sqs') continue;
    // A queue of somebody else, named in the settings: one of its name stands in for it, so that one can see what it would get.
    if (!queues.has(Endpoint)) fauxqs.createQueue(nameOf(Endpoint));
    queues.add(Endpoint);
    fauxqs.subscribe({ topic: nameOf(TopicArn), queue: nameOf(Endpoint), attributes: asText(attributes) });
  }
  return fauxqs;
}

/** The emulator sends these nothing, and lists them as if they had confirmed: nobody could follow a link that is never sent. */
async function listOutside({ port }: FauxqsServer, outside: readonly Subscription[]): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sns = new SNSClient({ region: REGION, endpoint: `http://${HOST}:${port}`, credentials });
  for (const { TopicArn, Protocol, Endpoint, ...attributes } of outside)
    await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes: asText(attributes) }));
  sns.destroy();
}

type Subscription = ReturnType<typeof readSubscription>;

function readSubscription({ id, properties }: Resolved) {
  const subscription = v.parse(subscriptionSchema, properties);
  const { Protocol } = subscription;
  if (Protocol !== 'sqs' && !OUTSIDE.has(Protocol))
    throw new Error(`Resources.${id}: the one-machine run cannot deliver to a subscription of protocol ${Protocol}`);
  return subscription;
}

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);

/** Subscription attributes are text on the wire: JSON for policies. */
function asText(attributes: Record<string, unknown>): Record<string, string> {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
