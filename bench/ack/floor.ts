/*
 * The floor: about the least that a handler which stores and acknowledges can do. It checks no schema, looks nothing
 * up, logs nothing, and tolerates nothing.
 */
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { HASTY } from '../../functions/runtime/clients.ts';
import type { Event, Job, Message } from '../message.ts';

const OK = { statusCode: 200 };

/**
 * Writes at a time, and how many start together: as in functions/ledger/ledger.ts, so that the floor is not slower than
 * ours here.
 */
const AT_ONCE = 40;
const TOGETHER = 20;

const dynamodb = new DynamoDBClient(HASTY);
const gateway = new ApiGatewayManagementApiClient(HASTY);

export async function handler({ body, requestContext: { routeKey, connectionId } }: Event): Promise<typeof OK> {
  if (routeKey !== '$default') return OK;
  const { id, type, payload }: Message = JSON.parse(body ?? '');
  if (type === 'NOTIFICATION') await putAll(payload.flatMap(({ data }) => data));
  const answer = {
    ...{ version: '1.0', id, type, subType: 'RESPONSE', timeStamp: Math.floor(Date.now() / 1000) },
    payload: type === 'CONNECT' ? { valid: true } : [],
  };
  await gateway.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: JSON.stringify(answer) }));
  return OK;
}

async function putAll(jobs: readonly Job[]): Promise<void> {
  let begun = 0;
  const worker = async () => {
    while (begun < jobs.length) {
      const together = jobs.slice(begun, begun + TOGETHER);
      begun += TOGETHER;
      await Promise.all(together.map(put));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE / TOGETHER }, worker));
}

async function put(job: Job): Promise<void> {
  const command = new PutItemCommand({
    TableName: process.env.LEDGER_TABLE,
    Item: {
      pk: { S: `job#bench#${job.jobId}` },
      sk: { S: `${job.startTime}#${job.state}#${job.status}` },
      entry: { S: JSON.stringify(job) },
    },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  await dynamodb.send(command).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
}
