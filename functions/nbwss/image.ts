import * as v from 'valibot';
import { name, seconds, term, termOrEmpty } from './fields.ts';

/** One entry of a NOTIFICATION's IMAGE data. Unknown fields and unknown operations are kept. */
export const imageEntry = v.looseObject({
  /** `<client>_<backupTime>`; unique only within one primary. */
  backupId: name,
  operationId: term,
  /** When the event happened, epoch seconds by a clock that may run whole hours ahead of `timeStamp`. */
  createdTime: seconds,
  /** When the backup was taken, epoch seconds by a clock that agrees with `timeStamp`. */
  backupTime: seconds,
  clientName: name,
  clientType: v.nullish(termOrEmpty, ''),
});

export type ImageEntry = v.InferOutput<typeof imageEntry>;
