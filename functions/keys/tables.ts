/*
 * What the three tables are called in keys and indexes. The stack makes them from this, the functions read and write by it, and
 * the documentation is tested against it.
 */

/** Every table has the same two key attributes, both strings. */
export const PARTITION_KEY = 'pk';
export const SORT_KEY = 'sk';

/** Where an item is: its partition key and its sort key. */
export interface ItemKey {
  pk: string;
  sk: string;
}

/** The place of an item as one text, to tell it from others. */
export const placeName = ({ pk, sk }: ItemKey | Readonly<Record<string, unknown>>): string => JSON.stringify([pk, sk]);

/** Epoch seconds after which DynamoDB's TTL may delete an item. Deletion lags by hours or days, so readers filter on it too. */
export const EXPIRES_AT = 'expiresAt';

/** The format of every item this version writes. A reader of a later version understands all earlier ones. */
export const FORMAT = 1;

/** The one value of the pending index's partition key. */
export const PENDING_INTENT = 'intent';
