import { keyPrefix } from './key.ts';
import { INTENT_PREFIX } from './records.ts';

/*
 * What each stream consumer is woken for, as Lambda's filter patterns: new items only, of the kinds it handles. A MODIFY or
 * REMOVE never wakes one.
 */

const inserted = (keys: object) => ({ eventName: ['INSERT'], dynamodb: { Keys: keys } });

/** The ledger's facts, in partitions of jobs and of images, and what was put aside. */
export const FACT_INSERTED = inserted({
  pk: { S: [{ prefix: keyPrefix('job') }, { prefix: keyPrefix('image') }, { prefix: keyPrefix('aside') }] },
});

export const INTENT_INSERTED = inserted({ sk: { S: [{ prefix: INTENT_PREFIX }] } });
