import { expect, test } from 'vitest';
import { bundle, gate, start, waiting, written } from './bundles.ts';

const returns = (expression: string) => `export const handler = async (event, context) => (${expression});`;

test('a handler receives its event and the invoker its result, both as JSON carries them', async () => {
  const definition = await bundle(returns('{ got: event, date: new Date(0), left: undefined }'));
  const { runtime } = start([definition]);
  expect(await runtime.invoke(definition.id, { at: new Date(0), none: undefined })).toEqual({
    ok: true,
    payload: { got: { at: '1970-01-01T00:00:00.000Z' }, date: '1970-01-01T00:00:00.000Z' },
  });
});

test('a handler that returns nothing returns null', async () => {
  const definition = await bundle('export const handler = () => {};');
  expect(await start([definition]).runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: null });
});

test('the context is the one that Lambda gives', async () => {
  const definition = await bundle(
    returns('{ ...context, remaining: context.getRemainingTimeInMillis(), again: context.getRemainingTimeInMillis() }'),
    { memoryMb: 256, timeoutMs: 3000 },
  );
  const { runtime } = start([definition]);
  const outcome = await runtime.invoke(definition.id, {});
  expect(outcome).toEqual({
    ok: true,
    payload: {
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      callbackWaitsForEmptyEventLoop: true,
      functionName: definition.id,
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${definition.id}`,
      logGroupName: `/aws/lambda/${definition.id}`,
      logStreamName: expect.stringContaining(`[$LATEST]${definition.id}`),
      memoryLimitInMB: '256',
      remaining: expect.toSatisfy((ms) => ms > 0 && ms <= 3000),
      again: expect.toSatisfy((ms) => ms > 0 && ms <= 3000),
    },
  });
});

test('two successive invocations share one warm worker and its module state', async () => {
  const definition = await bundle(waiting);
  const { runtime } = start([definition]);
  const payloads = [
    await runtime.invoke(definition.id, { say: 'first' }),
    await runtime.invoke(definition.id, { say: 'second' }),
  ];
  expect(payloads).toMatchObject([{ payload: { count: 1 } }, { payload: { count: 2 } }]);
  expect(runtime.workers()).toHaveLength(1);
});

test('two invocations at the same time have a worker each and share nothing', async () => {
  const definition = await bundle(waiting);
  const { runtime, lines } = start([definition]);
  const { until, open } = gate();
  const slow = runtime.invoke(definition.id, { say: 'slow', until });
  await written(lines, 'slow');
  expect(await runtime.invoke(definition.id, { say: 'fast' })).toMatchObject({ payload: { count: 1 } });
  expect(runtime.workers().map(({ busy }) => busy)).toEqual([true, false]);
  await open();
  expect(await slow).toMatchObject({ payload: { count: 1 } });
});

test('the warm worker that was used last is used next', async () => {
  const definition = await bundle(
    `import { threadId } from 'node:worker_threads'; ${waiting.replace('count,', 'threadId,')}`,
  );
  const { runtime, lines } = start([definition]);
  const [first, second] = [gate(), gate()];
  const one = runtime.invoke(definition.id, { say: 'one', until: first.until });
  const two = runtime.invoke(definition.id, { say: 'two', until: second.until });
  await Promise.all([written(lines, 'one'), written(lines, 'two')]);
  await second.open();
  await two;
  await first.open();
  const last = await one;
  const next = await runtime.invoke(definition.id, { say: 'next' });
  expect(next).toMatchObject({
    payload: { threadId: 'payload' in last && Reflect.get(Object(last.payload), 'threadId') },
  });
});

test('a bundle may be ESM or CommonJS in index.js, or a file of another name that its handler names', async () => {
  const definitions = [
    await bundle('export const handler = async () => import.meta.url.endsWith("index.js");', {}, 'index.js'),
    await bundle('module.exports = { handler: async () => typeof require === "function" };', {}, 'index.js'),
    await bundle(returns('true'), { handler: 'other.handler' }, 'other.mjs'),
  ];
  const { runtime } = start(definitions);
  const outcomes = await Promise.all(definitions.map(({ id }) => runtime.invoke(id, {})));
  expect(outcomes).toEqual(definitions.map(() => ({ ok: true, payload: true })));
});

test('every line that a function writes reaches the log before the result, with its worker and request', async () => {
  const definition = await bundle(`
    console.log('loading');
    export const handler = async (event, context) => {
      console.log('one\\ntwo');
      process.stderr.write('half ');
      process.stderr.write(Buffer.from('and half'));
      return context.awsRequestId;
    };`);
  const { runtime, lines } = start([definition]);
  const outcome = await runtime.invoke(definition.id, {});
  const requestId = outcome.ok ? outcome.payload : undefined;
  const common = { functionId: definition.id, workerId: runtime.workers()[0]?.id };
  expect(lines).toEqual([
    { ...common, requestId: undefined, stream: 'stdout', line: 'loading' },
    { ...common, requestId, stream: 'stdout', line: 'one' },
    { ...common, requestId, stream: 'stdout', line: 'two' },
    { ...common, requestId, stream: 'stderr', line: 'half and half' },
  ]);
});

test('a worker does not inherit the options that node was started with', async () => {
  expect(process.execArgv).not.toEqual([]);
  const definition = await bundle(returns('process.execArgv'));
  expect(await start([definition]).runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: [] });
});

test('the environment comes from the function, Lambda and the run, and has nothing of the machine’s', async () => {
  process.env.ONLY_ON_THIS_MACHINE = 'secret';
  const environment = { OWN: 'own', SHARED: 'function', AWS_REGION: 'moon-1' };
  const definition = await bundle(returns('process.env'), { environment });
  const { runtime } = start([definition], {
    environmentOf: (functionId, workerId) => ({
      SHARED: 'run',
      AWS_ACCESS_KEY_ID: functionId,
      AWS_SESSION_TOKEN: workerId,
    }),
  });
  const outcome = await runtime.invoke(definition.id, {});
  delete process.env.ONLY_ON_THIS_MACHINE;
  const workerId = runtime.workers()[0]?.id;
  expect(outcome).toEqual({
    ok: true,
    payload: {
      OWN: 'own',
      SHARED: 'run',
      AWS_ACCESS_KEY_ID: definition.id,
      AWS_SESSION_TOKEN: workerId,
      _HANDLER: 'index.handler',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_FUNCTION_NAME: definition.id,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${definition.id}`,
      AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${workerId}`,
      AWS_REGION: 'us-east-1',
      LAMBDA_TASK_ROOT: definition.codePath,
      LANG: 'en_US.UTF-8',
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
      TZ: ':UTC',
    },
  });
});
