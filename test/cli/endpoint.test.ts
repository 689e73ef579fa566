import { describe, expect, it } from 'vitest';
import { parseEndpointFile } from '../../client/endpoint-file.ts';
import { RefusedError } from '../../client/errors.ts';
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

describe('endpoint show', () => {
  it('shows every connection with its source, also several at once', async () => {
    const { json, primary } = await startNbwatch();
    await primary().start();
    await primary().start();
    const connections = await json('endpoint', 'show', 'demo');
    expect(connections).toHaveLength(2);
    expect(connections[0]).toMatchObject({ endpoint: 'demo', primary: 'demo', sourceIp: '127.0.0.1' });
  });
});
