import { expect, it } from 'vitest';
import { putIfAbsent, readItems } from '../../../functions/store/items.ts';
import { testTables } from '../support.ts';

it('asks for at most 100 items at a time, and again for those that an answer leaves out', async () => {
  const { client, records } = await testTables();
  const places = Array.from({ length: 101 }, (_, n) => ({ pk: `p${n}`, sk: 's' }));
  for (const place of places) await putIfAbsent(client, records, place);
  const asked: number[] = [];
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'BatchGetItemCommand') return next(args);
        const { [records]: all } = Object(args.input).RequestItems;
        asked.push(all.Keys.length);
        const RequestItems = { [records]: { ...all, Keys: all.Keys.slice(0, 40) } };
        const answer = await next({ ...args, input: { ...args.input, RequestItems } });
        const left = all.Keys.slice(40);
        if (left.length > 0) Object(answer.output).UnprocessedKeys = { [records]: { ...all, Keys: left } };
        return answer;
      },
    { step: 'initialize' },
  );
  const read = await Array.fromAsync(readItems(client, records, [...places, { pk: 'nowhere', sk: 's' }]));
  expect(read.map(({ pk }) => pk).sort()).toEqual(places.map(({ pk }) => pk).sort());
  expect(asked).toEqual([100, 60, 20, 2]);
});
