import { canaryTokenKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';
import type { Item } from '../store/items.ts';
import { type Endpoint, RESERVED_PRIMARY } from './endpoint.ts';

/*
 * The canary is a primary server that nbwatch plays itself. Each hour `probe` connects as the canary and reports a
 * failure and a success, to check that people would get the alert. The canary has no endpoint in the registry, so code
 * that lists endpoints or their primaries never meets it.
 */

/** The endpoint that a token of the canary opens. */
export const CANARY: Endpoint = { endpoint: RESERVED_PRIMARY, primary: RESERVED_PRIMARY };

/** The URL parameter that also shows the canary's token: the settings may not allow its AWS address. */
export const CANARY_PARAMETER = 'canary';

/** How long a token of the canary is good. */
const TOKEN_SECONDS = 300;

/** The registry item of a canary token made at `at` (epoch ms). */
export function canaryTokenItem(tokenHash: string, at: number): object {
  return {
    ...canaryTokenKey(tokenHash),
    format: FORMAT,
    createdAt: at,
    [EXPIRES_AT]: Math.floor(at / 1000) + TOKEN_SECONDS,
  };
}

/** Whether a canary token is good at `at` (epoch ms). TTL deletes late, so an item that exists may have expired. */
export function isCanaryTokenGood(item: Item, at: number): boolean {
  return Number(item[EXPIRES_AT]) * 1000 > at;
}
