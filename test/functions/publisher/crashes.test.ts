import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { failureItem, pendingSince } from '../../../functions/alerts/intent.ts';
import { createOutbox } from '../../../functions/alerts/outbox.ts';
import type { PublisherContext } from '../../../functions/publisher/context.ts';
import { publishPending } from '../../../functions/publisher/publish-pending.ts';
import { settleEach } from '../../../functions/runtime/settle.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { jobFact, NEVER, RECEIVED, testTables } from '../support.ts';

const MINUTE = 60_000;

/** So many jobs, with names that need many bytes, make a message of two parts. */
const JOBS = Array.from({ length: 32 }, (_, index) => index + 1);
const LONG = '\u0001'.repeat(500);

const SILENCE: Silence = {
  ...{ id: 'abc', reason: 'new tapes', createdAt: RECEIVED, from: RECEIVED, until: RECEIVED + 10 * MINUTE },
  ...{ zone: 'UTC', primary: 'demo' },
};

interface Told {
  id: string;
  kind: string;
  part: number;
  parts: number;
  failures: { job: { jobId: number } }[];
}

/** All of these jobs failed just now, and the budget allows none a message of its own. */
async function failedJobs(silences: readonly Silence[]) {
  const { client, records } = await testTables();
  const outbox = createOutbox(client, records);
  const clock = { now: RECEIVED };
  const published: { topic: string; told: Told }[] = [];
  const context: PublisherContext = {
    outbox,
    async publish(topic, { Message }) {
      published.push({ topic, told: JSON.parse(JSON.parse(Message).default) });
      return `sns-${published.length}`;
    },
    silences: {
      async *list() {
        yield* silences;
      },
    },
    settings: { ...DEFAULT_ALERT_SETTINGS, budget: { singles: 0, perHour: 12 } },
    now: () => clock.now,
    newHolder: () => `holder at ${clock.now}`,
  };
  await settleEach(JOBS, 20, NEVER, async (jobId) => {
    const content = { jobId, parentJobId: jobId, clientName: `${LONG}${jobId}`, policyName: LONG };
    await putIfAbsent(client, records, {
      ...{ ...failureItem(jobFact(content, { receivedAt: RECEIVED })), ...pendingSince(RECEIVED) },
    });
  });
  return {
    published,
    async runAfter(ms: number, other: Partial<PublisherContext> = {}) {
      clock.now += ms;
      return publishPending({ ...context, ...other }, [], clock.now + MINUTE);
    },
    /** The ports of a publisher that dies once this step has happened so often. No later call takes effect. */
    dyingAfter(step: string, times: number): Partial<PublisherContext> {
      let seen = 0;
      const isDead = () => seen >= times;
      const mortal = (name: string, port: (...args: never[]) => unknown) => {
        return (...args: never[]) => {
          if (isDead()) return Promise.reject(new Error('killed'));
          const result = port(...args);
          if (!(result instanceof Promise)) return result;
          return result.then((value) => {
            if (name === step) seen += 1;
            if (isDead()) throw new Error('killed');
            return value;
          });
        };
      };
      const ports = Object.entries(outbox).map(([name, port]) => [name, mortal(name, port)]);
      return {
        outbox: Object.fromEntries(ports),
        publish: mortal('publish', context.publish) as typeof context.publish,
      };
    },
    left: async () => [...(await Array.fromAsync(outbox.pending())), ...(await outbox.remembered()).unpublished],
  };
}

/** Deaths between the two parts, and within each. */
const DEATHS: readonly [step: string, times: number][] = [
  ['writeDown', 2],
  ['publish', 1],
  ['settle', 1],
  ['markPublished', 1],
];

describe.each<[of: string, kind: string, silences: readonly Silence[], ms: number]>([
  ['a digest', 'FailureDigest', [], MINUTE],
  ['what a silence held back', 'SilenceEnded', [SILENCE], 10 * MINUTE],
])('the two parts of %s', (_, kind, silences, ms) => {
  /** What is sent when the publisher dies at a step, and others run in the minutes after. */
  async function toldDespite(step: string, times: number, minutes: number) {
    const { published, runAfter, dyingAfter, left } = await failedJobs(silences);
    expect(await runAfter(0)).toEqual({ outcome: 'done', published: 0 });
    await expect(runAfter(ms, dyingAfter(step, times))).rejects.toThrow('killed');
    // The lease of the dead publisher ends a minute later.
    for (const after of [1, minutes - 1]) expect(await runAfter(after * MINUTE)).toMatchObject({ outcome: 'done' });
    expect(await left()).toEqual([]);
    const told = (to: string) => published.filter(({ topic }) => topic === to).map((one) => one.told);
    const all = told('alerts');
    const each = [...new Map(all.map((one) => [one.id, one])).values()];
    const jobs = each.flatMap(({ failures }) => failures.map(({ job }) => job.jobId));
    expect(jobs.toSorted((a, b) => a - b)).toEqual(JOBS);
    return {
      again: all.length - each.length,
      each: each.sort((a, b) => b.parts - a.parts || a.part - b.part),
      chat: told('chat'),
    };
  }

  it.each(DEATHS)('both go out as first planned when the publisher dies after %s %i', async (step, times) => {
    const { again, each, chat } = await toldDespite(step, times, 2);
    expect(each).toMatchObject([1, 2].map((part) => ({ kind, part, parts: 2 })));
    // A death between SNS's answer and the note of it repeats that message, and nothing else.
    expect(again).toBe(step === 'publish' ? 1 : 0);
    expect(chat).toMatchObject([{ part: 1 }]);
  });

  it('the second becomes a message of its own if the publisher dies before writing it down', async () => {
    const { again, each } = await toldDespite('writeDown', 1, 5);
    expect(each).toMatchObject([
      { kind, part: 1, parts: 2 },
      { kind, part: 1, parts: 1 },
    ]);
    expect(again).toBe(0);
  });
});
