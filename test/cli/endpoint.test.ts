import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { parseEndpointFile } from '../../client/endpoint-file.ts';
import { RefusedError } from '../../client/errors.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { MEMORY_MS } from '../../functions/registry/memory.ts';
import { createRegistry } from '../../functions/registry/registry.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import { NEVER } from '../functions/support.ts';
import { readExample } from '../support/examples.ts';
import { startNbwatch } from './nbwatch.ts';

describe('endpoint create', () => {
  it('prints only the file that NetBackup takes; a primary server connects with it, and its token is not stored', async () => {
    const { nbwatch, primary, items } = await startNbwatch();
    const { code, out } = await nbwatch('endpoint', 'create', '--primary', 'berlin', '--priority', '2');
    expect(code).toBe(0);
    const endpoint = parseEndpointFile(out);
    expect(Object.keys(JSON.parse(out))).toEqual(['token', 'priority', 'groupId', 'hostName', 'url']);
    expect(endpoint).toMatchObject({ priority: 2, groupId: 'berlin', hostName: '127.0.0.1' });
    await primary({ endpoint }).start();
    expect(JSON.stringify(await items('RegistryTable'))).not.toContain(endpoint.token);
  });

  it('of a ws:// endpoint does not send people to NetBackup with it', async () => {
    const { nbwatch } = await startNbwatch();
    const { err } = await nbwatch('endpoint', 'create', '--primary', 'berlin');
    expect(err).toMatch(/^Registered berlin in .*\nIts URL is ws:\/\/, without a certificate\. .*for tests\.\n$/);
    expect((await nbwatch('endpoint', 'rotate', 'berlin')).err).toMatch(/^The old token is valid until /);
  });

  it('refuses a name that exists, changes nothing and says what to do', async () => {
    const { nbwatch, primary, endpoint } = await startNbwatch();
    const { code, out, err } = await nbwatch('endpoint', 'create', '--primary', 'demo');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('nbwatch endpoint rotate demo');
    await primary({ endpoint }).start();
  });

  it('gives a revoked endpoint of the same primary server a new token; the old one stays refused', async () => {
    const { nbwatch, json, primary, endpoint, run } = await startNbwatch();
    const old = primary({ endpoint });
    await old.start();
    await old.notify(readExample('03-job-active.json').payload);
    await nbwatch('endpoint', 'revoke', 'demo');
    const refused = await nbwatch('endpoint', 'rotate', 'demo');
    const [, next = ''] = /: npx nbwatch (endpoint create .*)\n$/.exec(refused.err) ?? [];
    const { code, out } = await nbwatch(...next.split(' '));
    expect(code).toBe(0);
    const again = parseEndpointFile(out);
    await expect(primary({ endpoint }).start()).rejects.toThrow(RefusedError);
    const server = primary({ endpoint: again });
    await server.start();
    await server.notify(readExample('08-job-failed.json').payload);
    await run.idle();
    expect(await json('jobs', '--primary', 'demo')).toHaveLength(2);
    const [state] = await json('endpoint', 'list');
    expect(state).not.toHaveProperty('revokedAt');
  });

  it('is suggested with the group and the priority of the endpoint that was revoked', async () => {
    const { nbwatch, json } = await startNbwatch();
    await nbwatch(
      'endpoint',
      'create',
      '--primary',
      'demo',
      '--name',
      'demo-2',
      '--group',
      'all of it',
      '--priority',
      '2',
    );
    await nbwatch('endpoint', 'revoke', 'demo-2');
    const { err } = await nbwatch('endpoint', 'rotate', 'demo-2');
    expect(err).toContain(
      ": npx nbwatch endpoint create --primary demo --name demo-2 --group 'all of it' --priority 2\n",
    );
    expect(await json('endpoint', 'show', 'demo-2')).toMatchObject([{ revokedAt: expect.any(Number) }]);
  });

  it('refuses the name of a revoked endpoint of another primary server, and leaves that revoked', async () => {
    const { nbwatch, json } = await startNbwatch();
    await nbwatch('endpoint', 'revoke', 'demo');
    const before = await json('endpoint', 'list');
    const { code, out, err } = await nbwatch('endpoint', 'create', '--primary', 'berlin', '--name', 'demo');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('belonged to the primary demo, and is revoked');
    expect(err).toContain('--name OTHER');
    expect(await json('endpoint', 'list')).toEqual(before);
  });

  it.each([
    ['Berlin', 2],
    ['a'.repeat(64), 2],
    ['canary', 2],
  ])('refuses the primary server name %s', async (name, code) => {
    const { nbwatch } = await startNbwatch();
    expect((await nbwatch('endpoint', 'create', '--primary', name)).code).toBe(code);
  });
});

