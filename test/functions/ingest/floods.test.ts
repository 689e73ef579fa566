import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { newToken } from '../../../functions/registry/token.ts';
import { readAssembly } from '../../../local/stack/synthesize.ts';
import { jobContent } from '../support.ts';
import { event, load, OK } from './loaded.ts';
import { group, request } from './ports.ts';

/** The names of all calls to DynamoDB from now on. The calls themselves go through. */
function watchCalls(): string[] {
  const calls: string[] = [];
  const { send } = DynamoDBClient.prototype;
  const spy = vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(function (this: DynamoDBClient, ...given) {
    calls.push(given[0].constructor.name.replace(/Command$/, ''));
    return Reflect.apply(send, this, given);
  });
  onTestFinished(() => spy.mockRestore());
  return calls;
}

/** The log lines of one kind of outcome. */
const outcomes = (lines: readonly string[], kind: string) =>
  lines.map((line) => JSON.parse(line)).filter(({ message }) => message === kind);

/* What a stranger's connection costs besides its invocations and messages. docs/threat-model.md computes with it. */
describe('a stranger who connects and', () => {
  it.each<[string, string | object | undefined, { reads: string[]; answers: number; refused: string | undefined }]>([
    // A frame that is too large or binary counts as this too: the gateway runs no function for it.
    ['says nothing', undefined, { reads: [], answers: 0, refused: undefined }],
    [
      'says nonsense',
      'GET / HTTP/1.1',
      { reads: ['GetItem'], answers: 0, refused: 'the message came before a valid CONNECT' },
    ],
    [
      'reports a job',
      request('NOTIFICATION', [group('JOB', jobContent())]),
      { reads: ['GetItem'], answers: 0, refused: 'the message came before a valid CONNECT' },
    ],
    // Two reads: among the tokens of endpoints, and among those of the canary.
    [
      'shows a token that opens nothing',
      request('CONNECT', { token: newToken() }),
      { reads: ['GetItem', 'GetItem'], answers: 1, refused: 'no endpoint has this token' },
    ],
    [
      'shows no token',
      { type: 'CONNECT' },
      { reads: [], answers: 0, refused: 'the CONNECT is not a request with an id' },
    ],
  ])('%s leaves nothing behind, and costs only the calls listed', async (_, says, { reads, answers, refused }) => {
    const { invoke, send, register, posts, disconnected, lines, everything } = await load();
    await register();
    const before = await everything();
    const calls = watchCalls();
    expect(await invoke(event('$connect'))).toEqual(OK);
    if (says !== undefined) await send(says);
    expect(await invoke(event('$disconnect'))).toEqual(OK);
    // The end of a connection is recorded only if it was accepted. Here that write is refused.
    expect(calls).toEqual([...reads, 'UpdateItem']);
    expect(posts).toHaveLength(answers);
    expect(disconnected).toEqual(refused === undefined ? [] : ['c=']);
    const told = outcomes(lines, 'refused').map(({ reason, sourceIp, Refused }) => ({ reason, sourceIp, Refused }));
    expect(told).toEqual(refused === undefined ? [] : [{ reason: refused, sourceIp: '::1', Refused: 1 }]);
    expect(lines).toHaveLength(told.length);
    expect(await everything()).toBe(before);
  });
});

it('loses no fact or answer of a quiet primary server while another floods Ingest', async () => {
  const { send, endpoints, token, register, posts, facts, lines } = await load();
  await register();
  const other = await endpoints.create({ endpoint: 'other', primary: 'other', group: 'other', priority: 1 }, 1);
  const flooding = { connectionId: 'flood=' };
  const quiet = { connectionId: 'quiet=' };
  await send(request('CONNECT', { token }), flooding);
  await send(request('CONNECT', { token: other }), quiet);
  const notify = (jobId: number, where: object) =>
    send(request('NOTIFICATION', [group('JOB', jobContent({ jobId }))]), where);
  // NetBackup sends one message every five seconds. The flood has as many as it sends in a quarter of an hour, each
  // sent as soon as the one before is answered.
  const lanes = 4;
  const flood = Array.from({ length: lanes }, async (_, lane) => {
    for (let n = 0; n < 180 / lanes; n++) await notify(lane * 1_000 + n, flooding);
  });
  for (let n = 0; n < 3; n++) await notify(n, quiet);
  await Promise.all(flood);

  const numberOf = (all: readonly unknown[], primary: string) =>
    all.filter((each) => Reflect.get(Object(each), 'primary') === primary).length;
  const [stored, told] = [await facts(), outcomes(lines, 'stored')];
  for (const all of [stored, told]) expect([numberOf(all, 'demo'), numberOf(all, 'other')]).toEqual([180, 3]);
  // One more: the answer to CONNECT.
  expect(posts.filter(({ connectionId }) => connectionId === 'quiet=')).toHaveLength(1 + 3);
});

it('alarms on one primary server at 1,000 times its rate, but not on 400 busy ones or on 15 with a wrong token', () => {
  const { Resources } = readAssembly(inject('assemblyFolder')).template;
  const alarm = (name: string) =>
    Object.entries(Resources).find(([id]) => id.startsWith(`Operations${name}`))?.[1].Properties ?? {};
  const [flood, refused] = [alarm('Flood'), alarm('Refused')];
  expect(flood).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Invocations', Statistic: 'Sum', Period: 300 });
  expect(flood.Dimensions).toEqual([{ Name: 'FunctionName', Value: { Ref: expect.stringMatching(/^Ingest/) } }]);
  expect(refused).toMatchObject({ Namespace: 'nbwatch', MetricName: 'Refused', Statistic: 'Sum', Period: 300 });
  const eachFiveSeconds = 300 / 5;
  expect(1_000 * eachFiveSeconds).toBeGreaterThan(Number(flood.Threshold));
  expect(400 * eachFiveSeconds).toBeLessThan(Number(flood.Threshold));
  // With a wrong token, NetBackup connects once a minute.
  expect(15 * 5).toBeLessThan(Number(refused.Threshold));
});
