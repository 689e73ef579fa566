import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { counted } from '../functions/alerts/words.ts';
import { GIVEN_UP_PREFIX } from '../functions/keys/given-up.ts';
import { imageEventsByDay, readImage } from '../functions/questions/images.ts';
import { showTime } from './output.ts';
import type { Session } from './session.ts';
import type { Check } from './status.ts';

/**
 * How long a fact may take to reach its record before that is a problem, ms. The alarm of a deployed stack waits as
 * long.
 */
const LAGS_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/**
 * Whether records follow the ledger: each primary's newest image fact older than `LAGS_MS` is in the record of its
 * image, and the streams gave nothing up. Jobs take the same way as images. A primary that reported no image in the
 * last day tells nothing.
 */
export async function projectionCheck(session: Session, primaries: readonly string[]): Promise<Check> {
  const { tables, now } = session;
  const found: { primary: string; backupId: string; receivedAt: number }[] = [];
  for (const primary of primaries) {
    for await (const { entry, receivedAt } of imageEventsByDay(
      tables,
      primary,
      { from: now - DAY_MS, to: now - LAGS_MS },
      now,
    )) {
      const record = await readImage(tables, primary, entry.backupId, now);
      if (record === undefined || record.newestAt < receivedAt)
        found.push({ primary, backupId: entry.backupId, receivedAt });
      break;
    }
  }
  const [first] = found;
  if (first)
    return {
      check: 'projection',
      state: 'attention',
      what: `records lag behind the ledger: ${first.primary} reported ${first.backupId} ${showTime(first.receivedAt)} UTC`,
      next: 'npx nbwatch quarantine',
      found,
    };
  const givenUp = await countGivenUp(session);
  if (givenUp === 'unknown')
    return {
      check: 'projection',
      state: 'ok',
      what: 'up to date; not permitted to list what was given up',
      found,
    };
  if (givenUp === 0) return { check: 'projection', state: 'ok', what: 'up to date, nothing was given up', found };
  return {
    check: 'projection',
    state: 'attention',
    what: `the streams gave up ${givenUp === MANY ? `${MANY} batches and more` : counted(givenUp, 'batch', 'batches')} after a day of failures`,
    next: 'npx nbwatch redrive',
    found: [{ givenUp }],
  };
}

/** The most batches that are listed. */
const MANY = 100;

/** How many batches are in the bucket; `unknown` if the user may not list it. */
async function countGivenUp({ target }: Session): Promise<number | 'unknown'> {
  const s3 = new S3Client({ ...target.client, forcePathStyle: true });
  try {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: target.outputs.GivenUpBucket, Prefix: GIVEN_UP_PREFIX, MaxKeys: MANY }),
    );
    return Contents.length;
  } catch (error) {
    if (error instanceof Error && error.name === 'AccessDenied') return 'unknown';
    throw error;
  } finally {
    s3.destroy();
  }
}
