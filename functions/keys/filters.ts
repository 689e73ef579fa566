import { keyPrefix } from './key.ts';
import { INTENT_PREFIX } from './records.ts';

/*
 * Lambda filter patterns that say what wakes each stream consumer: new items only, of the kinds it handles. A MODIFY or
 * REMOVE wakes only the archive, which exists to see it.
 */

const inserted = (keys: object) => ({ eventName: ['INSERT'], dynamodb: { Keys: keys } });

/** New facts in the ledger's job and image partitions, and newly put-aside content. */
export const FACT_INSERTED = inserted({
  pk: { S: [{ prefix: keyPrefix('job') }, { prefix: keyPrefix('image') }, { prefix: keyPrefix('aside') }] },
});

export const INTENT_INSERTED = inserted({ sk: { S: [{ prefix: INTENT_PREFIX }] } });

/**
 * What the archive keeps: new image facts, and whatever is changed or removed. The function separates what TTL removes,
 * because a pattern that does not match as intended would keep the alarm silent.
 */
export const ARCHIVED = [
  inserted({ pk: { S: [{ prefix: keyPrefix('image') }] } }),
  { eventName: ['MODIFY'] },
  { eventName: ['REMOVE'] },
];
