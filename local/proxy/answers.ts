import { randomUUID } from 'node:crypto';
import { ACCOUNT } from '../environment.ts';
import type { Service } from './call.ts';
import type { Reply } from './http.ts';

/** An error in the service's own format, so that the SDK treats it like a real one. */
export function errorReply(service: Service, status: number, code: string, message: string): Reply {
  const id = randomUUID();
  const reply = (type: string, body: string, more: Record<string, string> = {}): Reply => ({
    status,
    headers: { 'content-type': type, 'x-amzn-requestid': id, ...more },
    body: Buffer.from(body),
  });
  const error = `<Code>${escaped(code)}</Code><Message>${escaped(message)}</Message>`;
  switch (service) {
    case 'dynamodb':
      return reply('application/x-amz-json-1.0', JSON.stringify({ __type: `${DYNAMODB}#${code}`, message }));
    case 'sqs':
      return reply('application/x-amz-json-1.0', JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }), {
        'x-amzn-query-error': `${code};${status < 500 ? 'Sender' : 'Receiver'}`,
      });
    case 'sns': {
      const type = `<Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>`;
      const body = `<Error>${type}${error}</Error><RequestId>${id}</RequestId>`;
      return reply(
        'text/xml',
        `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${body}</ErrorResponse>`,
      );
    }
    case 's3':
      return reply(
        'application/xml',
        `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${error}<RequestId>${id}</RequestId></Error>`,
      );
    case 'execute-api':
      return reply('application/json', JSON.stringify({ message }), { 'x-amzn-errortype': code });
  }
}

/** SNS's answer when it has accepted a message. */
export function publishedReply(messageId: string): Reply {
  const id = randomUUID();
  const result = `<PublishResult><MessageId>${messageId}</MessageId></PublishResult>`;
  const body = `${result}<ResponseMetadata><RequestId>${id}</RequestId></ResponseMetadata>`;
  return {
    status: 200,
    headers: { 'content-type': 'text/xml', 'x-amzn-requestid': id },
    body: Buffer.from(`<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${body}</PublishResponse>`),
  };
}

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810';

/** How each service answers a caller that is not allowed, and one that asks too often. */
const refusals: Readonly<Record<Service, { denied: [number, string]; throttled: [number, string, string] }>> = {
  dynamodb: {
    denied: [400, 'AccessDeniedException'],
    throttled: [
      400,
      'ProvisionedThroughputExceededException',
      'The level of configured provisioned throughput for the table was exceeded.',
    ],
  },
  sns: { denied: [403, 'AuthorizationError'], throttled: [400, 'Throttling', 'Rate exceeded'] },
  sqs: { denied: [403, 'AccessDenied'], throttled: [403, 'RequestThrottled', 'Request is throttled.'] },
  s3: { denied: [403, 'AccessDenied'], throttled: [503, 'SlowDown', 'Please reduce your request rate.'] },
  'execute-api': {
    denied: [403, 'ForbiddenException'],
    throttled: [429, 'LimitExceededException', 'Too Many Requests'],
  },
};

export function throttledReply(service: Service): Reply {
  return errorReply(service, ...refusals[service].throttled);
}

/** `why` comes from `evaluate` in iam.ts. */
export function deniedReply(
  service: Service,
  denied: { role: string; worker: string; action: string; resource: string; why: string },
): Reply {
  const user = `arn:aws:sts::${ACCOUNT}:assumed-role/${denied.role}/${denied.worker}`;
  const message = `User: ${user} is not authorized to perform: ${denied.action} on resource: ${denied.resource} ${denied.why}`;
  return errorReply(service, ...refusals[service].denied, message);
}

function escaped(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
