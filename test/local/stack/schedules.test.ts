import { describe, expect, it } from 'vitest';
import { manualClock } from '../../../local/clock.ts';
import { readDeployment } from '../../../local/stack/deployment.ts';
import { startSchedules } from '../../../local/stack/schedules.ts';
import { changedAssembly, resourceOf } from '../../support/changed-assembly.ts';

const MINUTE = 60_000;

/**
 * The stack's schedule on a manual clock, with the given properties of its rule replaced, and its invocations of the
 * publisher, the first of its two targets.
 */
function scheduled(properties: Record<string, unknown> = {}) {
  const clock = manualClock(Date.UTC(2026, 0, 1));
  const invoked: { functionId: string; event: unknown }[] = [];
  const deployment = readDeployment(
    changedAssembly((template) =>
      Object.assign(resourceOf(template, 'AWS::Events::Rule', 'EachMinute').Properties, properties),
    ),
  );
  const invoke = async (functionId: string, event: unknown) => {
    if (functionId.startsWith('Publisher')) invoked.push({ functionId, event });
    return { ok: true as const, payload: null };
  };
  return { clock, invoked, stop: startSchedules(deployment, invoke, clock) };
}

describe('a schedule of rate(1 minute)', () => {
  it('invokes its target at the end of each minute, and not a millisecond earlier', () => {
    const { clock, invoked } = scheduled();
    clock.advance(MINUTE - 1);
    expect(invoked).toEqual([]);
    clock.advance(1);
    expect(invoked).toHaveLength(1);
    clock.advance(3 * MINUTE);
    expect(invoked).toHaveLength(4);
  });

  it('passes the event that EventBridge sends, with the rule and the time', () => {
    const { clock, invoked } = scheduled();
    clock.advance(MINUTE);
    expect(invoked[0]?.functionId).toMatch(/^Publisher/);
    expect(invoked[0]?.event).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      time: '2026-01-01T00:01:00.000Z',
      resources: [expect.stringMatching(/^arn:aws:events:us-east-1:000000000000:rule\/EachMinute/)],
    });
  });

  it('invokes nothing more once it is stopped', () => {
    const { clock, invoked, stop } = scheduled();
    clock.advance(MINUTE);
    stop();
    clock.advance(10 * MINUTE);
    expect(invoked).toHaveLength(1);
  });
});

it.each([
  ['rate(5 minutes)', 5 * MINUTE],
  ['rate(1 hour)', 60 * MINUTE],
  ['rate(2 days)', 2 * 24 * 60 * MINUTE],
])('%s invokes the target after exactly that period, and not a millisecond earlier', (ScheduleExpression, period) => {
  const { clock, invoked } = scheduled({ ScheduleExpression });
  clock.advance(period - 1);
  expect(invoked).toEqual([]);
  clock.advance(1);
  expect(invoked).toHaveLength(1);
});

it('a rule that is disabled invokes nothing', () => {
  const { clock, invoked } = scheduled({ State: 'DISABLED' });
  clock.advance(10 * MINUTE);
  expect(invoked).toEqual([]);
});

it.each(['cron(0 12 * * ? *)', 'rate(0.5 minutes)', 'rate(1 week)'])(
  'the schedule expression %s is refused',
  (ScheduleExpression) => {
    expect(() => scheduled({ ScheduleExpression })).toThrow();
  },
);

it('a target with an input, which the run would not pass on, is refused', () => {
  const id = 'Target0';
  expect(() => scheduled({ Targets: [{ Id: id, Arn: 'arn:aws:lambda:x:function:P', Input: '{}' }] })).toThrow('Input');
});
