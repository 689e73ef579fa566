import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openConnection } from '../../../functions/probe/connection.ts';
import type { ProbeContext } from '../../../functions/probe/context.ts';
import { probe } from '../../../functions/probe/probe.ts';
import type { QueuedMessage } from '../../../functions/probe/queue.ts';
import { NEVER, RECEIVED } from '../support.ts';

interface Job {
  jobId: number;
  status: number;
}

/** A stack in which all goes well except what a test replaces, and what the probe sent to it and removed. */
function stack(other: Partial<ProbeContext> & { ask?: (type: string) => Promise<unknown> } = {}) {
  const seen = { tokens: [] as string[], jobs: [] as Job[], removed: [] as string[], closed: 0 };
  const alert = (kind: string, job: Job | undefined): QueuedMessage => ({
    body: JSON.stringify({ kind, job }),
    handle: `${kind} ${job?.jobId}`,
  });
  const context: ProbeContext = {
    admit: async () => {},
    async connect(token) {
      seen.tokens.push(token);
      return {
        async ask(type, payload) {
          if (type === 'NOTIFICATION') seen.jobs.push(...(payload as [{ data: Job[] }])[0].data);
          return (await other.ask?.(type)) ?? (type === 'CONNECT' ? { valid: true } : []);
        },
        close() {
          seen.closed += 1;
        },
      };
    },
    queue: {
      receive: async () => [
        { body: 'no JSON', handle: 'x' },
        alert('JobFailed', { jobId: 1, status: 6 }),
        ...seen.jobs.filter(({ status }) => status === 0).map((job) => alert('JobFailed', job)),
        ...seen.jobs.map((job) => alert(job.status === 0 ? 'JobRecovered' : 'JobFailed', job)),
      ],
      remove: async ({ handle }) => void seen.removed.push(handle),
    },
    now: () => RECEIVED,
    deadlineMs: 60_000,
    ...other,
  };
  return { context, seen };
}

const refuse = async () => {
  throw new Error('no');
};

describe('a probe', () => {
  it('sees the alerts of its own two jobs, takes those and leaves the others', async () => {
    const { context, seen } = stack();
    expect(await probe(context)).toEqual({ seen: true, ms: 0 });
    expect(seen.jobs).toMatchObject([
      { state: 'DONE', status: 6 },
      { state: 'DONE', status: 0 },
    ]);
    expect(seen.removed).toEqual([`JobFailed ${seen.jobs[0]?.jobId}`, `JobRecovered ${seen.jobs[1]?.jobId}`]);
    expect(seen.closed).toBe(1);
  });

  it('counts its alerts as seen even if it cannot remove them from the queue', async () => {
    const { context } = stack();
    expect(await probe({ ...context, queue: { ...context.queue, remove: refuse } })).toMatchObject({ seen: true });
  });

  it('uses jobs and a series of its own, even if two probes run at the same time', async () => {
    const { context, seen } = stack();
    await Promise.all([probe(context), probe(context)]);
    expect(new Set(seen.jobs.map(({ jobId }) => jobId)).size).toBe(4);
    expect(new Set(seen.jobs.map((job) => Reflect.get(job, 'policyName'))).size).toBe(2);
  });

  it.each<[failure: string, reason: string, other: Parameters<typeof stack>[0]]>([
    ['no token', 'Error: no', { admit: refuse }],
    ['no gateway', 'Error: no', { connect: refuse }],
    ['CONNECT refused', 'Error: the token was refused', { ask: async () => ({ valid: false }) }],
    ['CONNECT refused', 'Error: no', { ask: refuse }],
    ['no acknowledgement', 'Error: no', { ask: async (type) => (type === 'CONNECT' ? undefined : refuse()) }],
    ['no alert', 'Error: no', { queue: { receive: refuse, remove: refuse } }],
    ['no alert', 'Error: no', { queue: { ...stack().context.queue, receive: refuse } }],
  ])('names the step at which it failed, and the reason: %s, %s', async (failure, reason, other) => {
    expect(await probe(stack(other).context)).toEqual({ seen: false, failure, reason });
  });

  it('removes its token from the reason of a failure', async () => {
    const connect = async (token: string) => {
      throw new Error(`wss://example.com/?canary=${token} is no URL`);
    };
    expect(await probe(stack({ connect }).context)).toMatchObject({
      reason: 'Error: wss://example.com/?canary= is no URL',
    });
  });
});

describe('a connection', () => {
  /** A gateway that gives the answers of a test. */
  async function gateway(answer: (socket: WebSocket, request: { id: string; type: string }) => void) {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    onTestFinished(() => server.close());
    server.on('connection', (socket) => socket.on('message', (data) => answer(socket, JSON.parse(String(data)))));
    await once(server, 'listening');
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  it('takes the answer to its own request only', async () => {
    const url = await gateway((socket, { id, type }) => {
      for (const other of ['no JSON', { id, type, subType: 'REQUEST' }, { id: 'x', type, subType: 'RESPONSE' }])
        socket.send(typeof other === 'string' ? other : JSON.stringify(other));
      socket.send(JSON.stringify({ id, type, subType: 'RESPONSE', payload: { valid: true } }));
    });
    const connection = await openConnection(url, NEVER);
    expect(await connection.ask('CONNECT', {})).toEqual({ valid: true });
    connection.close();
  });

  it('rejects with the close code if it cannot be opened, and if the gateway ends it', async () => {
    await expect(openConnection('ws://127.0.0.1:9/', NEVER)).rejects.toThrow('the connection ended: 1006');
    const connection = await openConnection(await gateway((socket) => socket.close(1008, 'no')), NEVER);
    await expect(connection.ask('CONNECT', {})).rejects.toThrow('the connection ended: 1008 no');
  });

  it('rejects a waiting request when its signal aborts', async () => {
    const ending = new AbortController();
    const connection = await openConnection(await gateway(() => ending.abort()), ending.signal);
    await expect(connection.ask('CONNECT', {})).rejects.toThrow('aborted');
  });
});
