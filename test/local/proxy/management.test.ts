import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { expect, test } from 'vitest';
import type { Answer, Backends, Management } from '../../../local/proxy/backends.ts';
import type { Statement } from '../../../local/proxy/iam.ts';
import { as, NOWHERE, proxyFor, refusal, roles } from './setup.ts';

const ID = 'L0SM9cOFvHcCIhw=';
const ARN = 'arn:aws:execute-api:us-east-1:000000000000:api1/prod';

/** A gateway with one connection, which keeps what is posted. */
function gateway() {
  const posted: string[] = [];
  const gone: Answer = { status: 410, errorType: 'GoneException', body: { message: 'Gone' } };
  const known = (id: string, answer: Answer) => (id === ID ? answer : gone);
  const management: Management = {
    async post(id, data) {
      posted.push(`${id} ${data}`);
      return known(id, { status: 200 });
    },
    get: (id) =>
      known(id, { status: 200, body: { connectedAt: '2026-01-01T00:00:00Z', identity: { sourceIp: '10.0.0.1' } } }),
    delete: (id) => known(id, { status: 204 }),
  };
  const backends: Backends = {
    dynamodb: { url: NOWHERE, accessKeyId: 'nbwatch' },
    management: (apiId, stage) => (apiId === 'api1' && stage === 'prod' ? management : undefined),
  };
  return { posted, backends };
}

async function connect(statement: Partial<Statement> = {}, path = '/api1/prod') {
  const { posted, backends } = gateway();
  const allow: Statement = {
    Effect: 'Allow',
    Action: 'execute-api:ManageConnections',
    Resource: `${ARN}/*/@connections/*`,
  };
  const proxy = await proxyFor({ backends, roles: roles({ Writer: [{ ...allow, ...statement }] }) });
  return { proxy, posted, client: new ApiGatewayManagementApiClient(as('Writer', proxy, path)) };
}

test('a post reaches the connection unchanged, with its id decoded', async () => {
  const { proxy, posted, client } = await connect();
  await client.send(new PostToConnectionCommand({ ConnectionId: ID, Data: '{"ünï":1}' }));
  expect(posted).toEqual([`${ID} {"ünï":1}`]);
  expect(proxy.calls()).toEqual([
    {
      n: 1,
      role: 'Writer',
      worker: 'worker-1',
      service: 'execute-api',
      action: 'execute-api:ManageConnections',
      resource: `${ARN}/POST/@connections/${ID}`,
      needs: [{ action: 'execute-api:ManageConnections', resource: `${ARN}/POST/@connections/${ID}` }],
    },
  ]);
});

test('an id with a slash stays one id', async () => {
  const { posted, client } = await connect();
  await refusal(client.send(new PostToConnectionCommand({ ConnectionId: 'a/b=', Data: 'x' })));
  expect(posted).toEqual(['a/b= x']);
});

test('a get answers what the gateway knows, and a delete answers 204', async () => {
  const { client } = await connect();
  const { ConnectedAt, Identity } = await client.send(new GetConnectionCommand({ ConnectionId: ID }));
  expect(ConnectedAt).toEqual(new Date('2026-01-01T00:00:00Z'));
  expect(Identity?.SourceIp).toBe('10.0.0.1');
  const { $metadata } = await client.send(new DeleteConnectionCommand({ ConnectionId: ID }));
  expect($metadata.httpStatusCode).toBe(204);
});

test('every method fails with a GoneException of status 410 when the connection is gone', async () => {
  const { client } = await connect();
  const calls = [
    () => client.send(new PostToConnectionCommand({ ConnectionId: 'x=', Data: 'x' })),
    () => client.send(new GetConnectionCommand({ ConnectionId: 'x=' })),
    () => client.send(new DeleteConnectionCommand({ ConnectionId: 'x=' })),
  ];
  for (const call of calls) {
    const error = await call().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(GoneException);
    expect(error).toMatchObject({ name: 'GoneException', $metadata: { httpStatusCode: 410 } });
  }
});

test('a permission for POST allows no DELETE', async () => {
  const { posted, client } = await connect({ Resource: `${ARN}/POST/@connections/*` });
  await client.send(new PostToConnectionCommand({ ConnectionId: ID, Data: 'x' }));
  const denied = await refusal(client.send(new DeleteConnectionCommand({ ConnectionId: ID })));
  expect(denied).toMatchObject({ name: 'ForbiddenException', status: 403 });
  expect(posted).toHaveLength(1);
});

test('a permission for another stage allows nothing, and nothing is posted', async () => {
  const { posted, client } = await connect({ Resource: `${ARN.replace('prod', 'test')}/*/@connections/*` });
  const denied = await refusal(client.send(new PostToConnectionCommand({ ConnectionId: ID, Data: 'x' })));
  expect(denied).toMatchObject({ name: 'ForbiddenException', status: 403 });
  expect(posted).toEqual([]);
});

test('a stage that does not exist is forbidden', async () => {
  const { client } = await connect({ Resource: '*' }, '/api1/other');
  const denied = await refusal(client.send(new GetConnectionCommand({ ConnectionId: ID })));
  expect(denied).toMatchObject({ name: 'ForbiddenException', status: 403 });
});
