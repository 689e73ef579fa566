import * as v from 'valibot';

/*
 * The kinds of fields in NBWSS entries. The limits are nbwatch's own, because NetBackup documents none. They keep every
 * key within DynamoDB's limits and every text storable as UTF-8.
 */

function text(minBytes: number, maxBytes: number) {
  return v.pipe(
    v.string(),
    v.check((value) => value.isWellFormed(), 'is not well-formed Unicode'),
    v.check((value) => {
      const bytes = Buffer.byteLength(value, 'utf8');
      return bytes >= minBytes && bytes <= maxBytes;
    }, `is not ${minBytes} to ${maxBytes} bytes long`),
  );
}

function integer(min: number, max: number) {
  return v.pipe(
    v.number(),
    v.check(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `is not an integer from ${min} to ${max}`,
    ),
  );
}

/** A client, a policy, a backup id. */
export const name = text(1, 512);
/** A policy. A restore has none, which is sent as `""`. */
export const nameOrEmpty = text(0, 512);
/** A value of an open set (state, operation). Unknown values are kept. */
export const term = text(1, 128);
/** A value of an open set that no ledger key contains (policy type, job type, schedule type). */
export const termOrEmpty = text(0, 128);
/** Epoch seconds with at most ten digits, so that keys sort by it. NetBackup sends 0 for a job that has not started. */
export const seconds = integer(0, 9_999_999_999);
export const id = integer(0, Number.MAX_SAFE_INTEGER);
export const status = integer(-2_147_483_648, 2_147_483_647);
