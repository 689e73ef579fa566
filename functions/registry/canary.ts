import { canaryTokenKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';
import type { Item } from '../store/items.ts';
import { type Endpoint, RESERVED_PRIMARY } from './endpoint.ts';

/*
 * The canary is a primary server that nbwatch plays itself: each hour `probe` connects as it and reports a failure and a success, to see
 * that people would be told. It has no endpoint in the registry, so nothing that goes through endpoints or their primaries meets it.
 */

/** What a token of the canary opens. */
export const CANARY: Endpoint = { endpoint: RESERVED_PRIMARY, primary: RESERVED_PRIMARY };

/** The parameter of the URL in which the canary shows its token too: it comes from an address of AWS, which the settings may not let in. */
export const CANARY_PARAMETER = 'canary';

/** How long a token of the canary opens it. */
const TOKEN_SECONDS = 300;

/** The registry's item of a token of the canary, made at a time (epoch ms). */
export function canaryTokenItem(tokenHash: string, at: number): object {
  return {
    ...canaryTokenKey(tokenHash),
    format: FORMAT,
    createdAt: at,
    [EXPIRES_AT]: Math.floor(at / 1000) + TOKEN_SECONDS,
  };
}

/** Whether a token of the canary is good at a time (epoch ms). TTL deletes late, so an item that is there says nothing yet. */
export function isCanaryTokenGood(item: Item, at: number): boolean {
  return Number(item[EXPIRES_AT]) * 1000 > at;
}
