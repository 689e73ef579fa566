import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { functionsOf } from './doctor.ts';
import type { Look } from './examine.ts';
import { NOT_HERE, orOk, type Verdict } from './finding.ts';

/** A function as Lambda describes it. */
export interface DeployedFunction {
  name: string;
  state: string;
  lastUpdate: string;
  /** Lambda's reason for a state other than it should be. */
  reason: string;
}

export const lookAtFunctions: Look = async (doctor) => {
  if (doctor.isOneMachine) return [NOT_HERE];
  const found = await Promise.all(
    (await functionsOf(doctor)).map(async ({ name, functionName }) => {
      const command = new GetFunctionConfigurationCommand({ FunctionName: functionName });
      const { State, LastUpdateStatus, StateReason, LastUpdateStatusReason } =
        await doctor.clients.lambda.send(command);
      const reason = StateReason ?? LastUpdateStatusReason ?? '';
      return { name, state: State ?? 'unknown', lastUpdate: LastUpdateStatus ?? 'unknown', reason };
    }),
  );
  return judgeFunctions(found);
};

export function judgeFunctions(functions: readonly DeployedFunction[]): readonly Verdict[] {
  const wrong = functions.flatMap(({ name, state, lastUpdate, reason }): Verdict[] => {
    const why = reason === '' ? '' : `: ${reason}`;
    if (state === 'Failed' || lastUpdate === 'Failed')
      return [{ state: 'failed', what: `${name} is not as it was deployed${why}`, next: 'Run npx cdk deploy again.' }];
    if (state === 'Pending' || lastUpdate === 'InProgress')
      return [{ state: 'warning', what: `${name} is being updated${why}`, next: 'Look again in a minute.' }];
    return [];
  });
  const names = functions.map(({ name }) => name).toSorted();
  return orOk(wrong, `${names.join(', ')}: as deployed`);
}
