import type { ItemKey } from '../keys/tables.ts';
import { orderBy } from '../records/order.ts';
import type { OverdueBackup, OverdueState } from '../registry/overdue.ts';
import { type BackupOverdueIntent, type BackupResumedIntent, noticeItem } from './intent.ts';

/** How many bytes of an item, which holds at most 400 KB, the backups may fill as JSON. What is left out is counted. */
const BACKUPS_BYTES = 250_000;

const longestFirst = orderBy<OverdueBackup>(
  ({ since }) => since,
  ({ client }) => client,
  ({ policy }) => policy,
);

/**
 * The item that reports backups of a primary: that they are overdue, or that they have resumed. All states name this
 * one notice.
 */
export function overdueNotice(
  primary: string,
  states: readonly OverdueState[],
  { overdueGaps, overdueHours }: { overdueGaps: number; overdueHours: number },
): ItemKey & Record<string, unknown> {
  const sorted = states.toSorted(longestFirst);
  const [first] = sorted;
  const ended = sorted.flatMap(({ resumedAt, endToldAt, ...state }) =>
    resumedAt === undefined || endToldAt === undefined ? [] : [{ ...reported(state), resumedAt }],
  );
  if (first?.endToldAt !== undefined) {
    const intent = { kind: 'BackupResumed' as const, primary, receivedAt: first.endToldAt, ...fitting(ended) };
    return noticeItem<BackupResumedIntent>(intent, [primary, first.endToldAt]);
  }
  const receivedAt = first?.toldAt ?? 0;
  const backups = fitting(sorted.map(reported));
  const intent = { kind: 'BackupOverdue' as const, primary, receivedAt, ...backups, overdueGaps, overdueHours };
  return noticeItem<BackupOverdueIntent>(intent, [primary, receivedAt]);
}

/** What is reported of one, without what is only remembered. */
function reported({ primary: _, toldAt: __, resumedAt: ___, endToldAt: ____, ...backup }: OverdueState): OverdueBackup {
  return backup;
}

/** As many as fit, and how many do not. */
function fitting<T extends object>(all: readonly T[]): { backups: T[]; leftOut: number } {
  let bytes = 0;
  const backups = all.filter((one) => {
    bytes += Buffer.byteLength(JSON.stringify(one), 'utf8');
    return bytes <= BACKUPS_BYTES;
  });
  return { backups, leftOut: all.length - backups.length };
}
