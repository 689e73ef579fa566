import { expect, it } from 'vitest';
import type { Call } from '../../local/proxy/call.ts';
import { createFaultPlan } from '../../torture/fault-plan.ts';
import { untried } from '../../torture/points.ts';

const CALLS = [
  ['IngestRole00000000', 'dynamodb:PutItem'],
  ['ProjectionRole00000000', 'dynamodb:Query'],
  ['PublisherRole00000000', 'sns:Publish'],
  ['WatchRole00000000', 'dynamodb:GetItem'],
  ['ArchiveFunctionRole00000000', 's3:PutObject'],
] as const;

/** All calls in turn, through so many notifications; how many faults there were after each. */
function run(seed: number, faults: number, notifications: number) {
  const plan = createFaultPlan({ seed, faults, everyPoint: [] });
  const counts: number[] = [];
  for (let n = 0; n < notifications; n++) {
    plan.reached(n / notifications);
    for (const [at, [role, action]] of CALLS.entries()) {
      const call: Call = {
        ...{ n: n * CALLS.length + at, role, action, resource: '*', needs: [] },
        ...{ worker: 'w', service: 'dynamodb' as const },
      };
      if (!plan.before(call)) plan.after(call);
    }
    counts.push(plan.injected().length);
  }
  return { plan, counts };
}

it('spreads faults over the notifications, meets every one, and lets a function die before and after each call', () => {
  const { plan, counts } = run(1, 100, 1_000);
  expect(plan.left()).toBe(0);
  expect(untried(plan.points())).toEqual([]);
  // In no tenth of them is there a burst.
  const tenths = Array.from({ length: 10 }, (_, at) => (counts[at * 100 + 99] ?? 0) - (counts[at * 100 - 1] ?? 0));
  expect(Math.max(...tenths)).toBeLessThan(3 * (plan.injected().length / 10));
  expect(Math.min(...tenths)).toBeGreaterThan(0);
  expect(new Set(plan.injected().map(({ kind }) => kind))).toEqual(
    new Set(['error', 'throttle', 'delay', 'hang', 'cut', 'kill']),
  );
});

it('refuses eight publishes in a row, in a way that no client tries again', () => {
  const { plan } = run(1, 0, 100);
  expect(plan.refused()).toBe(8);
  expect(
    plan
      .injected()
      .filter(({ kind }) => kind === 'error')
      .map(({ point }) => point),
  ).toEqual(Array(8).fill('Publisher sns:Publish *'));
});

it('counts no death where nobody died, and lets the next one die', () => {
  const point = 'Ingest dynamodb:PutItem Ledger';
  const resource = 'arn:aws:dynamodb:r:1:table/StoresLedger00000000';
  const call: Call = {
    ...{ n: 1, role: 'IngestRole00000000', action: 'dynamodb:PutItem', resource, needs: [] },
    ...{ worker: 'w', service: 'dynamodb' },
  };
  const plan = createFaultPlan({ seed: 1, faults: 0, everyPoint: [point] });
  plan.reached(1);
  expect(plan.before(call)).toEqual({ kind: 'kill' });
  plan.missed?.(call, 'before');
  expect([plan.injected(), untried(plan.points())]).toEqual([[], [`before ${point}`, `after ${point}`]]);
  expect(plan.before(call)).toEqual({ kind: 'kill' });
  expect([plan.injected().length, untried(plan.points())]).toEqual([1, [`after ${point}`]]);

  const drawn = createFaultPlan({ seed: 1, faults: 40, everyPoint: undefined });
  drawn.reached(1);
  for (let missed = 0; missed < 3; missed += 1)
    while (drawn.before(call)?.kind !== 'kill') expect(drawn.left()).toBeGreaterThan(0);
  const left = drawn.left();
  drawn.missed?.(call, 'before');
  expect(drawn.left()).toBe(left + 1);
});

it('has not tried a call that no function makes any more', () => {
  const plan = createFaultPlan({ seed: 1, faults: 0, everyPoint: ['Ingest dynamodb:PutItem Ledger'] });
  expect(untried(plan.points())).toEqual([
    'before Ingest dynamodb:PutItem Ledger',
    'after Ingest dynamodb:PutItem Ledger',
  ]);
});

it('fails the same calls again for the same seed, and others for another', () => {
  const faultsOf = (seed: number) => JSON.stringify([run(seed, 50, 500).plan.injected(), run(seed, 50, 500).counts]);
  expect(faultsOf(3)).toBe(faultsOf(3));
  expect(faultsOf(3)).not.toBe(faultsOf(4));
});

it('lets nothing fail any more once it is calm', () => {
  const plan = createFaultPlan({ seed: 1, faults: 10, everyPoint: [] });
  plan.reached(1);
  plan.calm();
  const call = {
    ...{ n: 1, role: 'Ingest', action: 'x', resource: '*', needs: [], worker: 'w' },
    service: 's3' as const,
  };
  expect([plan.before(call), plan.after(call)]).toEqual([undefined, undefined]);
});