it.each(['show', 'rotate', 'revoke'])('endpoint %s takes a name in upper case, as --primary does', async (command) => {
  const { nbwatch } = await startNbwatch();
  expect(await nbwatch('endpoint', command, 'DEMO')).toMatchObject({ code: 0 });
});

describe('endpoint rotate', () => {
  it('keeps the old token valid until the new one is first used, and no longer', async () => {
    const { nbwatch, primary, endpoint } = await startNbwatch();
    const { out } = await nbwatch('endpoint', 'rotate', 'demo');
    const rotated = parseEndpointFile(out);
    expect(rotated.token).not.toBe(endpoint.token);
    await primary({ endpoint }).start();
    await primary({ endpoint: rotated }).start();
    await expect(primary({ endpoint }).start()).rejects.toThrow(RefusedError);
    await primary({ endpoint: rotated }).start();
  });

  it('leaves two valid tokens, which endpoint list shows', async () => {
    const { nbwatch } = await startNbwatch();
    await nbwatch('endpoint', 'rotate', 'demo', '--overlap', '2h');
    expect((await nbwatch('endpoint', 'list')).out).toMatch(/demo .* two tokens until /);
  });

  it('exits with 3 and the next step for an unknown endpoint', async () => {
    const { nbwatch } = await startNbwatch();
    const { code, err } = await nbwatch('endpoint', 'rotate', 'nobody');
    expect(code).toBe(3);
    expect(err).toContain('nbwatch endpoint list');
  });
});

describe('endpoint revoke', () => {
  it('closes all connections, refuses both tokens, and waits as long as functions remember the endpoint', async () => {
    const { nbwatch, primary, endpoint, meanwhile } = await startNbwatch();
    const rotated = parseEndpointFile((await nbwatch('endpoint', 'rotate', 'demo')).out);
    const [one, other] = [connected(), connected()];
    await primary({ endpoint, onEvent: one.onEvent }).start();
    await primary({ endpoint: rotated, onEvent: other.onEvent }).start();
    const waited: number[] = [];
    meanwhile(async (ms) => {
      waited.push(ms);
      await Promise.all([one.closed, other.closed]);
      for (const token of [endpoint, rotated])
        await expect(primary({ endpoint: token }).start()).rejects.toThrow(RefusedError);
    });
    const { code, out, err } = await nbwatch('endpoint', 'revoke', 'demo');
    expect([code, out]).toEqual([0, '']);
    expect(err).toMatch(
      /revoked: its tokens open no new .*\nConnections closed: 2\. Waiting 60 s: until then, functions may accept .*\nConnections closed: 0\. Done\.\n$/,
    );
    expect(waited).toHaveLength(1);
    expect(waited[0]).toBeGreaterThanOrEqual(MEMORY_MS);
  });

  it('closes, after the wait, a connection that the index did not show before and a function remembered', async () => {
    const { nbwatch, primary, meanwhile, between, items, run } = await startNbwatch();
    const { closed, onEvent } = connected();
    const remembered = primary({ onEvent });
    await remembered.start();
    // The worker used last takes the next message. Two may still be busy connecting, one of which remembers nothing.
    const settled = () => expect.poll(() => run.functions.workers().filter(({ busy }) => busy)).toEqual([]);
    await settled();
    await remembered.notify(readExample('08-job-failed.json').payload);
    await settled();
    // On AWS an index may show a new item late; in DynamoDB Local it never does.
    let late = true;
    await between(({ request: { IndexName } }) => (IndexName && late ? NOTHING_FOUND : undefined));
    meanwhile(async () => {
      await remembered.notify(readExample('03-job-active.json').payload);
      late = false;
    });
    const { code, err } = await nbwatch('endpoint', 'revoke', 'demo');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringMatching(/closed: 0\. Waiting .*\n.* closed: 1\. Done/),
    });
    await closed;
    expect(await items('LedgerTable')).toHaveLength(2);
  });

  it('changes nothing the second time: the endpoint stays revoked since the first, and cannot be rotated', async () => {
    const { nbwatch, json } = await startNbwatch();
    await nbwatch('endpoint', 'revoke', 'demo');
    const [once] = await json('endpoint', 'list');
    expect(await nbwatch('endpoint', 'revoke', 'demo')).toMatchObject({ code: 0 });
    expect(once?.revokedAt).toEqual(expect.any(Number));
    expect(await json('endpoint', 'list')).toEqual([once]);
    expect((await nbwatch('endpoint', 'rotate', 'demo')).code).toBe(1);
  });

  it('exits with 3 for an unknown endpoint, without waiting', async () => {
    const { nbwatch, meanwhile } = await startNbwatch();
    meanwhile(() => expect.unreachable());
    const { code, err } = await nbwatch('endpoint', 'revoke', 'nobody');
    expect(code).toBe(3);
    expect(err).toBe('There is no endpoint nobody.\nSee them with: npx nbwatch endpoint list\n');
  });
});

