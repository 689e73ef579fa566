import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { manualClock } from '../../../local/clock.ts';
import { bundle, gate, start, waiting, written } from './bundles.ts';

const failure = (kind: string, message: unknown = expect.any(String)) => ({ ok: false, failure: { kind, message } });
const obeys = `
  let count = 0;
  export const handler = (event) => {
    count += 1;
    console.log('doing ' + event.do);
    if (event.do === 'throw') throw new RangeError('too far');
    if (event.do === 'reject') return Promise.reject(new TypeError('not that'));
    if (event.do === 'throw text') throw 'just text';
    if (event.do === 'circle') { const circle = {}; circle.circle = circle; return circle; }
    if (event.do === 'function') return () => {};
    if (event.do === 'exit') process.exit(0);
    if (event.do === 'uncaught') return new Promise(() => setTimeout(() => { throw new Error('later'); }, 0));
    if (event.do === 'unhandled') return new Promise(() => { Promise.reject(new Error('forgotten')); });
    if (event.do === 'grow') { const all = []; for (;;) all.push(new Array(100_000).fill(event)); }
    if (event.do === 'hang') return new Promise(() => {});
    if (event.do === 'spin') for (;;);
    if (event.do === 'die later') setTimeout(() => { console.log('dying'); process.exit(1); }, 0);
    return count;
  };`;

test.for([
  ['throw', 'RangeError: too far'],
  ['reject', 'TypeError: not that'],
  ['throw text', "Error: 'just text'"],
  ['circle', expect.stringMatching(/^TypeError: .*circular/)],
  ['function', 'TypeError: The handler returned a function, which JSON cannot carry'],
] as const)('a handler that fails by "%s" fails its invocation, and its worker stays warm', async ([act, message]) => {
  const definition = await bundle(obeys);
  const { runtime } = start([definition]);
  expect(await runtime.invoke(definition.id, { do: act })).toEqual(failure('handler', message));
  expect(await runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: 2 });
});

test.for([
  ['exit', "The function's process exited with code 0"],
  ['uncaught', 'Error: later'],
  ['unhandled', 'Error: forgotten'],
  ['grow', expect.stringContaining('memory')],
] as const)(
  'a function that ends its process by "%s" crashes, and the next invocation is cold',
  async ([act, message]) => {
    const definition = await bundle(obeys, { memoryMb: 64 });
    const { runtime } = start([definition]);
    expect(await runtime.invoke(definition.id, { do: act })).toEqual(failure('crash', message));
    expect(runtime.workers()).toEqual([]);
    expect(await runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: 1 });
  },
);

test('a worker that dies between two invocations is replaced', async () => {
  const definition = await bundle(obeys);
  const { runtime, lines } = start([definition]);
  expect(await runtime.invoke(definition.id, { do: 'die later' })).toEqual({ ok: true, payload: 1 });
  await written(lines, 'dying');
  await expect.poll(() => runtime.workers()).toEqual([]);
  expect(await runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: 1 });
});

test.for(['hang', 'spin'])(
  'a function that does not end (%s) times out by the clock, and its worker ends',
  async (act) => {
    const clock = manualClock();
    const definition = await bundle(obeys, { timeoutMs: 1500 });
    const { runtime, lines } = start([definition], { clock });
    const invocation = runtime.invoke(definition.id, { do: act });
    await written(lines, `doing ${act}`);
    clock.advance(1499);
    expect(runtime.workers()).toMatchObject([{ busy: true }]);
    clock.advance(1);
    expect(await invocation).toEqual(failure('timeout', 'Task timed out after 1.50 seconds'));
    expect(runtime.workers()).toEqual([]);
  },
);

test('the time that a warm worker was idle does not count towards the timeout', async () => {
  const clock = manualClock();
  const definition = await bundle(obeys, { timeoutMs: 1500 });
  const { runtime } = start([definition], { clock });
  await runtime.invoke(definition.id, {});
  clock.advance(60_000);
  expect(await runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: 2 });
});

