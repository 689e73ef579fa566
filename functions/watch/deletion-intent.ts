import type { ImagesDeletedIntent } from '../alerts/intent.ts';
import { orderBy } from '../records/order.ts';
import type { Told } from '../registry/deletions.ts';
import type { DeletionNews } from './deletion-news.ts';
import { median } from './losses.ts';

/** How many clients are named with their losses: as many as the message has room for. */
const CLIENTS_NAMED = 20;

/**
 * How many bytes of names of clients with nothing left an item keeps: some thousand names. An item has room for 400 KB.
 */
const NAMES_BYTES = 150_000;

/** The size of a list entry besides its name, bytes. */
const ENTRY_BYTES = 32;

const HOUR_MS = 3_600_000;
const KNOWN_MS = 7 * 24 * HOUR_MS;

/** The intent to report news of a primary. */
export function intentOf(primary: string, { threshold, since, images, ...news }: DeletionNews, agePercent: number) {
  const counted = news.clients.flatMap((client) => client.counted);
  const lastOfAll = news.clients.filter(({ isNews }) => isNews).map(({ lastAt }) => lastAt);
  const times = [...counted.map(({ receivedAt }) => receivedAt), ...lastOfAll];
  const ages = counted.map(({ age }) => age);
  const until = times.reduce((one, other) => Math.max(one, other));
  const clients = news.clients
    .map(({ clientName, counted: { length }, nothingLeft }) => ({ clientName, images: length, nothingLeft }))
    .sort(
      orderBy(
        (client) => -client.images,
        ({ clientName }) => clientName,
      ),
    );
  const nothingLeft = newlyEmpty(news.clients);
  return {
    ...{ kind: 'ImagesDeleted' as const, primary, receivedAt: until, since, threshold, agePercent },
    ...{ images, earlierImages: counted.length - images },
    noLocalCopy: counted.filter(({ condition }) => condition === 'NO_LOCAL_COPY').length,
    from: times.reduce((one, other) => Math.min(one, other)),
    until,
    youngest: ages.reduce((one, other) => Math.min(one, other)),
    age: median(ages) ?? 0,
    usualAge: median(counted.map(({ usual }) => usual)) ?? 0,
    clients: clients.slice(0, CLIENTS_NAMED),
    clientCount: clients.length,
    nothingLeft: fitting(nothingLeft, (name) => name),
    nothingLeftCount: nothingLeft.length,
    nothingLeftBefore: news.known,
  } satisfies Partial<ImagesDeletedIntent>;
}

/** What to remember once the news is reported. */
export function toldNow(
  primary: string,
  { clients, images, since }: DeletionNews,
  until: number,
  told: Told | undefined,
  at: number,
): Told {
  // While messages follow each other within an hour, the next one must exceed all of them.
  const recent = told && at < told.toldAt + HOUR_MS ? told : undefined;
  const names = newlyEmpty(clients).map((name) => name.toLowerCase());
  const again = new Set(names);
  const before = (told?.clients ?? []).filter(({ client, at: toldAt }) => toldAt > at - KNOWN_MS && !again.has(client));
  return {
    ...{ primary, toldAt: at, since, until },
    images: Math.max(images, recent?.images ?? 0),
    nothingLeft: Math.max(names.length, recent?.nothingLeft ?? 0),
    clients: fitting([...names.map((client) => ({ client, at })), ...before], ({ client }) => client),
  };
}

const newlyEmpty = (clients: DeletionNews['clients']) =>
  clients.flatMap(({ isNews, clientName }) => (isNews ? [clientName] : [])).sort();

/** The first of these, as many as fit into an item. */
function fitting<T>(all: readonly T[], nameOf: (one: T) => string): T[] {
  let bytes = 0;
  const over = all.findIndex((one) => {
    bytes += Buffer.byteLength(nameOf(one)) + ENTRY_BYTES;
    return bytes > NAMES_BYTES;
  });
  return over < 0 ? [...all] : all.slice(0, over);
}
