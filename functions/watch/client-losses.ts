import type { Image } from '../questions/images.ts';
import { type Expectation, isClientRetired } from '../registry/expectation.ts';
import type { WatchContext } from './context.ts';
import { PAGE } from './image-questions.ts';
import {
  ATTACK_MS,
  type ClientLosses,
  isEnoughKnown,
  judgeClient,
  type Loss,
  staysHeardSince,
  UNUSUAL_MS,
} from './losses.ts';

/** What people said of backups, read at most once in a run. */
export type Said = () => Promise<readonly Expectation[]>;

/** How many images of a client are read at most to know what is usual and what stays. */
const MOST_READ = 50 * PAGE;

/**
 * Reads as much of a client's images as its judgement takes, and judges it. That is mostly one page: there is what stays. More is read
 * where something seems to be a reason to worry; and all that can be restored when there seems to be nothing left. `firstLostAt`: as in
 * `Bounds`.
 */
export async function judgeLosses(
  { images, thresholds }: Pick<WatchContext, 'images' | 'thresholds'>,
  primary: string,
  losses: readonly Loss[],
  firstLostAt: number,
  said: Said,
  at: number,
): Promise<ClientLosses> {
  const clientName = losses[0]?.clientName ?? '';
  const bounds = { before: at - UNUSUAL_MS, daysBefore: at - ATTACK_MS, firstLostAt };
  const known: Image[] = [];
  let heardFrom: number | undefined;
  for await (const image of images.ofClient(primary, clientName, at)) {
    known.push(image);
    // At the end of a page, as it is read.
    if (known.length % PAGE > 0) continue;
    if (known.length < MOST_READ && !isEnoughKnown(losses, known, image.receivedAt, bounds)) continue;
    heardFrom = image.receivedAt;
    break;
  }
  // A backup that was made since takes it back that the client is out of service.
  const madeAt = known.reduce((latest, { backupTime }) => Math.max(latest, backupTime * 1000), 0);
  const none = { clientName, counted: [], nothingLeft: false, lastAt: 0 };
  if (isClientRetired(await said(), { primary, client: clientName }, madeAt)) return none;
  const judge = () => judgeClient(losses, known, bounds, thresholds.deletedAgePercent);
  const judged = judge();
  if (heardFrom === undefined || judged.counted.length === 0) return judged;
  const since = { from: staysHeardSince(losses), to: heardFrom };
  for await (const image of images.restorable(primary, clientName, since, at)) known.push(image);
  const again = judge();
  if (!again.nothingLeft) return again;
  const lostIds = new Set(losses.map(({ backupId }) => backupId));
  for await (const image of images.restorable(primary, clientName, { from: 0, to: heardFrom }, at)) {
    if (lostIds.has(image.backupId)) continue;
    known.push(image);
    return judge();
  }
  return again;
}
