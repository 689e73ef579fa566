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

/** Makes all calls in turn for each of so many notifications. `counts`: the faults so far after each notification. */
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

it('spreads all its faults over the notifications, and lets a function die before and after each call', () => {
  const { plan, counts } = run(1, 100, 1_000);
  expect(plan.left()).toBe(0);
  expect(untried(plan.points())).toEqual([]);
  // No tenth of the notifications has a burst, or nothing.
  const tenths = Array.from({ length: 10 }, (_, at) => (counts[at * 100 + 99] ?? 0) - (counts[at * 100 - 1] ?? 0));
  expect(Math.max(...tenths)).toBeLessThan(3 * (plan.injected().length / 10));
  expect(Math.min(...tenths)).toBeGreaterThan(0);
  expect(new Set(plan.injected().map(({ kind }) => kind))).toEqual(
    new Set(['error', 'throttle', 'delay', 'hang', 'cut', 'kill']),
  );
});

it('refuses eight publishes with an error', () => {
  const { plan } = run(1, 0, 100);
  expect(plan.refused()).toBe(8);
  expect(
    plan
      .injected()
      .filter(({ kind }) => kind === 'error')
      .map(({ point }) => point),
  ).toEqual(Array(8).fill('Publisher sns:Publish *'));
});

it('does not count a kill that missed, and kills at a later call instead', () => {
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

it('lists a call as untried before and after while no function makes it', () => {
  const plan = createFaultPlan({ seed: 1, faults: 0, everyPoint: ['Ingest dynamodb:PutItem Ledger'] });
  expect(untried(plan.points())).toEqual([
    'before Ingest dynamodb:PutItem Ledger',
    'after Ingest dynamodb:PutItem Ledger',
  ]);
});

it('injects the same faults for the same seed, and others for another seed', () => {
  const faultsOf = (seed: number) => JSON.stringify([run(seed, 50, 500).plan.injected(), run(seed, 50, 500).counts]);
  expect(faultsOf(3)).toBe(faultsOf(3));
  expect(faultsOf(3)).not.toBe(faultsOf(4));
});

it('injects no fault once it is calm', () => {
  const plan = createFaultPlan({ seed: 1, faults: 10, everyPoint: [] });
  plan.reached(1);
  plan.calm();
  const call = {
    ...{ n: 1, role: 'Ingest', action: 'x', resource: '*', needs: [], worker: 'w' },
    service: 's3' as const,
  };
  expect([plan.before(call), plan.after(call)]).toEqual([undefined, undefined]);
});
