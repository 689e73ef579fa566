import { expect, it } from 'vitest';
import { exchange } from '../../local/proxy/exchange.ts';
import type { FaultPlan } from '../../local/proxy/faults.ts';
import type { Incoming } from '../../local/proxy/http.ts';

const CREDENTIAL = 'Credential=Writer/20261128/eu-central-1/execute-api/aws4_request';
const POST: Incoming = {
  method: 'POST',
  path: '/api1/prod/@connections/c%3D',
  headers: { authorization: `AWS4-HMAC-SHA256 ${CREDENTIAL}`, 'x-amz-security-token': 'worker-1' },
  body: Buffer.from('x'),
};
const EVERYTHING = { Effect: 'Allow' as const, Action: '*', Resource: '*' };

/** One call that is killed on a side. `at`: the invocation of its worker when the call comes, and after it was made. */
async function killed(side: 'before' | 'after', at: readonly [number | undefined, number | undefined]) {
  const missed: string[] = [];
  const plan: FaultPlan = {
    before: () => (side === 'before' ? { kind: 'kill' } : undefined),
    after: () => (side === 'after' ? { kind: 'kill' } : undefined),
    missed: (_, of) => missed.push(of),
  };
  let posted = false;
  const running = () => at[posted ? 1 : 0];
  const { answer, close } = exchange({
    clock: { now: () => 0, after: () => () => {} },
    roles: new Map([['Writer', { name: 'Writer', statements: [EVERYTHING] }]]),
    tables: new Map(),
    backends: {
      dynamodb: { url: 'http://127.0.0.1:1', accessKeyId: 'x' },
      management: () => ({
        async post() {
          posted = true;
          return { status: 200 };
        },
        get: () => ({ status: 200 }),
        delete: () => ({ status: 204 }),
      }),
    },
    ...{ faults: () => plan, running, onKill: (_, invocation) => invocation === running() },
  });
  const outcome = await answer(POST);
  close();
  return { outcome: typeof outcome === 'string' ? outcome : outcome.status, missed };
}

it('kills the invocation that made the call, and lets the call go on if that invocation is over', async () => {
  expect(await killed('before', [1, 1])).toEqual({ outcome: 'cut', missed: [] });
  expect(await killed('after', [1, 1])).toEqual({ outcome: 'cut', missed: [] });
  expect(await killed('before', [undefined, undefined])).toEqual({ outcome: 200, missed: ['before'] });
  expect(await killed('after', [1, undefined])).toEqual({ outcome: 200, missed: ['after'] });
  expect(await killed('after', [1, 2])).toEqual({ outcome: 200, missed: ['after'] });
  expect(await killed('after', [undefined, 2])).toEqual({ outcome: 200, missed: ['after'] });
});
