import type { Access } from './iam.ts';

export type Service = 'dynamodb' | 'sns' | 'sqs' | 's3' | 'execute-api';

/** A call that a role made. */
export interface Call {
  /** Counts from 1 for each proxy. People's calls are not counted. */
  n: number;
  /** The role's logical id. */
  role: string;
  worker: string;
  service: Service;
  /** IAM's name, `dynamodb:PutItem`; for a transaction the operation, `dynamodb:TransactWriteItems`. */
  action: string;
  /**
   * The ARN; for a batch or transaction all ARNs, once each, joined by commas; `*` if the operation has no resource.
   */
  resource: string;
  /** Every permission that the call needed, whether it was allowed or not. */
  needs: readonly Need[];
}

/** A request's action, and every permission that it needs. */
export interface Asked {
  service: Service;
  action: string;
  needs: readonly Need[];
}

export type Need = Omit<Access, 'context'>;

/** Thrown for what the one-machine run does not support, and so must refuse by name. */
export class Unsupported extends Error {
  override name = 'Unsupported';
}

/** The ARNs of all needs, as {@link Call.resource} holds them. */
export function resources(needs: readonly Need[]): string {
  return [...new Set(needs.map((need) => need.resource))].join(',');
}
