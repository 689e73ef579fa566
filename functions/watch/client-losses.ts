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

/** The expectations of all backups, read at most once in a run. */
export type ReadExpectations = () => Promise<readonly Expectation[]>;

/** The most images of a client that are read to know what is usual and what stays. */
const MOST_READ = 50 * PAGE;

/**
 * Judges a client's losses, reading only as many of its images as that takes. Mostly one page is enough: it shows what
 * stays. It reads more where there seems to be a reason to worry, and looks among all restorable images when nothing
 * seems to be left. `firstLostAt`: as in `Bounds`.
 */
export async function judgeLosses(
  { images, thresholds }: Pick<WatchContext, 'images' | 'thresholds'>,
  primary: string,
  losses: readonly Loss[],
  firstLostAt: number,
  readExpectations: ReadExpectations,
  at: number,
): Promise<ClientLosses> {
  const clientName = losses[0]?.clientName ?? '';
  const bounds = { before: at - UNUSUAL_MS, daysBefore: at - ATTACK_MS, firstLostAt };
  const known: Image[] = [];
  let heardFrom: number | undefined;
  for await (const image of images.ofClient(primary, clientName, at)) {
    known.push(image);
    // Only at the end of a page: the page is read as a whole anyway.
    if (known.length % PAGE > 0) continue;
    if (known.length < MOST_READ && !isEnoughKnown(losses, known, image.receivedAt, bounds)) continue;
    heardFrom = image.receivedAt;
    break;
  }
  // A backup that was taken since puts a retired client back into service.
  const madeAt = known.reduce((latest, { backupTime }) => Math.max(latest, backupTime * 1000), 0);
  const none = { clientName, counted: [], nothingLeft: false, lastAt: 0 };
  if (isClientRetired(await readExpectations(), { primary, client: clientName }, madeAt)) return none;
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
