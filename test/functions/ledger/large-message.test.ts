import { describe, expect, it } from 'vitest';
import { receive } from '../../../functions/ingest/receive.ts';
import { ASK_ABOVE, createLedger, type Ledger } from '../../../functions/ledger/ledger.ts';
import { arrival, group, ports, request } from '../ingest/ports.ts';
import { allItems, jobContent, jobItem, NEVER, testTables } from '../support.ts';

/** A ledger whose invocation runs out of time after so many writes, and the calls that it made to DynamoDB. */
async function setUp(writes = Number.POSITIVE_INFINITY) {
  const { client, ledger: table } = await testTables();
  const calls: string[] = [];
  let left = writes;
  let outOfTime = new AbortController();
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        calls.push(commandName);
        try {
          return await next(args);
        } finally {
          // A refused write takes as long as one that succeeds.
          if (commandName === 'PutItemCommand' && --left <= 0) outOfTime.abort();
        }
      },
    { step: 'initialize' },
  );
  const { append } = createLedger(client, table);
  /** Gives each call the time of an invocation of its own. */
  const hurried: Pick<Ledger, 'append'> = {
    append(facts) {
      left = writes;
      outOfTime = new AbortController();
      return append(facts, outOfTime.signal);
    },
  };
  return {
    ...{ calls, hurried },
    items: () => allItems(client, table),
    append: (facts: Parameters<typeof append>[0]) => append(facts, NEVER),
  };
}

const facts = (count: number, policyName?: string) =>
  Array.from({ length: count }, (_, jobId) => jobItem({ jobId, ...(policyName === undefined ? {} : { policyName }) }));

const tally = (calls: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    Map.groupBy(calls, (call) => call)
      .entries()
      .map(([call, same]) => [call, same.length]),
  );

describe('a large message', () => {
  it.each([
    ['new entries', 0],
    ['variants', 900],
  ])(
    'of 900 %s with time for 300 writes is stored whole and acknowledged on its fourth arrival at the latest',
    async (_, taken) => {
      const { append, hurried, items } = await setUp(300);
      await append(facts(taken, 'first'));
      const { context, sent } = ports({ ledger: hurried });
      const data = Array.from({ length: 900 }, (_, jobId) => jobContent({ jobId }));
      const message = arrival(request('NOTIFICATION', [group('JOB', ...data)]));
      const outcomes: string[] = [];
      while (sent.length === 0 && outcomes.length < 4) outcomes.push((await receive(context, message)).kind);
      expect(outcomes).toEqual([...outcomes.slice(1).fill('silent'), 'stored']);
      expect(outcomes.length).toBeGreaterThan(1);
      expect(await items()).toHaveLength(900 + taken);
    },
  );

  it('whose facts are all stored asks after 40 writes, and writes no more', async () => {
    const { append, calls } = await setUp();
    await append(facts(120));
    calls.length = 0;
    expect(await append(facts(120))).toEqual(Array.from({ length: 120 }, () => 'duplicate'));
    expect(tally(calls)).toEqual({ PutItemCommand: 40, BatchGetItemCommand: 2 });
  });

  it('whose keys are taken asks after 40 facts, and then writes each missing variant with one call', async () => {
    const { append, calls } = await setUp();
    await append(facts(60, 'first'));
    calls.length = 0;
    expect(new Set(await append(facts(60)))).toEqual(new Set(['variant']));
    // For the first forty, which are written without asking, the key of the fact is tried too.
    expect(tally(calls)).toEqual({ PutItemCommand: 2 * 40 + 20, BatchGetItemCommand: 2 });
    calls.length = 0;
    expect(new Set(await append(facts(60)))).toEqual(new Set(['duplicate']));
    expect(tally(calls)).toEqual({ PutItemCommand: 2 * 40, BatchGetItemCommand: 2 });
  });

  it('stores a variant and a new entry among known facts, and stores an entry that comes twice once', async () => {
    const { append, items } = await setUp();
    const known = facts(60);
    await append(known);
    const variant = jobItem({ jobId: 7, policyName: 'other' });
    const added = jobItem({ jobId: 1_000 });
    const result = await append([...known, variant, added, added]);
    expect(result.slice(60).toSorted()).toEqual(['duplicate', 'new', 'variant']);
    expect(await items()).toHaveLength(62);
  });

  it('that ran out of time asks which facts are stored before it writes again', async () => {
    const { calls, hurried, items } = await setUp(60);
    await expect(hurried.append(facts(120), NEVER)).rejects.toThrow();
    const before = (await items()).length;
    calls.length = 0;
    await hurried.append(facts(120), NEVER).catch(() => {});
    expect(calls.slice(0, 3)).toEqual(['BatchGetItemCommand', 'BatchGetItemCommand', 'PutItemCommand']);
    expect((await items()).length).toBeGreaterThan(before);
    await hurried.append(facts(120), NEVER);
    expect(await items()).toHaveLength(120);
  });

  it('whose facts are all new is written without asking', async () => {
    const { append, calls } = await setUp();
    await append(facts(120));
    expect(tally(calls)).toEqual({ PutItemCommand: 120 });
  });

  it.each([
    [ASK_ABOVE, 0],
    [ASK_ABOVE + 1, 1],
  ])('of %i entries asks %i times when it comes again', async (count, asked) => {
    const { append, calls } = await setUp();
    await append(facts(count));
    calls.length = 0;
    await append(facts(count));
    expect(tally(calls).BatchGetItemCommand ?? 0).toBe(asked);
  });
});
