import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import * as v from 'valibot';
import { HOST, REGION } from '../environment.ts';
import { functionArn } from '../functions/lambda-environment.ts';
import { compilePattern } from '../mappings/filter.ts';
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

/** Protocols whose subscribers are outside this stack: nothing is sent to them. */
const OUTSIDE: ReadonlySet<string> = new Set(['email', 'email-json', 'https', 'lambda', 'sms']);

/**
 * Starts SNS, SQS and S3 with the template's topics, queues, subscriptions and buckets. Subscribers outside the stack
 * are listed as confirmed: nobody could follow a link that is never sent. The proxy delivers to queues what passes
 * their filters. `buckets`: the folder for objects; without it they are lost.
 */
export async function startMessaging(deployment: Deployment, port: number, buckets?: string): Promise<FauxqsServer> {
  const subscriptions = deployment.ofType('AWS::SNS::Subscription').map((one) => readSubscription(one, deployment));
  const fauxqs = await startFauxqs({
    port,
    host: HOST,
    logger: false,
    ...(buckets !== undefined && { s3StorageDir: buckets }),
  });
  for (const { id } of deployment.ofType('AWS::SNS::Topic')) fauxqs.createTopic(id);
  for (const { id } of deployment.ofType('AWS::SQS::Queue')) fauxqs.createQueue(id);
  for (const { id } of deployment.ofType('AWS::S3::Bucket')) fauxqs.createBucket(bucketNameOf(id));
  const queues = new Set(deployment.ofType('AWS::SQS::Queue').map(({ id }) => queueArn(id)));
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sns = new SNSClient({ region: REGION, endpoint: `http://${HOST}:${fauxqs.port}`, credentials });
  for (const { TopicArn, Protocol, Endpoint, ...attributes } of subscriptions) {
    // A queue outside the stack, named in the settings. One of the same name stands in, to show what it would receive.
    if (Protocol === 'sqs' && !queues.has(Endpoint)) fauxqs.createQueue(nameOf(Endpoint));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes: asText(attributes) }));
  }
  sns.destroy();
  return fauxqs;
}

function readSubscription({ id, properties }: Resolved, deployment: Deployment) {
  const subscription = v.parse(subscriptionSchema, properties);
  const { Protocol, Endpoint, FilterPolicy } = subscription;
  const isOurs = deployment.functions.some((one) => functionArn(one.id) === Endpoint);
  if ((Protocol !== 'sqs' && !OUTSIDE.has(Protocol)) || isOurs)
    throw new Error(`Resources.${id}: the one-machine run cannot deliver to a subscription of protocol ${Protocol}`);
  if (FilterPolicy !== undefined) compilePattern(FilterPolicy, `Resources.${id}.FilterPolicy`);
  return subscription;
}

const nameOf = (arn: string) => arn.slice(arn.lastIndexOf(':') + 1);

/** Subscription attributes are text on the wire; policies are JSON. */
function asText(attributes: Record<string, unknown>): Record<string, string> {
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
