import * as v from 'valibot';
import { served } from '../certificate/chain.ts';
import { connectionsOf } from '../keys/indexes.ts';
import { connectionKey, endpointKey, tokenKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';

/** One way in, of one primary server. `primary` is the identity in every key of that server's data. */
export interface Endpoint {
  endpoint: string;
  primary: string;
}

const NAME = /^[a-z0-9-]{1,63}$/;

/** Whether a name can identify a primary or an endpoint: `[a-z0-9-]{1,63}`. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** The primary of this product's own probe. Nobody else may have it. */
export const RESERVED_PRIMARY = 'canary';

/** How long is kept what the probe leaves behind, whatever the settings say of others. */
const CANARY_KEPT_SECONDS = 86_400;

/** How long something of a primary is kept, seconds, by what is usual; undefined for good. */
export function keptSeconds<T extends number | undefined>(primary: string | undefined, usual: T): T | number {
  return primary === RESERVED_PRIMARY ? CANARY_KEPT_SECONDS : usual;
}

export const endpointState = v.object({
  endpoint: v.string(),
  primary: v.string(),
  /** NetBackup keeps one connection for each group and tries the lowest priority first. */
  group: v.string(),
  priority: v.number(),
  /** Epoch ms, like every time here. */
  createdAt: v.number(),
  /** SHA-256 of the token that is good, and when it was first used. */
  tokenHash: v.string(),
  tokenUsedAt: v.optional(v.number()),
  /** After a rotation: the token before, and when it ends at the latest. It ends with the first use of the new one. */
  previousTokenHash: v.optional(v.string()),
  previousUntil: v.optional(v.number()),
  revokedAt: v.optional(v.number()),
  /** What the host showed of itself when this was created or rotated; absent where it could not be reached then. */
  certificate: v.fallback(v.optional(served), undefined),
});

/** What the registry says of an endpoint. */
export type EndpointState = v.InferOutput<typeof endpointState>;

/** Whether a token of this hash opens the endpoint at a time (epoch ms). */
export function isTokenGood(state: EndpointState, hash: string, at: number): boolean {
  if (state.revokedAt !== undefined) return false;
  if (hash === state.tokenHash) return true;
  const { previousTokenHash, previousUntil = 0, tokenUsedAt } = state;
  return hash === previousTokenHash && at < previousUntil && tokenUsedAt === undefined;
}

/** The registry's item of an endpoint. */
export function endpointItem(state: EndpointState): object {
  return { ...endpointKey(state.endpoint), format: FORMAT, ...state };
}

/** The registry's item that leads from a token's hash to its endpoint. */
export function tokenItem(hash: string, { endpoint, primary }: Endpoint): object {
  return { ...tokenKey(hash), format: FORMAT, endpoint, primary };
}

/** A gateway ends every connection after two hours (API Gateway quotas); ten minutes more for its clock and ours. */
export const LONGEST_LIFE_MS = 130 * 60_000;

/** How old it may be what is noted of when a connection was last heard of. Gaps in a feed are told no more exactly than this. */
export const HEARD_MS = 300_000;

/** What is known of a connection. Times are epoch ms. */
export const connectionState = v.object({
  connectionId: v.string(),
  endpoint: v.string(),
  primary: v.string(),
  /** SHA-256 of the token that it showed. */
  tokenHash: v.string(),
  sourceIp: v.string(),
  openedAt: v.number(),
  /** When it was last heard of: when it was opened, or a message of it was handled, to HEARD_MS. */
  heardAt: v.optional(v.number()),
  /** When the gateway said that it ended; when it was last heard, if `watch` found it gone before that. Absent while nobody noted it. */
  closedAt: v.optional(v.number()),
});
export type ConnectionState = v.InferOutput<typeof connectionState>;

/** The registry's item that binds a connection to the endpoint it was accepted for. */
export function connectionItem(state: ConnectionState): object {
  return {
    ...connectionKey(state.connectionId),
    format: FORMAT,
    ofEndpoint: connectionsOf(state.endpoint),
    ...state,
    [EXPIRES_AT]: Math.floor(state.openedAt / 1000) + keptSeconds(state.primary, CONNECTION_KEPT_SECONDS),
  };
}

/** How steady a primary's connections were is a question for the last months, not for ever. */
const CONNECTION_KEPT_SECONDS = 90 * 86_400;
