import { describe, expect, it } from 'vitest';
import { receive } from '../../../functions/ingest/receive.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createAsideLimit } from '../../../functions/registry/aside-limit.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { createRegistry, MEMORY_MS } from '../../../functions/registry/registry.ts';
import { jobContent, must, RECEIVED, testTables } from '../support.ts';
import { arrival, group, ports, request } from './ports.ts';

/** Two warm functions on the same tables, each with its own memory, on one clock. */
async function setUp() {
  const { client, ledger, registry } = await testTables();
  const clock = { now: RECEIVED };
  const warm = () =>
    ports({
      registry: createRegistry(client, registry),
      ledger: createLedger(client, ledger),
      asideLimit: createAsideLimit(client, registry),
      now: () => clock.now,
      deadlineMs: 60_000,
    }).context;
  const [a, b] = [warm(), warm()];
  const endpoints = createEndpoints(client, registry);
  const token = must(await endpoints.create({ endpoint: 'demo', primary: 'demo', group: 'demo', priority: 1 }, 1));
  const at = (message: unknown, connectionId = 'c-1') => arrival(message, { connectionId, receivedAt: clock.now });
  return {
    a,
    b,
    clock,
    endpoints,
    token,
    connect: (to: typeof a, secret: string, connectionId?: string) =>
      receive(to, at(request('CONNECT', { token: secret }), connectionId)),
    notify: (to: typeof a, connectionId?: string) =>
      receive(to, at(request('NOTIFICATION', [group('JOB', jobContent())]), connectionId)),
  };
}

describe('two warm functions', () => {
  it('know the same connection, whichever accepted it', async () => {
    const { a, b, token, connect, notify } = await setUp();
    expect(await notify(b)).toMatchObject({ kind: 'refused' });
    expect(await connect(a, token)).toMatchObject({ kind: 'accepted' });
    expect(await notify(b)).toMatchObject({ kind: 'stored', counts: { new: 1 } });
    expect(await notify(a)).toMatchObject({ kind: 'stored', counts: { duplicate: 1 } });
  });

  it('end an old token for both when one sees the new one first', async () => {
    const { a, b, token, endpoints, connect, clock } = await setUp();
    await connect(a, token);
    const rotated = must(await endpoints.rotate('demo', clock.now, 3_600_000));
    expect(await connect(b, token, 'c-2')).toMatchObject({ kind: 'accepted' });
    expect(await connect(a, rotated, 'c-3')).toMatchObject({ kind: 'accepted' });
    expect(await connect(b, token, 'c-4')).toMatchObject({ kind: 'refused' });
  });

  it('both refuse a revoked endpoint at its next CONNECT, and its open connections within the minute', async () => {
    const { a, b, token, endpoints, connect, notify, clock } = await setUp();
    await connect(a, token);
    await notify(b);
    await endpoints.revoke('demo', clock.now);
    expect(await connect(b, token, 'c-2')).toMatchObject({ kind: 'refused' });
    clock.now += MEMORY_MS;
    for (const one of [a, b]) expect(await notify(one)).toMatchObject({ kind: 'refused' });
  });
});
