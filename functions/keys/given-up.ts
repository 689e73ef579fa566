/**
 * The prefix under which Lambda puts given-up records in the bucket (Lambda Developer Guide, on-failure destinations in
 * S3).
 */
export const GIVEN_UP_PREFIX = 'aws/lambda/';
