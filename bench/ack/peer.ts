/*
 * The peer: what a good engineer writes from standard parts. It reads by a schema, and does the work for a message id
 * once.
 */

import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { JSONStringified } from '@aws-lambda-powertools/parser/helpers';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { z } from 'zod';

const OK = { statusCode: 200 };

const job = z.looseObject({
  jobId: z.number().int(),
  state: z.string(),
  status: z.number().int(),
  startTime: z.number().int(),
  clientName: z.string(),
  policyName: z.string(),
  jobType: z.string(),
});
const envelope = { version: z.string(), id: z.string(), subType: z.literal('REQUEST'), timeStamp: z.number().int() };
const message = z.discriminatedUnion('type', [
  z.object({ ...envelope, type: z.literal('CONNECT'), payload: z.object({ token: z.string() }) }),
  z.object({
    ...envelope,
    type: z.literal('NOTIFICATION'),
    payload: z.array(z.object({ notificationType: z.string(), object: z.literal('JOB'), data: z.array(job) })),
  }),
]);
const event = z.object({
  requestContext: z.object({ routeKey: z.string(), connectionId: z.string() }),
  body: JSONStringified(message).optional(),
});
type Notification = Extract<z.infer<typeof message>, { type: 'NOTIFICATION' }>;

const dynamodb = new DynamoDBClient({});
const gateway = new ApiGatewayManagementApiClient({});

const config = new IdempotencyConfig({ eventKeyJmesPath: 'id' });
const store = makeIdempotent(
  async ({ payload }: Notification) => {
    const puts = payload
      .flatMap(({ data }) => data)
      .map((entry) => {
        const Item = marshall({
          pk: `job#bench#${entry.jobId}`,
          sk: `${entry.startTime}#${entry.state}#${entry.status}`,
          ...entry,
        });
        return dynamodb.send(new PutItemCommand({ TableName: process.env.LEDGER_TABLE, Item }));
      });
    await Promise.all(puts);
    return { stored: puts.length };
  },
  {
    persistenceStore: new DynamoDBPersistenceLayer({
      tableName: process.env.IDEMPOTENCY_TABLE ?? '',
      awsSdkV3Client: dynamodb,
    }),
    config,
  },
);

async function receive({ body, requestContext: { routeKey, connectionId } }: z.infer<typeof event>, context: Context) {
  // Without it, Powertools warns in the log of each message.
  config.registerLambdaContext(context);
  if (routeKey !== '$default' || !body) return OK;
  if (body.type === 'NOTIFICATION') await store(body);
  const answer = {
    ...{ version: '1.0', id: body.id, type: body.type, subType: 'RESPONSE', timeStamp: Math.floor(Date.now() / 1000) },
    payload: body.type === 'CONNECT' ? { valid: true } : [],
  };
  await gateway.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: JSON.stringify(answer) }));
  return OK;
}

export const handler = middy()
  .use(parser({ schema: event }))
  .handler(receive);
