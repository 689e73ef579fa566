import { type Asked, type Service, Unsupported } from './call.ts';
import type { Caller } from './caller.ts';
import { dynamodbRequest, streamsRequest } from './dynamodb.ts';
import { header, type Incoming } from './http.ts';
import { parsed, record } from './json.ts';
import type { Tables } from './leading-keys.ts';
import { connectionOf, managementRequest } from './management.ts';
import { s3Request } from './s3.ts';
import { snsRequest } from './sns.ts';
import { sqsRequest } from './sqs.ts';

const targets: ReadonlyMap<string, Service> = new Map([
  ['DynamoDB_20120810', 'dynamodb'],
  ['DynamoDBStreams_20120810', 'dynamodb'],
  ['AmazonSQS', 'sqs'],
]);

/**
 * The service that a request is for. JSON services are named in `X-Amz-Target`, API Gateway in the path. SNS requests
 * are forms, also from SDK 3.1169 (SNS has no JSON protocol). The rest is S3's REST.
 */
export function serviceOf(incoming: Incoming, caller: Caller): Service {
  const target = header(incoming, 'x-amz-target')?.split('.')[0];
  if (target !== undefined) {
    const service = targets.get(target);
    if (!service) throw new Unsupported(`The service ${target} is not supported.`);
    return service;
  }
  // An S3 key may look like a management path; the credential scope tells them apart.
  if (caller.scope !== 's3' && connectionOf(incoming.path)) return 'execute-api';
  if (header(incoming, 'content-type')?.startsWith('application/x-www-form-urlencoded')) return 'sns';
  if (caller.scope === undefined || caller.scope === 's3') return 's3';
  throw new Unsupported(`The service ${caller.scope} is not supported.`);
}

/** A request's action and the permissions that it needs. Throws {@link Unsupported} if they cannot be determined. */
export function requestOf(incoming: Incoming, service: Service, tables: Tables): Asked {
  const [target, operation = ''] = (header(incoming, 'x-amz-target') ?? '').split('.');
  switch (service) {
    case 'dynamodb':
      return target === 'DynamoDB_20120810'
        ? dynamodbRequest(operation, json(incoming), tables)
        : streamsRequest(operation, json(incoming));
    case 'sqs':
      return sqsRequest(operation, json(incoming));
    case 'sns':
      return snsRequest(new URLSearchParams(incoming.body.toString()));
    case 's3':
      return s3Request(incoming);
    case 'execute-api': {
      const connection = connectionOf(incoming.path);
      if (!connection) throw new Unsupported(`${incoming.path} is no @connections path.`);
      return managementRequest(incoming, connection);
    }
  }
}

function json(incoming: Incoming): Record<string, unknown> {
  const body = parsed(incoming.body.toString());
  if (body === undefined) throw new Unsupported('The body is not JSON.');
  return record(body);
}
