import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { failureItem, pendingSince } from '../../../functions/alerts/intent.ts';
import type { SnsMessage } from '../../../functions/alerts/message.ts';
import { createOutbox } from '../../../functions/alerts/outbox.ts';
import { messageId } from '../../../functions/keys/records.ts';
import type { ItemKey } from '../../../functions/keys/tables.ts';
import type { PublisherContext } from '../../../functions/publisher/context.ts';
import { publishPending } from '../../../functions/publisher/publish-pending.ts';
import type { Silence } from '../../../functions/silences/silence.ts';
import { putIfAbsent } from '../../../functions/store/items.ts';
import { allItems, type Content, jobFact, RECEIVED, testTables } from '../support.ts';

export const MINUTE = 60_000;

interface Published {
  topic: string;
  /** The machine form. */
  told: Record<string, unknown> & { id: string; kind: string };
}

/** A publisher on tables of its own, with a clock of its own, and what it published. */
export async function setUp() {
  const { client, records: table } = await testTables();
  const clock = { now: RECEIVED };
  const published: Published[] = [];
  const silences: Silence[] = [];
  let holders = 0;
  const outbox = createOutbox(client, table);
  const context: PublisherContext = {
    outbox,
    async publish(topic, { Message }: SnsMessage) {
      published.push({ topic, told: JSON.parse(JSON.parse(Message).default) });
      return `sns-${published.length}`;
    },
    silences: {
      async *list() {
        yield* silences;
      },
    },
    settings: DEFAULT_ALERT_SETTINGS,
    now: () => clock.now,
    newHolder: () => `holder-${++holders}`,
  };
  return {
    ...{ client, table, clock, context, outbox },
    published,
    silences,
    /** Stores an intent, pending since just now. */
    async put(intent: object & ItemKey): Promise<ItemKey> {
      await putIfAbsent(client, table, { ...intent, ...pendingSince(clock.now) });
      return { pk: intent.pk, sk: intent.sk };
    },
    /** Stores the failure of a job without a parent, received just now. */
    async intent(content: Content = {}, other: object = {}): Promise<ItemKey> {
      const fact = jobFact({ parentJobId: content.jobId, ...content }, { receivedAt: clock.now });
      const item = { ...failureItem(fact), ...pendingSince(clock.now), ...other };
      await putIfAbsent(client, table, item);
      return { pk: item.pk, sk: item.sk };
    },
    run: (woken: ItemKey[] = [], other: Partial<PublisherContext> = {}) =>
      publishPending({ ...context, ...other }, woken, clock.now + MINUTE),
    pending: () => Array.fromAsync(outbox.pending()),
    items: () => allItems(client, table),
    /** The messages on the alerts topic, by kind. */
    kinds: () => published.filter(({ topic }) => topic === 'alerts').map(({ told }) => told.kind),
    /** The jobs that messages on the alerts topic name, as often as they name them. */
    jobs: () =>
      published
        .filter(({ topic }) => topic === 'alerts')
        .flatMap(({ told }) => [...JSON.stringify(told).matchAll(/"jobId":(\d+)/g)].map(([, id]) => Number(id)))
        .sort((a, b) => a - b),
  };
}

export const idFor = (...places: ItemKey[]) => messageId(RECEIVED, places);
