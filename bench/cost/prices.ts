/*
 * List prices of us-east-1 in USD, without any free tier, as known in November 2026. All costs are computed from this
 * table alone; for another Region, change it.
 */

export interface Price {
  /** USD for one. */
  usd: number;
  /** One of what. */
  what: string;
  /** Where AWS says so. */
  page: string;
}

const GATEWAY = 'https://aws.amazon.com/api-gateway/pricing/';
const LAMBDA = 'https://aws.amazon.com/lambda/pricing/';
const DYNAMODB = 'https://aws.amazon.com/dynamodb/pricing/on-demand/';
const CLOUDWATCH = 'https://aws.amazon.com/cloudwatch/pricing/';
const S3 = 'https://aws.amazon.com/s3/pricing/';
const SNS = 'https://aws.amazon.com/sns/pricing/';

const MILLION = 1_000_000;

export const PRICES = {
  message: { usd: 1 / MILLION, what: 'WebSocket message, for each 32 KB of it, in or out', page: GATEWAY },
  connectionMinute: { usd: 0.25 / MILLION, what: 'minute of a WebSocket connection', page: GATEWAY },
  run: { usd: 0.2 / MILLION, what: 'run of a function', page: LAMBDA },
  gbSecond: { usd: 0.0000133334, what: 'GB-second of a function on arm64', page: LAMBDA },
  write: { usd: 0.625 / MILLION, what: 'write unit on demand, for each KB', page: DYNAMODB },
  read: { usd: 0.125 / MILLION, what: 'read unit on demand, for each 4 KB', page: DYNAMODB },
  publish: { usd: 0.5 / MILLION, what: 'message published to a topic, for each 64 KB', page: SNS },
  email: { usd: 2 / 100_000, what: 'email delivered', page: SNS },
  queueRequest: { usd: 0.4 / MILLION, what: 'request to a queue', page: 'https://aws.amazon.com/sqs/pricing/' },
  put: { usd: 0.005 / 1_000, what: 'PUT or LIST of S3', page: S3 },
  storedGb: { usd: 0.25, what: 'GB of a table or an index, for a month', page: DYNAMODB },
  recoveryGb: { usd: 0.2, what: 'GB of a table that can be restored to a point in time, for a month', page: DYNAMODB },
  objectGb: { usd: 0.023, what: 'GB of objects in S3, for a month', page: S3 },
  logGb: { usd: 0.5, what: 'GB of log lines', page: CLOUDWATCH },
  metric: { usd: 0.3, what: 'metric of our own that is written all month', page: CLOUDWATCH },
  alarmMetric: { usd: 0.1, what: 'metric that an alarm looks at, for a month', page: CLOUDWATCH },
  dashboard: { usd: 3, what: 'dashboard, for a month', page: CLOUDWATCH },
  refused: { usd: 0, what: 'write unit that a condition refused, billed as a write of its part', page: DYNAMODB },
  key: { usd: 1, what: 'KMS key, for a month', page: 'https://aws.amazon.com/kms/pricing/' },
} as const satisfies Record<string, Price>;

export type Unit = keyof typeof PRICES;

/** An on-demand month as AWS counts it. */
export const MONTH_HOURS = 730;
export const MONTH_MINUTES = MONTH_HOURS * 60;

/**
 * How long a run is billed for cannot be measured here. Assumed instead: so many ms for each call, as if a run made
 * them one after the other, and so many for the run's own work. The floor is computed with the same assumption.
 */
export const ASSUMED = { ownMs: 3, callMs: 5 };
