import { describe, expect, it } from 'vitest';
import { MEMORY_MS } from '../../../functions/registry/memory.ts';
import { jobContent, must } from '../support.ts';
import { coldHandler, event, load, OK } from './loaded.ts';
import { group, request } from './ports.ts';

/** Two workers of the function on the same tables, each with its own modules and so its own memory. */
async function setUp() {
  const { invoke: a, register, endpoints, token, lines } = await load();
  const b = await coldHandler();
  await register();
  const clock = { now: Date.now() };
  /** Sends a message to one worker, and returns the line that it logs. */
  async function say(to: typeof a, message: unknown, connectionId = 'c-1') {
    lines.length = 0;
    expect(await to(event('$default', message, { connectionId, requestTimeEpoch: clock.now }))).toEqual(OK);
    expect(lines).toHaveLength(1);
    return JSON.parse(lines.join(''));
  }
  return {
    ...{ a, b, clock, endpoints, token },
    connect: (to: typeof a, secret: string, connectionId?: string) =>
      say(to, request('CONNECT', { token: secret }), connectionId),
    notify: (to: typeof a, connectionId?: string) =>
      say(to, request('NOTIFICATION', [group('JOB', jobContent())]), connectionId),
  };
}

describe('two warm functions', () => {
  it('both know a connection, whichever of them accepted it', async () => {
    const { a, b, token, connect, notify } = await setUp();
    expect(await notify(b)).toMatchObject({ message: 'refused' });
    expect(await connect(a, token)).toMatchObject({ message: 'accepted' });
    expect(await notify(b)).toMatchObject({ message: 'stored', Facts: 1 });
    expect(await notify(a)).toMatchObject({ message: 'stored', Duplicates: 1 });
  });

  it('refuse an old token once the new one was used, and both end its connections within the minute', async () => {
    const { a, b, token, endpoints, connect, notify, clock } = await setUp();
    await connect(a, token);
    await notify(b);
    const rotated = must(await endpoints.rotate('demo', clock.now, 3_600_000));
    expect(await connect(b, token, 'c-2')).toMatchObject({ message: 'accepted' });
    expect(await connect(a, rotated, 'c-3')).toMatchObject({ message: 'accepted' });
    expect(await connect(b, token, 'c-4')).toMatchObject({ message: 'refused' });
    // A connection that was opened with the old token ends within the minute, in both workers.
    clock.now += MEMORY_MS;
    for (const one of [a, b]) {
      expect(await notify(one, 'c-1')).toMatchObject({ message: 'refused' });
      expect(await notify(one, 'c-3')).toMatchObject({ message: 'stored' });
    }
  });

  it('both refuse a revoked endpoint at its next CONNECT, and its open connections within the minute', async () => {
    const { a, b, token, endpoints, connect, notify, clock } = await setUp();
    await connect(a, token);
    await notify(b);
    await endpoints.revoke('demo', clock.now);
    for (const one of [a, b]) expect(await connect(one, token, 'c-2')).toMatchObject({ message: 'refused' });
    clock.now += MEMORY_MS;
    for (const one of [a, b]) expect(await notify(one)).toMatchObject({ message: 'refused' });
  });
});
