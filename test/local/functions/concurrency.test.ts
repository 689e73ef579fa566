import { expect, test } from 'vitest';
import { bundle, gate, start, waiting, written } from './bundles.ts';

const throttled = { ok: false, failure: { kind: 'throttled', message: 'Rate Exceeded.' } };

test('ten invocations at a time run in ten workers, and an eleventh is throttled until one ends', async () => {
  const [definition, other] = [await bundle(waiting), await bundle(waiting)];
  const { runtime, lines } = start([definition, other]);
  const { until, open } = gate();
  const ten = Array.from({ length: 10 }, (_, n) => runtime.invoke(definition.id, { say: `no ${n}`, until }));
  expect(await runtime.invoke(definition.id, { say: 'eleventh' })).toEqual(throttled);
  expect(await runtime.invoke(other.id, { say: 'of another function' })).toEqual(throttled);
  await Promise.all(ten.map((_, n) => written(lines, `no ${n}`)));
  expect(new Set(lines.map(({ workerId }) => workerId)).size).toBe(10);
  await open();
  expect(await Promise.all(ten)).toEqual(ten.map((_, n) => ({ ok: true, payload: { count: 1, say: `no ${n}` } })));
  expect(await runtime.invoke(definition.id, { say: 'twelfth' })).toMatchObject({ payload: { count: 2 } });
});

test('the concurrency limit can change while invocations run', async () => {
  const definition = await bundle(waiting);
  let most = 1;
  const { runtime, lines } = start([definition], { maxConcurrency: () => most });
  const { until, open } = gate();
  const running = [runtime.invoke(definition.id, { say: 'first', until })];
  expect(await runtime.invoke(definition.id, { say: 'beyond' })).toEqual(throttled);
  most = 2;
  running.push(runtime.invoke(definition.id, { say: 'second', until }));
  await Promise.all([written(lines, 'first'), written(lines, 'second')]);
  await open();
  expect(await Promise.all(running)).toMatchObject([{ ok: true }, { ok: true }]);
});

test('a failed invocation frees its place', async () => {
  const definition = await bundle('export const handler = (event) => process.exit(event);');
  const { runtime } = start([definition], { maxConcurrency: 1 });
  for (const code of [0, 1]) {
    expect(await runtime.invoke(definition.id, code)).toMatchObject({ failure: { kind: 'crash' } });
  }
});

test('reserved concurrency is the most that its function gets, and is kept free from other functions', async () => {
  const reserved = await bundle(waiting, { reservedConcurrency: 1 });
  const [other, none] = [await bundle(waiting), await bundle(waiting, { reservedConcurrency: 0 })];
  const { runtime, lines } = start([reserved, other, none], { maxConcurrency: 2 });
  const { until, open } = gate();
  const running = [runtime.invoke(other.id, { say: 'other', until })];
  expect(await runtime.invoke(other.id, { say: 'beyond' })).toEqual(throttled);
  running.push(runtime.invoke(reserved.id, { say: 'reserved', until }));
  expect(await runtime.invoke(reserved.id, { say: 'beyond' })).toEqual(throttled);
  expect(await runtime.invoke(none.id, { say: 'never' })).toEqual(throttled);
  await Promise.all([written(lines, 'other'), written(lines, 'reserved')]);
  await open();
  expect(await Promise.all(running)).toMatchObject([{ ok: true }, { ok: true }]);
});

test('the start fails when functions reserve more concurrency than the account has', async () => {
  const definition = await bundle(waiting, { reservedConcurrency: 11 });
  expect(() => start([definition])).toThrow('more than the account');
});

test('recycling a function ends its idle workers now, its busy ones after their invocation, and no others', async () => {
  const [definition, other] = [await bundle(waiting), await bundle(waiting)];
  const { runtime, lines } = start([definition, other]);
  const { until, open } = gate();
  await runtime.invoke(other.id, { say: 'other' });
  const busy = runtime.invoke(definition.id, { say: 'busy', until });
  await written(lines, 'busy');
  await runtime.invoke(definition.id, { say: 'idle' });
  await runtime.recycle(definition.id);
  expect(runtime.workers(definition.id)).toMatchObject([{ busy: true }]);
  await open();
  expect(await busy).toEqual({ ok: true, payload: { count: 1, say: 'busy' } });
  expect(runtime.workers(definition.id)).toEqual([]);
  expect(await runtime.invoke(definition.id, { say: 'cold' })).toMatchObject({ payload: { count: 1 } });
  expect(await runtime.invoke(other.id, { say: 'warm' })).toMatchObject({ payload: { count: 2 } });
  await runtime.recycle();
  expect(runtime.workers()).toEqual([]);
});

test('stopping kills running invocations, and later ones do not start', async () => {
  const definition = await bundle(waiting);
  const { runtime, lines } = start([definition]);
  const running = runtime.invoke(definition.id, { say: 'running', until: gate().until });
  await written(lines, 'running');
  await runtime.stop();
  expect(await running).toMatchObject({ failure: { kind: 'killed' } });
  expect(await runtime.invoke(definition.id, {})).toMatchObject({ failure: { kind: 'killed' } });
  expect(runtime.workers()).toEqual([]);
});
