import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Look } from './examine.ts';
import { NOT_HERE, type Verdict } from './finding.ts';

/** New accounts have 10. Below this limit, simultaneous bursts of a few primary servers are throttled. */
const ENOUGH = 100;

export const lookAtQuotas: Look = async ({ isOneMachine, clients }) => {
  if (isOneMachine) return [NOT_HERE];
  const { AccountLimit } = await clients.lambda.send(new GetAccountSettingsCommand({}));
  return judgeQuotas(AccountLimit?.ConcurrentExecutions, AccountLimit?.UnreservedConcurrentExecutions);
};

/**
 * `executions`: how many functions of the account may run at once in this Region; `unreserved`: without reserved ones.
 */
export function judgeQuotas(executions: number | undefined, unreserved = executions): readonly Verdict[] {
  if (executions === undefined || unreserved === undefined)
    return [{ state: 'unknown', what: 'AWS does not say how many functions may run at once' }];
  const kept = executions === unreserved ? '' : `, ${executions - unreserved} of them reserved`;
  const what = `${executions} concurrent executions of Lambda in the account${kept}`;
  if (unreserved >= ENOUGH)
    return [
      { state: 'ok', what: `${what}; API Gateway: 500 new connections and 10,000 requests a second unless changed` },
    ];
  return [
    {
      state: 'warning',
      what: `${what}: a burst of more messages is throttled, and NetBackup disconnects and reconnects`,
      next: 'aws service-quotas request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value 1000',
    },
  ];
}
