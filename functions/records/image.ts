import { operationRank } from '../keys/ledger.ts';
import type { ImageFact } from '../ledger/fact.ts';
import { last, least, type Order, orderBy, tieBreak } from './order.ts';

/**
 * The present condition of an image. `RESTORABLE`: it has a copy to restore from. `NO_LOCAL_COPY`: only replicas that
 * cannot be restored from are left. `DELETED`: gone. `UNKNOWN`: only operations that this version does not know were
 * reported.
 */
export type ImageCondition = 'RESTORABLE' | 'NO_LOCAL_COPY' | 'DELETED' | 'UNKNOWN';

export interface ImageState {
  primary: string;
  backupId: string;
  condition: ImageCondition;
  clientName: string;
  clientType: string;
  /** When the backup was taken, epoch seconds as sent. */
  backupTime: number;
  /**
   * The fact that decides the condition: its operation, its time as sent (epoch seconds), its receipt (epoch ms), its
   * correlation id.
   */
  operationId: string;
  createdTime: number;
  receivedAt: number;
  requestId: string;
  /** When the first of its facts was received, epoch ms. nbwatch has known it since then. */
  firstAt: number;
  /**
   * Seconds from the backup to the message that reported its deletion, or the loss of its last copy to restore from.
   * The two clocks agree. Only when DELETED or NO_LOCAL_COPY, and only if the message had a time.
   */
  ageAtDeletion?: number;
}

/** How far `createdTime` may jump back when the primary's UTC offset changes. */
const OFFSET_CHANGE_SECONDS = 3_600;

/** The order of an image's history: by second, then by the rank of the operation. */
export const inOrder: Order<ImageFact> = orderBy<ImageFact>(
  (fact) => fact.entry.createdTime,
  (fact) => operationRank(fact.entry.operationId),
  (fact) => fact.entry.operationId,
  tieBreak,
);

/** Folds every fact of one image, in any order, to its present state. Undefined only for no facts. */
export function foldImage(facts: readonly ImageFact[]): ImageState | undefined {
  const deciding = decide(facts);
  const newest = last(facts, inOrder);
  if (!deciding || !newest) return undefined;
  const { condition, fact } = deciding;
  const { backupId, clientName, clientType, backupTime } = newest.entry;
  return {
    primary: fact.primary,
    backupId,
    condition,
    clientName,
    clientType,
    backupTime,
    operationId: fact.entry.operationId,
    createdTime: fact.entry.createdTime,
    receivedAt: fact.receivedAt,
    requestId: fact.requestId,
    firstAt: least(facts.map(({ receivedAt }) => receivedAt)),
    ...((condition === 'DELETED' || condition === 'NO_LOCAL_COPY') && fact.messageTime > 0
      ? { ageAtDeletion: fact.messageTime - fact.entry.backupTime }
      : {}),
  };
}

/**
 * An image is deleted when its latest DELETE is at most an offset change older than its latest CREATE or UPDATE. A
 * CREATE or UPDATE newer than that brings it back (an import). NO_LOCAL_COPY_AVAILABLE holds until a newer CREATE. That
 * an UPDATE does not end it is unverified.
 */
function decide(facts: readonly ImageFact[]): { condition: ImageCondition; fact: ImageFact } | undefined {
  const latest = (...operations: string[]) =>
    last(
      facts.filter((fact) => operations.includes(fact.entry.operationId)),
      inOrder,
    );
  const deleted = latest('DELETE');
  const made = latest('CREATE', 'UPDATE');
  if (deleted && (!made || deleted.entry.createdTime >= made.entry.createdTime - OFFSET_CHANGE_SECONDS)) {
    return { condition: 'DELETED', fact: deleted };
  }
  const copyless = latest('NO_LOCAL_COPY_AVAILABLE');
  const created = latest('CREATE');
  if (copyless && (!created || created.entry.createdTime <= copyless.entry.createdTime)) {
    return { condition: 'NO_LOCAL_COPY', fact: copyless };
  }
  if (made) return { condition: 'RESTORABLE', fact: made };
  const newest = last(facts, inOrder);
  return newest && { condition: 'UNKNOWN', fact: newest };
}
