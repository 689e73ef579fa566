import { type ImagesDeletedIntent, noticeItem, pendingSince, readIntent } from '../alerts/intent.ts';
import { orderBy } from '../records/order.ts';
import type { Dismissal, Told } from '../registry/deletions.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { once } from '../runtime/environment.ts';
import { describe, log } from '../runtime/log.ts';
import { settleEach } from '../runtime/settle.ts';
import type { Item } from '../store/items.ts';
import { judgeLosses, type ReadExpectations } from './client-losses.ts';
import type { WatchContext } from './context.ts';
import { intentOf, toldNow } from './deletion-intent.ts';
import { type DeletionNews, newsOf, REMEMBERED_MS } from './deletion-news.ts';
import type { Counts } from './duties.ts';
import { type ClientLosses, type Loss, lossOf } from './losses.ts';

type DeletionContext = Pick<
  WatchContext,
  'endpoints' | 'images' | 'deletions' | 'lost' | 'expectations' | 'records' | 'thresholds' | 'now'
>;

const MINUTE_MS = 60_000;

/**
 * How far back each run reads again: the ledger's index lags, and two functions may write in another order than they
 * received.
 */
const OVERLAP_MS = 5 * MINUTE_MS;

/** How long a record may take to see a fact; and after that, how often a client without new facts is judged again. */
const SETTLES_MS = 2 * MINUTE_MS;
const LOOK_AGAIN_MS = 10 * MINUTE_MS;

/** The time that a run reserves for the queries under way, and for the write. */
const RESERVE_MS = 15_000;

/** How many primaries are queried at a time, and how many clients of each. */
const PRIMARIES_AT_ONCE = 10;
const CLIENTS_AT_ONCE = 10;

const NEVER = new AbortController().signal;

/** What this process remembers about a primary, so that each run reads only what is new. */
export interface LostImages {
  /** The time up to which facts were read, epoch ms. */
  readTo: number;
  /** The losses of the last REMEMBERED_MS, by the key of their fact. */
  losses: Map<string, Loss>;
  /**
   * Clients that lost something, by name in lower case: when their last fact was received (epoch ms), and the last
   * verdict.
   */
  clients: Map<string, { changedAt: number; judged?: ClientLosses & { at: number } }>;
}

/** Looks for young images that vanish, and for clients with nothing left, and reports them. */
export async function watchDeletions(context: DeletionContext, timeLeft: () => number): Promise<Counts> {
  const { endpoints, deletions, lost } = context;
  const at = context.now();
  const hasTime = () => timeLeft() > RESERVE_MS;
  const primaries = new Set<string>();
  for await (const { primary, revokedAt = Number.POSITIVE_INFINITY } of endpoints.list())
    if (primary !== RESERVED_PRIMARY && revokedAt > at - REMEMBERED_MS) primaries.add(primary);
  // Read only when young images are gone, which is rare.
  const remembered = once(async () => ({
    told: await Array.fromAsync(deletions.told()),
    dismissals: await Array.fromAsync(deletions.dismissals()),
  }));
  const readExpectations = once(() => Array.fromAsync(context.expectations.list()));
  await settleEach([...primaries], PRIMARIES_AT_ONCE, NEVER, async (primary) => {
    const memory = lost.get(primary) ?? { readTo: 0, losses: new Map(), clients: new Map() };
    lost.set(primary, memory);
    await readLosses(context, primary, memory, at, hasTime);
    const { judged, failed } = await judgeClients(context, primary, memory, readExpectations, at, hasTime);
    if (judged.length > 0) await reportNews(context, primary, judged, await remembered(), at);
    if (failed.length > 0)
      throw new Error(`${failed.length} clients of ${primary} could not be checked; the first: ${describe(failed[0])}`);
  });
  return {};
}