describe('endpoint show', () => {
  it('shows every connection with its source, also several at once', async () => {
    const { show, primary } = await startShow();
    await primary().start();
    await primary().start();
    const { connections } = await show('demo');
    expect(connections).toHaveLength(2);
    expect(connections[0]).toMatchObject({ endpoint: 'demo', primary: 'demo', sourceIp: '127.0.0.1' });
  });

  it('prints one JSON object with the endpoint, its connections and gaps, and neither a token nor its hash', async () => {
    const { json, nbwatch, primary, endpoint } = await startNbwatch();
    const rotated = parseEndpointFile((await nbwatch('endpoint', 'rotate', 'demo')).out);
    await primary().start();
    const found = await json('endpoint', 'show', 'demo');
    expect(found).toMatchObject([
      { endpoint: 'demo', primary: 'demo', group: 'demo', connections: [{ state: 'alive' }], gaps: [] },
    ]);
    expect(await json('endpoint', 'list')).toMatchObject([{ endpoint: 'demo', previousUntil: expect.any(Number) }]);
    for (const shown of [found, await json('endpoint', 'list')]) {
      const text = JSON.stringify(shown);
      expect(text).not.toMatch(/hash/i);
      for (const { token } of [endpoint, rotated]) expect(text).not.toContain(token);
    }
  });

  it('shows the gaps between connections; the last one ends now, or when the endpoint was revoked', async () => {
    const { nbwatch, run, show } = await startShow();
    const { RegistryTable = '' } = run.deployment.outputs;
    const endpoints = createEndpoints(run.dynamodb, RegistryTable);
    const registry = createRegistry(run.dynamodb, RegistryTable);
    const token = (await endpoints.create({ endpoint: 'old', primary: 'old', group: 'o', priority: 1 }, 1)) ?? '';
    const now = Date.now();
    const hoursAgo = (hours: number) => now - hours * 3_600_000;
    const connect = (connectionId: string, at: number) =>
      registry.connect({ connectionId, sourceIp: '192.0.2.1', token, at }, NEVER);
    await connect('lost=', hoursAgo(20));
    await registry.heard('lost=', hoursAgo(19), NEVER);
    await connect('closed=', hoursAgo(15));
    await registry.closed('closed=', hoursAgo(13), NEVER);
    // Found gone, and therefore stored as closed when it was last heard.
    await connect('gone=', hoursAgo(15));
    await registry.closed('gone=', hoursAgo(15), NEVER);
    expect((await show('old')).connections).toContainEqual(
      expect.objectContaining({ connectionId: 'gone=', state: 'lost' }),
    );
    const between = { from: hoursAgo(19), to: hoursAgo(15), sinceHeard: true };
    expect((await show('old')).gaps).toEqual([{ from: hoursAgo(13) }, between]);
    expect((await nbwatch('endpoint', 'show', 'old')).out).toMatch(
      /:\d\d +now +13 hours\n.* \(last heard\) .* 4 hours\n$/,
    );
    await endpoints.revoke('old', hoursAgo(12));
    expect((await show('old')).gaps).toEqual([{ from: hoursAgo(13), to: hoursAgo(12) }, between]);
  });

  it('shows which connections are alive, even if the gateway never reported the end of one', async () => {
    const { show, nbwatch, primary, run } = await startShow();
    const [alive, stopped] = [primary(), primary()];
    await alive.start();
    await stopped.start();
    const registry = createRegistry(run.dynamodb, run.deployment.outputs.RegistryTable ?? '');
    const seen = { sourceIp: '192.0.2.1', token: 'none' };
    const endpoints = createEndpoints(run.dynamodb, run.deployment.outputs.RegistryTable ?? '');
    const token = (await endpoints.create({ endpoint: 'other', primary: 'other', group: 'o', priority: 1 }, 1)) ?? '';
    await registry.connect(
      { ...seen, connectionId: 'never-closed=', token, at: Date.now() },
      AbortSignal.timeout(9_000),
    );
    expect((await show('other')).connections).toMatchObject([{ connectionId: 'never-closed=', state: 'lost' }]);
    await stopped.stop();
    await expect
      .poll(async () => (await show('demo')).connections.map(({ state }) => state))
      .toEqual(['closed', 'alive']);
    expect((await nbwatch('endpoint', 'show', 'demo')).out).toMatch(/ alive\n/);
  });
});

