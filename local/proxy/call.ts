import type { Access } from './iam.ts';

export type Service = 'dynamodb' | 'sns' | 'sqs' | 's3' | 'execute-api';

/** A call that a role made. */
export interface Call {
  /** Counts from 1 for each proxy; calls of people are not counted. */
  n: number;
  /** The role's logical id. */
  role: string;
  worker: string;
  service: Service;
  /** As IAM names it, `dynamodb:PutItem`; for a transaction the operation, `dynamodb:TransactWriteItems`. */
  action: string;
  /** ARN; of a batch or a transaction all ARNs, once each, joined by commas; `*` when the operation has no resource. */
  resource: string;
  /** Every permission that it took, or would have taken. */
  needs: readonly Need[];
}

/** What a request asks for, and every permission that it needs. */
export interface Asked {
  service: Service;
  action: string;
  needs: readonly Need[];
}

export type Need = Omit<Access, 'context'>;

/** Thrown for what the one-machine run does not do, and so must refuse by name. */
export class Unsupported extends Error {
  override name = 'Unsupported';
}

/** The ARNs of all needs, as {@link Call.resource} holds them. */
export function resources(needs: readonly Need[]): string {
  return [...new Set(needs.map((need) => need.resource))].join(',');
}
