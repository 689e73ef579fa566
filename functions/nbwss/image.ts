import * as v from 'valibot';
import { name, seconds, term, termOrEmpty } from './fields.ts';

/** One entry of a NOTIFICATION's IMAGE data. Unknown fields and unknown operations are kept. */
export const imageEntry = v.looseObject({
  /** `<client>_<backupTime>`; unique within one primary only. */
  backupId: name,
  operationId: term,
  /** Epoch seconds, when the event happened, by a clock that may run whole hours ahead of `timeStamp`. */
  createdTime: seconds,
  /** Epoch seconds, when the backup was taken; agrees with `timeStamp`. */
  backupTime: seconds,
  clientName: name,
  clientType: v.nullish(termOrEmpty, ''),
});

export type ImageEntry = v.InferOutput<typeof imageEntry>;