it('create, rotate and revoke use the clock of AWS when that of this machine is hours ahead', async () => {
  const { nbwatch, between, items, run } = await startNbwatch();
  const ahead = 3 * 3_600_000;
  const isRight = (at: unknown) => Math.abs(Number(at) + ahead - Date.now()) < 60_000;
  // Each command first reads the endpoint. In this answer, DynamoDB's clock is three hours behind.
  await between(async ({ operation, request }) => {
    if (operation !== 'GetItem') return undefined;
    const { Item } = await run.dynamodb.send(new GetItemCommand(request));
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.0', date: new Date(Date.now() - ahead).toUTCString() },
      body: Buffer.from(JSON.stringify({ Item })),
    };
  });
  for (const argv of [
    ['create', '--primary', 'berlin'],
    ['rotate', 'demo', '--overlap', '1h'],
    ['revoke', 'demo'],
  ])
    expect((await nbwatch('endpoint', ...argv)).code).toBe(0);
  const endpoint = async (name: string) =>
    (await items('RegistryTable')).find(({ pk, sk }) => pk === 'endpoint' && sk === name);
  expect(await endpoint('berlin')).toMatchObject({ createdAt: expect.toSatisfy(isRight) });
  expect(await endpoint('demo')).toMatchObject({
    revokedAt: expect.toSatisfy(isRight),
    previousUntil: expect.toSatisfy((at) => isRight(Number(at) - 3_600_000)),
  });
});

interface Shown {
  connections: Record<string, unknown>[];
  gaps: Record<string, unknown>[];
}

/** A run, and `endpoint show` for it. */
async function startShow() {
  const test = await startNbwatch();
  const show = async (name: string) => (await test.json('endpoint', 'show', name))[0] as unknown as Shown;
  return { ...test, show };
}

/** `closed` resolves when the connection of a primary server with this `onEvent` ends. */
function connected() {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  return { closed, onEvent: ({ kind }: { kind: string }) => (kind === 'closed' ? resolve() : undefined) };
}

const NOTHING_FOUND = {
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify({ Items: [], Count: 0, ScannedCount: 0 })),
};

it('git ignores the endpoint files, which hold tokens, and the reports that commands write into a checkout', () => {
  const ignored = readFileSync(join(PROJECT, '.gitignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['*.endpoint.json', 'nbwatch-report-*.html']));
});
