import { type Asked, Unsupported } from './call.ts';

/** The AWS query protocol: `Action=Publish&TopicArn=…`. The resource is the topic, also for a subscription. */
export function snsRequest(form: URLSearchParams): Asked {
  const operation = form.get('Action') ?? '';
  if (form.get('PhoneNumber')) throw new Unsupported('sns Publish to a phone number is not supported.');
  const action = operation === 'PublishBatch' ? 'sns:Publish' : `sns:${operation}`;
  const arn = form.get('TopicArn') ?? form.get('TargetArn') ?? form.get('ResourceArn') ?? form.get('SubscriptionArn');
  // arn:aws:sns:REGION:ACCOUNT:TOPIC[:SUBSCRIPTION]
  const resource = arn === null ? '*' : arn.split(':').slice(0, 6).join(':');
  return { service: 'sns', action, needs: [{ action, resource }] };
}
