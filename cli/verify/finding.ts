import type { PlainItem } from '../../functions/archive/line.ts';
import { primaryOf } from '../../functions/keys/ledger.ts';
import { PARTITION_KEY, SORT_KEY } from '../../functions/keys/tables.ts';

/** What can be found of a fact, or of another item of the ledger. What expired is as it must be, and named where somebody asks. */
type OfFact = 'changed' | 'removed' | 'inserted' | 'expired';

/** What can be found of an object of the archive, or of the place of one. */
type OfObject = 'missing' | 'altered' | 'outside' | 'overwritten' | 'hidden';

/** Something that is not as it must be. */
export interface Finding {
  found: OfFact | OfObject;
  /** Of a fact: its primary, its key, when it says that it was received (epoch ms), the object that it is archived in. */
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
