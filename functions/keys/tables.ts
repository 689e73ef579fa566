/*
 * The attribute names that the keys of all three tables share. The stack makes the tables from them, the functions read
 * and write by them, and the documentation is tested against them.
 */

/** Every table has the same two key attributes, both strings. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';

/** The key of an item: its partition key and its sort key. */
export interface ItemKey {
  pk: string;
  sk: string;
}

/** The key of an item as one text, for comparison. */
export const placeName = ({ pk, sk }: ItemKey | Readonly<Record<string, unknown>>): string => JSON.stringify([pk, sk]);

/** Epoch seconds after which TTL may delete an item. Deletion lags by hours or days, so readers filter on it too. */
export const EXPIRES_AT = 'expiresAt';

/** The format of every item that this version writes. Later versions read all earlier formats. */
export const FORMAT = 1;

/** The one value of the pending index's partition key. */
export const PENDING_INTENT = 'intent';
