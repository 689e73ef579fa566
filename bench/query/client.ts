import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { REGION } from '../../local/environment.ts';

/** What a client's calls cost since the last time it was asked. */
export interface Spent {
  calls: number;
  /** Read units: half a unit for each 4 KB of an eventually consistent read. */
  units: number;
}

/** A client of one database of DynamoDB Local that counts what its calls read. */
export function countingClient(url: string, accessKeyId: string): { client: DynamoDBClient; spent(): Spent } {
  const credentials = { accessKeyId, secretAccessKey: 'local' };
  const client = new DynamoDBClient({ region: REGION, endpoint: url, credentials });
  let spent: Spent = { calls: 0, units: 0 };
  client.middlewareStack.add(
    (next) => async (call) => {
      const answer = await next({
        ...call,
        input: { ...call.input, ReturnConsumedCapacity: 'TOTAL' } as typeof call.input,
      });
      spent = { calls: spent.calls + 1, units: spent.units + unitsOf(answer.output) };
      return answer;
    },
    { step: 'initialize', name: 'countSpent' },
  );
  return {
    client,
    spent() {
      const before = spent;
      spent = { calls: 0, units: 0 };
      return before;
    },
  };
}

/** The units of one table, or of each table in a batch. */
function unitsOf(output: object): number {
  const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : undefined;
  const all: unknown[] = Array.isArray(consumed) ? consumed : [consumed];
  return all.reduce<number>((sum, one) => sum + Number(Object(one).CapacityUnits ?? 0), 0);
}
