import { keyPrefix } from './key.ts';
import { INTENT_PREFIX } from './records.ts';

/*
 * What each stream consumer is woken for, as Lambda's filter patterns: new items only, of the kinds it handles. A MODIFY or
 * REMOVE wakes none but the archive, which is there to see it.
 */

const inserted = (keys: object) => ({ eventName: ['INSERT'], dynamodb: { Keys: keys } });

/** The ledger's facts, in partitions of jobs and of images, and what was put aside. */
export const FACT_INSERTED = inserted({
  pk: { S: [{ prefix: keyPrefix('job') }, { prefix: keyPrefix('image') }, { prefix: keyPrefix('aside') }] },
});

export const INTENT_INSERTED = inserted({ sk: { S: [{ prefix: INTENT_PREFIX }] } });

/**
 * What the archive keeps: image facts that come, and whatever is changed or removed. What TTL removes is told apart by the function: a
 * pattern that would not match as meant would keep the alarm silent.
 */
export const ARCHIVED = [
  inserted({ pk: { S: [{ prefix: keyPrefix('image') }] } }),
  { eventName: ['MODIFY'] },
  { eventName: ['REMOVE'] },
];
