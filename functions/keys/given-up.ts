/** The bucket prefix of given-up records, set by Lambda (Lambda Developer Guide, on-failure destinations in S3). */
export const GIVEN_UP_PREFIX = 'aws/lambda/';
