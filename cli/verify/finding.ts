import type { PlainItem } from '../../functions/archive/line.ts';
import { primaryOf } from '../../functions/keys/ledger.ts';
import { PARTITION_KEY, SORT_KEY } from '../../functions/keys/tables.ts';

/** A finding about a fact or another item of the ledger. `expired` is as it should be, and only listed on request. */
type OfFact = 'changed' | 'removed' | 'inserted' | 'expired';

/** A finding about an object of the archive, or about the place of one. */
type OfObject = 'missing' | 'altered' | 'outside' | 'overwritten' | 'hidden';

/** Something that is not as it should be. */
export interface Finding {
  found: OfFact | OfObject;
  /** For a fact: its primary, its key, its own time of receipt (epoch ms), and the object that it is archived in. */
  primary?: string;
  pk?: string;
  sk?: string;
  receivedAt?: number;
  object?: string;
  why: string;
}

export function ofFact(found: OfFact, item: PlainItem, why: string, object?: string): Finding {
  const { pk, sk } = placeOf(item);
  const { receivedAt } = item;
  return {
    ...{ found, primary: primaryOf(pk), pk, sk },
    ...(typeof receivedAt === 'number' && { receivedAt }),
    ...(object !== undefined && { object }),
    why,
  };
}

export function ofObject(found: OfObject, object: string, why: string): Finding {
  return { found, object, why };
}

export function placeOf(item: PlainItem): { pk: string; sk: string } {
  return { pk: String(item[PARTITION_KEY]), sk: String(item[SORT_KEY]) };
}
