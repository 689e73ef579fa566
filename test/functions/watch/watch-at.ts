import { vi } from 'vitest';
import { createContext, type WatchContext } from '../../../functions/watch/context.ts';
import { watch } from '../../../functions/watch/duties.ts';
import { REGION } from '../../../local/environment.ts';
import type { TestRun } from '../../support/test-run.ts';
import { must } from '../support.ts';

/** Does what the stack's watch function would do at a time, with its role and environment: its clock cannot be set. */
export async function watchAt(
  { run }: TestRun,
  at: number,
  done: (context: WatchContext, timeLeft: () => number) => Promise<unknown> = watch,
): Promise<void> {
  const { id, environment } = must(run.deployment.functions.find(({ id }) => id.startsWith('Watch')));
  const variables = {
    ...environment,
    ENDPOINT_URL: run.endpointUrl,
    AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: run.managementUrl,
    AWS_ENDPOINT_URL: run.awsUrl,
    GIVEN_UP_URL: `${run.awsUrl}/${run.deployment.outputs.GivenUpBucket}`,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: run.deployment.roleOf(id),
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  try {
    await done({ ...createContext(process.env), now: () => at }, () => 50_000);
  } finally {
    vi.unstubAllEnvs();
  }
}