test.for([
  ['throws while loading', 'throw new SyntaxError("broken");', 'SyntaxError: broken'],
  ['is not JavaScript', 'export const handler = (', expect.stringContaining('SyntaxError')],
  ['lacks the export', 'export const other = 1;', 'Error: index.handler is undefined or not exported'],
  ['exits while loading', 'process.exit(3);', "The function's process exited with code 3"],
  [
    'throws late while loading',
    'setTimeout(() => { throw new Error("x"); }); await new Promise((r) => setTimeout(r, 9e3));',
    'Error: x',
  ],
] as const)('a bundle that %s fails its initialisation', async ([, source, message]) => {
  const definition = await bundle(source);
  const { runtime } = start([definition]);
  expect(await runtime.invoke(definition.id, {})).toEqual(failure('init', message));
  expect(runtime.workers()).toEqual([]);
});

test('a bundle that is not there fails its initialisation, and the next invocation tries again', async () => {
  const definition = await bundle('export const other = 1;', {}, 'other.mjs');
  const { runtime } = start([definition]);
  expect(await runtime.invoke(definition.id, {})).toEqual(failure('init', expect.stringContaining('No file')));
  await writeFile(join(definition.codePath, 'index.mjs'), 'export const handler = () => "there";');
  expect(await runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: 'there' });
});

test('a bundle that never finishes loading fails its initialisation after ten seconds of the clock', async () => {
  const clock = manualClock();
  const definition = await bundle('console.log("loading"); setInterval(() => {}, 1000); await new Promise(() => {});');
  const { runtime, lines } = start([definition], { clock });
  const invocation = runtime.invoke(definition.id, {});
  await written(lines, 'loading');
  clock.advance(10_000);
  expect(await invocation).toEqual(failure('init', 'Initialisation did not end within 10000 ms'));
});

test('killing a worker fails its invocation, even while it loads, and fails nothing when it is idle', async () => {
  const [definition, loading] = [await bundle(obeys), await bundle('for (;;);')];
  const { runtime, lines } = start([definition, loading]);
  const invocation = runtime.invoke(definition.id, { do: 'spin' });
  await written(lines, 'doing spin');
  const other = runtime.invoke(loading.id, {});
  for (const { id } of runtime.workers()) runtime.kill(id);
  expect(await Promise.all([invocation, other])).toEqual([failure('killed'), failure('killed')]);
  await runtime.invoke(definition.id, {});
  const [idle] = runtime.workers();
  runtime.kill(idle?.id ?? '');
  runtime.kill('no such worker');
  expect(await runtime.invoke(definition.id, {})).toEqual({ ok: true, payload: 1 });
});

test('a result that crosses with a kill is dropped', async () => {
  const definition = await bundle(obeys);
  const log = ({ workerId }: { workerId: string }) => {
    // Holds up this thread until the worker has certainly returned.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    runtime.kill(workerId);
  };
  const { runtime } = start([definition], { log });
  expect(await runtime.invoke(definition.id, {})).toEqual(failure('killed'));
  expect(runtime.workers()).toEqual([]);
});

test('the failure of one worker does not disturb an invocation in another', async () => {
  const [steady, failing] = [await bundle(waiting), await bundle(obeys, { memoryMb: 64 })];
  const { runtime, lines } = start([steady, failing]);
  const { until, open } = gate();
  const undisturbed = runtime.invoke(steady.id, { say: 'steady', until });
  await written(lines, 'steady');
  for (const act of ['throw', 'exit', 'uncaught', 'grow']) await runtime.invoke(failing.id, { do: act });
  await open();
  expect(await undisturbed).toEqual({ ok: true, payload: { count: 1, say: 'steady' } });
});

test('a function that throws leaves its error in the log', async () => {
  const definition = await bundle(obeys);
  const { runtime, lines } = start([definition]);
  await runtime.invoke(definition.id, { do: 'throw' });
  await runtime.invoke(definition.id, { do: 'uncaught' });
  const stderr = lines.filter(({ stream }) => stream === 'stderr').map(({ line }) => line);
  expect(stderr).toEqual(expect.arrayContaining(['RangeError: too far', 'Error: later']));
});

test('an event that JSON cannot carry and a function that does not exist are failures, not rejections', async () => {
  const definition = await bundle(obeys);
  const { runtime } = start([definition]);
  expect(await runtime.invoke(definition.id, 1n)).toEqual(failure('init', expect.stringContaining('BigInt')));
  expect(await runtime.invoke('Nothing', {})).toEqual(failure('init', 'There is no function Nothing'));
});
