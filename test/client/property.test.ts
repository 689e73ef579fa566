import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPrimary } from '../../client/primary.ts';
import { times } from '../../client/times.ts';
import { type Behaviour, endpointFile, isConnect, oblige, startEndpoint } from './endpoint.ts';

/** What the server does with one message. After the last act of a list it obliges, so that every run ends. */
const act = fc.oneof(
  fc.constant({ kind: 'oblige' as const }),
  fc.constant({ kind: 'drop' as const }),
  fc.constant({ kind: 'twice' as const }),
  fc.constant({ kind: 'cut' as const }),
  fc.constant({ kind: 'oblige and cut' as const }),
  fc.constant({ kind: 'garbage' as const }),
  fc.constantFrom(1001, 1012).map((code) => ({ kind: 'close' as const, code })),
  fc.integer({ min: 1, max: 30 }).map((ms) => ({ kind: 'delay' as const, ms })),
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const doing = (acts: Act[]): Behaviour => {
  return (heard) => {
    const next = acts.shift() ?? { kind: 'oblige' };
    if (next.kind === 'garbage') heard.socket.send('{"message":"Internal server error"}');
    if (next.kind === 'close') heard.socket.close(next.code);
    if (next.kind === 'delay') setTimeout(() => oblige(heard), next.ms);
    if (['oblige', 'twice', 'oblige and cut'].includes(next.kind)) oblige(heard);
    if (next.kind === 'twice') oblige(heard);
    if (next.kind.endsWith('cut')) heard.socket.terminate();
  };
};

test('whatever the server drops, delays or cuts, each notification is acknowledged to its caller exactly once', async () => {
  let behave: Behaviour = oblige;
  const { url, heard } = await startEndpoint({ behave: (each) => behave(each) });
  const scenario = fc.record({
    acts: fc.array(act, { maxLength: 12 }),
    count: fc.integer({ min: 1, max: 8 }),
    keepIdOnResend: fc.boolean(),
    maxOutstanding: fc.integer({ min: 1, max: 8 }),
    cutAfter: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(scenario, async ({ acts, count, keepIdOnResend, maxOutstanding, cutAfter }) => {
      heard.length = 0;
      behave = doing([...acts]);
      const primary = createPrimary({
        endpoint: endpointFile(url),
        insecure: true,
        keepIdOnResend,
        maxOutstanding,
        times: { ...times(), resendAfter: 10, reconnectAfter: 5, connectTimeout: 20 },
      });
      try {
        const started = primary.start();
        if (cutAfter !== undefined) setTimeout(() => primary.cut(), cutAfter);
        const all = Array.from({ length: count }, (_, n) => primary.notify([n]));
        const acknowledged = await Promise.all(all);
        await started;
        const ids = acknowledged.map(({ id }) => id);
        const events = primary.events.flatMap((event) => (event.kind === 'acknowledged' ? [event.id] : []));
        expect(new Set(ids).size).toBe(count);
        expect(events.sort()).toEqual(ids.sort());
        expect(primary.outstanding()).toEqual([]);
        const stored = heard
          .filter((each) => !isConnect(each))
          .map(({ message }) => Number(Object(message.payload)[0]));
        expect(new Set(stored)).toEqual(new Set(Array.from({ length: count }, (_, n) => n)));
        expect(ids.every((id) => heard.some(({ message }) => message.id === id))).toBe(true);
      } finally {
        await primary.stop();
      }
    }),
    { numRuns: 60 },
  );
});
