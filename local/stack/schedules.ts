import * as v from 'valibot';
import type { Clock } from '../clock.ts';
import type { Invoke } from '../functions/invocation.ts';
import { ruleArn } from './attributes.ts';
import { type Deployment, functionIdOf } from './deployment.ts';
import { checkMayInvoke } from './permissions.ts';

const ruleSchema = v.object({
  ScheduleExpression: v.pipe(v.string(), v.regex(/^rate\(\d+ (minute|hour|day)s?\)$/)),
  State: v.optional(v.string(), 'ENABLED'),
  Targets: v.array(v.strictObject({ Id: v.string(), Arn: v.string() })),
});

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Invokes the targets of the template's schedules, by `clock`. Returns what stops it. Throws if one is not a rate. */
export function startSchedules(deployment: Deployment, invoke: Invoke, clock: Clock): () => void {
  const cancels = deployment.ofType('AWS::Events::Rule').map(({ id, properties }) => {
    const { ScheduleExpression, State, Targets } = v.parse(ruleSchema, properties);
    const functions = Targets.map(({ Arn }) => functionIdOf(Arn));
    const arn = ruleArn(id);
    for (const target of functions) checkMayInvoke(deployment, 'events.amazonaws.com', target, arn);
    return State === 'ENABLED' ? every(clock, periodOf(ScheduleExpression), () => fire(functions, arn)) : () => {};
  });

  function fire(functions: readonly string[], rule: string): void {
    const time = new Date(clock.now()).toISOString();
    const event = {
      version: '0',
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      time,
      resources: [rule],
      detail: {},
    };
    for (const functionId of functions) void invoke(functionId, event);
  }

  return () => {
    for (const cancel of cancels) cancel();
  };
}

function every(clock: Clock, ms: number, callback: () => void): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = clock.after(ms, () => {
      next();
      callback();
    });
  };
  next();
  return () => cancel();
}

function periodOf(expression: string): number {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return Number(count) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
}
