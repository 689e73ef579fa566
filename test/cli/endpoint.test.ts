import { describe, expect, it } from 'vitest';
import { parseEndpointFile } from '../../client/endpoint-file.ts';
import { RefusedError } from '../../client/errors.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { createRegistry, MEMORY_MS } from '../../functions/registry/registry.ts';
import { readExample } from '../../local/story/examples.ts';
import { startNbwatch } from './nbwatch.ts';

describe('endpoint create', () => {
  it('prints the file as NetBackup takes it and nothing else, and a primary connects with it', async () => {
    const { nbwatch, primary, items } = await startNbwatch();
    const { code, out } = await nbwatch('endpoint', 'create', '--primary', 'berlin', '--priority', '2');
    expect(code).toBe(0);
    const endpoint = parseEndpointFile(out);
    expect(Object.keys(JSON.parse(out))).toEqual(['token', 'priority', 'groupId', 'hostName', 'url']);
    expect(endpoint).toMatchObject({ priority: 2, groupId: 'berlin', hostName: '127.0.0.1' });
    await primary({ endpoint }).start();
    expect(JSON.stringify(await items('RegistryTable'))).not.toContain(endpoint.token);
  });

  it('of a name that exists fails, changes nothing and says what to do', async () => {
    const { nbwatch, primary, endpoint } = await startNbwatch();
    const { code, out, err } = await nbwatch('endpoint', 'create', '--primary', 'demo');
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('nbwatch endpoint rotate demo');
    await primary({ endpoint }).start();
  });

  it.each([
    ['Berlin', 2],
    ['a'.repeat(64), 2],
    ['canary', 2],
  ])('refuses the primary %s', async (name, code) => {
    const { nbwatch } = await startNbwatch();
    expect((await nbwatch('endpoint', 'create', '--primary', name)).code).toBe(code);
  });
});

describe('endpoint rotate', () => {
  it('leaves the old token good until the new one is used, and no longer', async () => {
    const { nbwatch, primary, endpoint } = await startNbwatch();
    const { out } = await nbwatch('endpoint', 'rotate', 'demo');
    const rotated = parseEndpointFile(out);
    expect(rotated.token).not.toBe(endpoint.token);
    await primary({ endpoint }).start();
    await primary({ endpoint: rotated }).start();
    await expect(primary({ endpoint }).start()).rejects.toThrow(RefusedError);
    await primary({ endpoint: rotated }).start();
  });

  it('shows on the endpoint that two tokens are good', async () => {
    const { nbwatch } = await startNbwatch();
    await nbwatch('endpoint', 'rotate', 'demo', '--overlap', '2h');
    expect((await nbwatch('endpoint', 'list')).out).toMatch(/demo .* two tokens until /);
  });

  it('of an endpoint that does not exist says so with exit code 3', async () => {
    const { nbwatch } = await startNbwatch();
    const { code, err } = await nbwatch('endpoint', 'rotate', 'nobody');
    expect(code).toBe(3);
    expect(err).toContain('nbwatch endpoint list');
  });
});

describe('endpoint revoke', () => {
  it('closes the connections, lets no token open another, and waits as long as functions remember', async () => {
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
      /revoked: no new .*\nConnections closed: 2\. Waiting 60 s.*\nConnections closed: 0\. Done\.\n$/,
    );
    expect(waited).toHaveLength(1);
    expect(waited[0]).toBeGreaterThanOrEqual(MEMORY_MS);
  });

  it('closes in the end what its index did not show at first and a function remembered', async () => {
    const { nbwatch, primary, meanwhile, between, items } = await startNbwatch();
    const { closed, onEvent } = connected();
    const remembered = primary({ onEvent });
    await remembered.start();
    // An index shows a new item late; DynamoDB Local's never does.
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
    expect(await items('LedgerTable')).toHaveLength(1);
  });

  it('of a revoked endpoint leaves it revoked since the first time', async () => {
    const { nbwatch, json } = await startNbwatch();
    await nbwatch('endpoint', 'revoke', 'demo');
    const [once] = await json('endpoint', 'list');
    expect(await nbwatch('endpoint', 'revoke', 'demo')).toMatchObject({ code: 0 });
    expect(once?.revokedAt).toEqual(expect.any(Number));
    expect(await json('endpoint', 'list')).toEqual([once]);
    expect((await nbwatch('endpoint', 'rotate', 'demo')).code).toBe(1);
  });

  it('of an endpoint that does not exist says so with exit code 3, and waits for nothing', async () => {
    const { nbwatch, meanwhile } = await startNbwatch();
    meanwhile(() => expect.unreachable());
    const { code, err } = await nbwatch('endpoint', 'revoke', 'nobody');
    expect(code).toBe(3);
    expect(err).toBe('There is no endpoint nobody.\nSee them with: nbwatch endpoint list\n');
  });
});

describe('endpoint show', () => {
  it('shows every connection with its source, also several at once', async () => {
    const { json, primary } = await startNbwatch();
    await primary().start();
    await primary().start();
    const connections = await json('endpoint', 'show', 'demo');
    expect(connections).toHaveLength(2);
    expect(connections[0]).toMatchObject({ endpoint: 'demo', primary: 'demo', sourceIp: '127.0.0.1' });
  });

  it('says which connections are alive, also where the gateway never said that one ended', async () => {
    const { json, nbwatch, primary, run } = await startNbwatch();
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
    expect(await json('endpoint', 'show', 'other')).toMatchObject([{ connectionId: 'never-closed=', state: 'lost' }]);
    await stopped.stop();
    await expect
      .poll(async () => (await json('endpoint', 'show', 'demo')).map(({ state }) => state), { timeout: 15_000 })
      .toEqual(['closed', 'alive']);
    expect((await nbwatch('endpoint', 'show', 'demo')).out).toMatch(/ alive\n/);
  });
});

/** Tells when the connection of a primary ends. */
function connected() {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  return { closed, onEvent: ({ kind }: { kind: string }) => (kind === 'closed' ? resolve() : undefined) };
}

const NOTHING_FOUND = {
  status: 200,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify({ Items: [], Count: 0, ScannedCount: 0 })),
};
