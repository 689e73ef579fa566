import * as v from 'valibot';
import { id, name, nameOrEmpty, seconds, status, term, termOrEmpty } from './fields.ts';

/**
 * One entry of a NOTIFICATION's JOB data. Only the fields that identify the fact and its owner are required, because a
 * field that NetBackup leaves out must not cost an alert. Unknown fields and unknown values of open sets are kept.
 */
export const jobEntry = v.looseObject({
  jobId: id,
  /** A job without a parent is its own parent. */
  parentJobId: v.nullish(id),
  state: term,
  /** Meaningful only when the state is DONE: 0 success, 1 partial success, anything else failure. */
  status,
  /** Epoch seconds by a clock that may run whole hours ahead of `timeStamp`. */
  startTime: seconds,
  clientName: name,
  policyName: v.nullish(nameOrEmpty, ''),
  policyType: v.nullish(termOrEmpty, ''),
  jobType: v.nullish(termOrEmpty, ''),
  scheduleType: v.nullish(termOrEmpty, ''),
});

export type JobEntry = v.InferOutput<typeof jobEntry>;

/** The state that ends a run, success and failure alike. */
export const DONE = 'DONE';
