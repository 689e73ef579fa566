import { ACCOUNT, REGION } from '../environment.ts';
import type { FunctionDefinition } from './definition.ts';

export const functionArn = (functionId: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${functionId}`;
export const logGroupName = (functionId: string) => `/aws/lambda/${functionId}`;
export const logStreamName = (workerId: string) => `local/[$LATEST]${workerId}`;

/**
 * The variables that Lambda itself gives every function ("Defined runtime environment variables" in its guide), where
 * they make sense without its runtime API. They are reserved: the function's own variables cannot replace them.
 */
export function lambdaEnvironment(definition: FunctionDefinition, workerId: string): Record<string, string> {
  return {
    _HANDLER: definition.handler,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: definition.id,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName(definition.id),
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName(workerId),
    AWS_REGION: REGION,
    LAMBDA_TASK_ROOT: definition.codePath,
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    TZ: ':UTC',
  };
}