/** Brings the memory of a primary up to date: adds what is new, forgets what is too old. */
async function readLosses(
  { images }: DeletionContext,
  primary: string,
  memory: LostImages,
  at: number,
  hasTime: () => boolean,
): Promise<void> {
  const { losses, clients } = memory;
  for (const [key, { receivedAt }] of losses) if (receivedAt <= at - REMEMBERED_MS) losses.delete(key);
  const range = { from: Math.max(at - REMEMBERED_MS + 1, memory.readTo - OVERLAP_MS), to: at };
  let readTo = at;
  for await (const fact of images.events(primary, range, at)) {
    if (!hasTime()) {
      log.warn('Reading the recent image events of a primary ran out of time; the next run continues', { primary });
      readTo = fact.receivedAt;
      break;
    }
    const { backupId, clientName, operationId, createdTime } = fact.entry;
    const client = clientName.toLowerCase();
    const loss = lossOf(fact);
    if (loss) losses.set(JSON.stringify([backupId, createdTime, operationId, fact.digest]), loss);
    if (loss && !clients.has(client)) clients.set(client, { changedAt: 0 });
    const known = clients.get(client);
    if (known) known.changedAt = Math.max(known.changedAt, fact.receivedAt);
  }
  memory.readTo = readTo;
  const losing = new Set(Array.from(losses.values(), ({ clientName }) => clientName.toLowerCase()));
  for (const client of clients.keys()) if (!losing.has(client)) clients.delete(client);
}

/** The verdicts on clients with losses to worry about, and the errors of clients that could not be judged. */
async function judgeClients(
  context: DeletionContext,
  primary: string,
  { losses, clients }: LostImages,
  readExpectations: ReadExpectations,
  at: number,
  hasTime: () => boolean,
): Promise<{ judged: ClientLosses[]; failed: unknown[] }> {
  const byClient = Map.groupBy(losses.values(), ({ clientName }) => clientName.toLowerCase());
  const stale = [...clients].filter(([, { changedAt, judged }]) => {
    return !judged || judged.at < changedAt + SETTLES_MS || judged.at <= at - LOOK_AGAIN_MS;
  });
  const firstLostAt = losses.values().reduce((first, { receivedAt }) => Math.min(first, receivedAt), at);
  const lossesOf = (client: string) => byClient.get(client) ?? [];
  const mostFirst = orderBy<(typeof stale)[number]>(([client]) => -lossesOf(client).length);
  let left = 0;
  const failed: unknown[] = [];
  await settleEach(stale.sort(mostFirst), CLIENTS_AT_ONCE, NEVER, async ([client, known]) => {
    if (!hasTime()) {
      left += 1;
      return;
    }
    try {
      known.judged = {
        ...(await judgeLosses(context, primary, lossesOf(client), firstLostAt, readExpectations, at)),
        at,
      };
    } catch (error) {
      // People must still hear of the other clients.
      log.error('The lost images of a client could not be checked', { primary, error: describe(error) });
      failed.push(error);
    }
  });
  if (left > 0)
    log.warn('The check of clients that lost images ran out of time; the next run continues', { primary, left });
  const judged = [...clients.values()].flatMap((client) => client.judged ?? []);
  return { judged: judged.filter(({ counted }) => counted.length > 0), failed };
}

async function reportNews(
  { deletions, records, thresholds }: DeletionContext,
  primary: string,
  judged: readonly ClientLosses[],
  { told: allTold, dismissals }: { told: readonly Told[]; dismissals: readonly Dismissal[] },
  at: number,
): Promise<void> {
  const told = allTold.find((one) => one.primary === primary);
  const ofPrimary = dismissals.filter((dismissal) => dismissal.primary === primary);
  const news = newsOf(judged, told, ofPrimary, thresholds.deletedImages, at);
  if (!news) return;
  const intent = intentOf(primary, news, thresholds.deletedAgePercent);
  // If this run dies before it stores that this was reported, the next run gives it the same name. So it is sent once.
  const item = noticeItem<ImagesDeletedIntent>(intent, [primary, told?.toldAt ?? 0, ...news.levels]);
  const existing = await records.writeOnce({ ...item, ...pendingSince(at) });
  const { until, ...reported } = existing ? newsReportedBy(existing, news) : { ...news, until: intent.until };
  await deletions.saveTold(toldNow(primary, reported, until, told, at));
  const { images, clientCount, nothingLeftCount } = intent;
  log.warn('Young images are gone', { primary, images, clients: clientCount, nothingLeft: nothingLeftCount });
}

/**
 * The news that an earlier run's notice reported, where that run died or its write does not show yet. What came since
 * is still unreported.
 */
function newsReportedBy(existing: Item, news: DeletionNews): DeletionNews & { until: number } {
  const { nothingLeft, images, until } = readIntent(existing) as ImagesDeletedIntent;
  const named = new Set(nothingLeft);
  const clients = news.clients.map((one) => ({ ...one, isNews: one.isNews && named.has(one.clientName) }));
  return { ...news, clients, images, until };
}
