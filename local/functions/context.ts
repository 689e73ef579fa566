import type { InvokeMessage, WorkerData } from './wire.ts';

/** The part of Lambda's context object that a handler on Node.js 24 can use. */
export interface HandlerContext {
  awsRequestId: string;
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  logGroupName: string;
  logStreamName: string;
  memoryLimitInMB: string;
  getRemainingTimeInMillis(): number;
}

/**
 * The remaining time follows the machine's clock: a worker cannot see a clock that a test moves by hand. The run's
 * clock, outside the worker, ends a function that takes too long.
 */
export function handlerContext(data: WorkerData, invoke: InvokeMessage): HandlerContext {
  const deadline = performance.now() + invoke.timeoutMs;
  return {
    awsRequestId: invoke.requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: data.functionId,
    functionVersion: '$LATEST',
    invokedFunctionArn: data.functionArn,
    logGroupName: data.logGroupName,
    logStreamName: data.logStreamName,
    memoryLimitInMB: String(data.memoryMb),
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  };
}
