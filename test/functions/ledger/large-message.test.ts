import { describe, expect, it } from 'vitest';
import { ASK_FIRST_ABOVE, createLedger } from '../../../functions/ledger/ledger.ts';
import { allItems, jobItem, testTables } from '../support.ts';

/** A ledger whose invocation is out of time after so many writes, and what it asked of DynamoDB. */
async function setUp() {
  const { client, ledger: table } = await testTables();
  const calls: string[] = [];
  let budget = Number.POSITIVE_INFINITY;
  let outOfTime = new AbortController();
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        calls.push(commandName);
        try {
          return await next(args);
        } finally {
          // A refused write takes as long as one that is done.
          if (commandName === 'PutItemCommand' && --budget <= 0) outOfTime.abort();
        }
      },
    { step: 'initialize' },
  );
  const ledger = createLedger(client, table);
  return {
    calls,
    items: () => allItems(client, table),
    append(facts: Parameters<typeof ledger.append>[0], writes: number) {
      budget = writes;
      outOfTime = new AbortController();
      return ledger.append(facts, outOfTime.signal);
    },
  };
}

const facts = (count: number, policyName?: string) =>
  Array.from({ length: count }, (_, jobId) => jobItem({ jobId, ...(policyName === undefined ? {} : { policyName }) }));

describe('a message with more entries than its time allows', () => {
  it.each([
    ['', 0],
    [', all under keys that other content holds,', 900],
  ])('of 900%s with time for 300, is stored whole at the latest on its fourth arrival', async (_, taken) => {
    const { append, items } = await setUp();
    await append(facts(taken, 'first'), 1_000);
    const message = facts(900);
    let arrivals = 0;
    let stored = false;
    while (!stored) {
      arrivals += 1;
      expect(arrivals).toBeLessThanOrEqual(4);
      stored = await append(message, 300).then(
        () => true,
        () => false,
      );
    }
    expect(arrivals).toBeGreaterThan(1);
    expect(await items()).toHaveLength(900 + taken);
  });

  it('is not written again where it is known, though it comes in another message', async () => {
    const { append, calls } = await setUp();
    await append(facts(120), 1_000);
    calls.length = 0;
    expect(await append(facts(120), 1_000)).toEqual(Array.from({ length: 120 }, () => 'duplicate'));
    expect(calls).toEqual(['BatchGetItemCommand', 'BatchGetItemCommand']);
  });

  it('asks for the variants where places are taken, and writes each to its own place at once', async () => {
    const { append, calls } = await setUp();
    await append(facts(60, 'first'), 1_000);
    calls.length = 0;
    expect(new Set(await append(facts(60), 1_000))).toEqual(new Set(['variant']));
    expect(calls).toEqual(['BatchGetItemCommand', 'BatchGetItemCommand', ...Array(60).fill('PutItemCommand')]);
    calls.length = 0;
    expect(new Set(await append(facts(60), 1_000))).toEqual(new Set(['duplicate']));
    expect(calls).toEqual(['BatchGetItemCommand', 'BatchGetItemCommand']);
  });

  it('keeps a variant of what is known, and counts an entry that it brings twice once', async () => {
    const { append, items } = await setUp();
    const known = facts(60);
    await append(known, 1_000);
    const variant = jobItem({ jobId: 7, policyName: 'other' });
    const added = jobItem({ jobId: 1_000 });
    const result = await append([...known, variant, added, added], 1_000);
    expect(result.slice(60).toSorted()).toEqual(['duplicate', 'new', 'variant']);
    expect(await items()).toHaveLength(62);
  });

  it.each([
    [ASK_FIRST_ABOVE, 0],
    [ASK_FIRST_ABOVE + 1, 1],
  ])('of %i entries asks %i times first', async (count, asked) => {
    const { append, calls } = await setUp();
    await append(facts(count), 1_000);
    expect(calls.filter((call) => call === 'BatchGetItemCommand')).toHaveLength(asked);
  });
});
