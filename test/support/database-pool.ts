import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type DynamoDbLocal, startDynamoDbLocal } from '../../local/dynamodb/dynamodb-local.ts';
import { HOST } from '../../local/environment.ts';

/*
 * A process of DynamoDB Local takes seconds of CPU time until it is up and warm, so test files share them in turn. A
 * process also keeps some threads busy for each database that it ever had. The hundreds of databases of all tests would
 * take half of the machine, so a process is stopped once it has had too many.
 */
const MOST_DATABASES = 60;

/** A process, with the number of databases that it has had. */
interface Lent {
  dynamodb: DynamoDbLocal;
  databases: number;
}

/** Lends a DynamoDB Local to each test file. Over HTTP, because test files run in processes of their own. */
export async function lendDatabases(): Promise<{ url: string; stop(): Promise<void> }> {
  const lent = new Map<string, Lent>();
  const free: Lent[] = [];

  async function take(): Promise<string> {
    const one = free.pop() ?? { dynamodb: await startDynamoDbLocal(), databases: 0 };
    lent.set(one.dynamodb.url, one);
    return one.dynamodb.url;
  }

  async function giveBack({ url, databases }: GivenBack): Promise<void> {
    const one = lent.get(url);
    if (!one) throw new Error(`Nothing at ${url} is lent`);
    one.databases += databases;
    lent.delete(url);
    if (one.databases < MOST_DATABASES) free.push(one);
    else await one.dynamodb.stop();
  }

  const server = createServer(async (request, response) => {
    // A connection that is kept open could end just as a long test file gives its database back.
    response.setHeader('connection', 'close');
    try {
      const body = await text(request);
      response.end(body === '' ? await take() : await giveBack(JSON.parse(body)));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }).listen(0, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      // Includes those that a crashed test file did not give back.
      await Promise.all([...lent.values(), ...free].map(({ dynamodb }) => dynamodb.stop()));
    },
  };
}

/** What a test file sends at its end. */
export interface GivenBack {
  url: string;
  databases: number;
}
