import { greatest } from '../records/order.ts';
import { type Dismissal, isInForce, type Told } from '../registry/deletions.ts';
import type { ClientLosses, RatedLoss } from './losses.ts';

/** What there is to tell, by which threshold. The levels tell this from what else there is to tell before anything is told again. */
export interface DeletionNews {
  threshold: number;
  /** Clients with a part in it: what each lost that counts here. Of those with nothing left that is all that went in days. */
  clients: readonly (ClientLosses & { isNews: boolean })[];
  /** How many young images went in the time that is told of. */
  images: number;
  /** How many more clients have nothing left, of which people know: it was told before, or somebody dismissed it. */
  known: number;
  levels: readonly [images: number, nothingLeft: number];
  since: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * How long what went is remembered, ms. A message keeps the next one back for an hour: what went right after it, or came to light late,
 * must still be there in the first run after that hour, whatever second that is in.
 */
export const REMEMBERED_MS = 75 * MINUTE_MS;

/** How many times over: 0 for none, else 1, 10 or 100. */
function levelOf(count: number, threshold: number): number {
  if (count <= threshold) return 0;
  return [100, 10].find((times) => count > threshold * times) ?? 1;
}

/** The same for what should not be at all. */
const levelOfAny = (count: number): number => [100, 10, 1].find((times) => count >= times) ?? 0;

/**
 * What people have to be told of what vanished; undefined for nothing. Told once; within the next hour again only when the images, or the
 * clients with nothing left, are ten or a hundred times as many. After that hour is told what went since: images when they are enough by
 * themselves, clients with nothing left always. So there are at most six messages in any hour, as each is of a higher level than those
 * before, and one an hour while it goes on.
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
  // Within the hour the whole of it is told once more, as it is only told when it is far more.
  const news = new Set(recent ? open.filter((one) => untold.has(one) || toldAtOf(one) > now - HOUR_MS) : untold);
  const clients = judged
    .map((client) => ({ ...client, isNews: news.has(client) }))
    .map((one) => (one.isNews ? one : { ...one, counted: one.counted.filter(({ receivedAt }) => receivedAt > from) }))
    .filter(({ counted }) => counted.length > 0);
  const images = clients.flatMap(({ counted }) => counted.filter(({ receivedAt }) => receivedAt > from)).length;

  const levels = [levelOf(images, threshold), levelOfAny(news.size)] as const;
  const before = recent ? levelsTold(recent, inForce, threshold) : ([0, 0] as const);
  if (levels[0] <= before[0] && (untold.size === 0 || levels[1] <= before[1])) return undefined;
  // What goes on is one incident, however often it is told.
  const since = told && now < told.toldAt + 2 * HOUR_MS ? told.since : now;
  return { threshold, clients, images, known: empty.length - news.size, levels, since };
}

/** From when on (epoch ms) images count: those of an hour; once that of a message is over, those that went since what it told of. */
function fromWhen(told: Told | undefined, now: number): number {
  if (!told || now < told.toldAt + HOUR_MS || now >= told.toldAt + REMEMBERED_MS) return now - HOUR_MS;
  return Math.max(told.until, now - REMEMBERED_MS);
}

const newestOf = (losses: readonly RatedLoss[]) => greatest([0, ...losses.map(({ receivedAt }) => receivedAt)]);

/** Once somebody dismissed it, all clients with nothing left that are not among the dismissed ones are news. */
function levelsTold({ toldAt, images, nothingLeft }: Told, inForce: readonly Dismissal[], threshold: number) {
  const isAnswered = inForce.some(({ createdAt }) => createdAt >= toldAt);
  return [levelOf(images, threshold), isAnswered ? 0 : levelOfAny(nothingLeft)] as const;
}
