import { type FactItem, factItem } from '../functions/ledger/fact.ts';
import { readNotification } from '../functions/nbwss/notification.ts';

/** How long facts of jobs are kept by default, in days; facts of images are kept permanently. */
const JOB_DAYS = 400;

/**
 * The ledger item of an entry that a primary server sent at a time (epoch ms), as `ingest` makes it. Throws for an
 * entry that it would put aside.
 */
export function factOf(
  primary: string,
  object: 'JOB' | 'IMAGE',
  content: Readonly<Record<string, unknown>>,
  receivedAt: number,
): FactItem {
  const [entry] = readNotification([{ notificationType: 'INFO', object, data: [content] }]).entries;
  if (!entry) throw new Error(`Not an entry: ${JSON.stringify(content)}`);
  const receipt = {
    ...{ primary, endpoint: primary, receivedAt, messageTime: Math.floor(receivedAt / 1000) },
    // As long as NetBackup's and API Gateway's ids.
    messageId: `1c8a5a2e-7c3f-4d7e-9d7c-${String(receivedAt % 1e12).padStart(12, '0')}`,
    ...{ connectionId: 'L0SM9cOFvHcCIhw=', requestId: `Lq${String(receivedAt).padStart(13, '0')}=` },
  };
  return factItem(entry, receipt, { jobDays: JOB_DAYS, imageDays: undefined });
}
