import { greatest } from '../records/order.ts';
import { type Dismissal, isInForce, type Told } from '../registry/deletions.ts';
import type { ClientLosses, RatedLoss } from './losses.ts';

/** What there is to report. The levels distinguish it from other news that may follow the same earlier message. */
export interface DeletionNews {
  threshold: number;
  /**
   * The clients with a part in it, each with the losses that count here: for those with nothing left, all of the last
   * days.
   */
  clients: readonly (ClientLosses & { isNews: boolean })[];
  /** How many young images went in the time that is reported. */
  images: number;
  /**
   * How many more clients have nothing left that people know of, from an earlier message or because somebody dismissed
   * it.
   */
  known: number;
  levels: readonly [images: number, nothingLeft: number];
  since: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * How long losses are remembered, ms. A message holds the next one back for an hour. Losses right after it, or found
 * late, must still be there in the first run after that hour, whatever second it starts in.
 */
export const REMEMBERED_MS = 75 * MINUTE_MS;

/** The highest of 1, 10 and 100 times the threshold that a count exceeds; 0 for none. */
function levelOf(count: number, threshold: number): number {
  if (count <= threshold) return 0;
  return [100, 10].find((times) => count > threshold * times) ?? 1;
}

/** The same for things that should not happen at all: the highest of 1, 10 and 100 that a count reaches. */
const levelOfAny = (count: number): number => [100, 10, 1].find((times) => count >= times) ?? 0;

/**
 * What to tell people about images that vanished; undefined for nothing. Within an hour of a message the next one comes
 * only when the images, or the clients with nothing left, reach a higher level. After that hour it reports what went
 * since: images if they are enough by themselves, clients with nothing left always. So there are at most six messages
 * in any hour, each of a higher level than those before, and one an hour while it goes on.
 */
export function newsOf(
  judged: readonly ClientLosses[],
  told: Told | undefined,
  dismissals: readonly Dismissal[],
  setting: number,
  now: number,
): DeletionNews | undefined {
  const inForce = dismissals.filter((dismissal) => isInForce(dismissal, now));
  const threshold = Math.max(setting, ...inForce.map((dismissal) => dismissal.threshold ?? 0));
  const dismissed = new Set(inForce.flatMap(({ clients }) => clients));
  const isDismissed = ({ clientName }: ClientLosses) => dismissed.has(clientName.toLowerCase());
  const recent = told && now < told.toldAt + HOUR_MS ? told : undefined;
  const from = fromWhen(told, now);

  const empty = judged.filter(({ nothingLeft }) => nothingLeft);
  const toldOf = new Map(told?.clients.map(({ client, at }) => [client, at]));
  const toldAtOf = ({ clientName }: ClientLosses) => toldOf.get(clientName.toLowerCase()) ?? 0;
  const open = empty.filter((client) => !isDismissed(client));
  const untold = new Set(open.filter((client) => newestOf(client.counted) > toldAtOf(client)));
  // A message within the hour comes only when there is far more, so it names all clients of that hour again.
  const news = new Set(recent ? open.filter((one) => untold.has(one) || toldAtOf(one) > now - HOUR_MS) : untold);
  const clients = judged
    .map((client) => ({ ...client, isNews: news.has(client) }))
    .map((one) => (one.isNews ? one : { ...one, counted: one.counted.filter(({ receivedAt }) => receivedAt > from) }))
    .filter(({ counted }) => counted.length > 0);
  const images = clients.flatMap(({ counted }) => counted.filter(({ receivedAt }) => receivedAt > from)).length;

  const levels = [levelOf(images, threshold), levelOfAny(news.size)] as const;
  const before = recent ? levelsTold(recent, inForce, threshold) : ([0, 0] as const);
  if (levels[0] <= before[0] && (untold.size === 0 || levels[1] <= before[1])) return undefined;
  // Losses that go on are one incident, however many messages report it.
  const since = told && now < told.toldAt + 2 * HOUR_MS ? told.since : now;
  return { threshold, clients, images, known: empty.length - news.size, levels, since };
}

/**
 * The time after which images count (epoch ms): an hour ago; or, once the hour after a message is over, the last loss
 * that it reported.
 */
function fromWhen(told: Told | undefined, now: number): number {
  if (!told || now < told.toldAt + HOUR_MS || now >= told.toldAt + REMEMBERED_MS) return now - HOUR_MS;
  return Math.max(told.until, now - REMEMBERED_MS);
}

const newestOf = (losses: readonly RatedLoss[]) => greatest([0, ...losses.map(({ receivedAt }) => receivedAt)]);

/**
 * The levels of the last message. Once somebody dismissed it, every client with nothing left that was not dismissed is
 * news again.
 */
function levelsTold({ toldAt, images, nothingLeft }: Told, inForce: readonly Dismissal[], threshold: number) {
  const isAnswered = inForce.some(({ createdAt }) => createdAt >= toldAt);
  return [levelOf(images, threshold), isAnswered ? 0 : levelOfAny(nothingLeft)] as const;
}
