import * as v from 'valibot';
import { served } from '../certificate/chain.ts';
import { connectionsOf } from '../keys/indexes.ts';
import { connectionKey, endpointKey, tokenKey } from '../keys/registry.ts';
import { EXPIRES_AT, FORMAT } from '../keys/tables.ts';

/** One way in for one primary server. `primary` identifies that server in every key of its data. */
export interface Endpoint {
  endpoint: string;
  primary: string;
}

const NAME = /^[a-z0-9-]{1,63}$/;

/** Whether a name can identify a primary or an endpoint: `[a-z0-9-]{1,63}`. */
export function isName(name: string): boolean {
  return NAME.test(name);
}

/** The primary server that nbwatch's own probe plays. Nobody else may use the name. */
export const RESERVED_PRIMARY = 'canary';

/** How long the probe's data is kept, whatever the settings say for other primaries. */
const CANARY_KEPT_SECONDS = 86_400;

/** How many seconds data of a primary is kept: `usual`, except for the canary. Undefined means permanently. */
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
  /** SHA-256 of the current token, and when it was first used. */
  tokenHash: v.string(),
  tokenUsedAt: v.optional(v.number()),
  /** After a rotation: the previous token, and its latest end. The first use of the new token ends it earlier. */
  previousTokenHash: v.optional(v.string()),
  previousUntil: v.optional(v.number()),
  revokedAt: v.optional(v.number()),
  /** The certificate that the host showed at creation or rotation; absent if the host could not be reached. */
  certificate: v.fallback(v.optional(served), undefined),
});

/** What the registry holds about an endpoint. */
export type EndpointState = v.InferOutput<typeof endpointState>;

/** Whether a token with this hash opens the endpoint at `at` (epoch ms). */
export function isTokenGood(state: EndpointState, hash: string, at: number): boolean {
  if (state.revokedAt !== undefined) return false;
  if (hash === state.tokenHash) return true;
  const { previousTokenHash, previousUntil = 0, tokenUsedAt } = state;
  return hash === previousTokenHash && at < previousUntil && tokenUsedAt === undefined;
}

/** The registry item of an endpoint. */
export function endpointItem(state: EndpointState): object {
  return { ...endpointKey(state.endpoint), format: FORMAT, ...state };
}

/** The registry item that leads from a token's hash to its endpoint. */
export function tokenItem(hash: string, { endpoint, primary }: Endpoint): object {
  return { ...tokenKey(hash), format: FORMAT, endpoint, primary };
}

/** The gateway ends every connection after two hours (API Gateway quotas); ten more minutes for clock differences. */
export const LONGEST_LIFE_MS = 130 * 60_000;

/** How far the noted last sign of a connection may lag behind. Gaps in a feed are no more exact than this. */
export const HEARD_MS = 300_000;

/** What is known about a connection. Times are epoch ms. */
export const connectionState = v.object({
  connectionId: v.string(),
  endpoint: v.string(),
  primary: v.string(),
  /** SHA-256 of the token that it showed. */
  tokenHash: v.string(),
  sourceIp: v.string(),
  openedAt: v.number(),
  /** When it was last heard: when it was opened or a message of it was handled, to within HEARD_MS. */
  heardAt: v.optional(v.number()),
  /**
   * When it ended, as the gateway said. If `watch` found the connection gone first: when it was last heard. Absent
   * until the end is noted.
   */
  closedAt: v.optional(v.number()),
});
export type ConnectionState = v.InferOutput<typeof connectionState>;

/** The registry item that binds a connection to the endpoint that it was accepted for. */
export function connectionItem(state: ConnectionState): object {
  return {
    ...connectionKey(state.connectionId),
    format: FORMAT,
    ofEndpoint: connectionsOf(state.endpoint),
    ...state,
    [EXPIRES_AT]: Math.floor(state.openedAt / 1000) + keptSeconds(state.primary, CONNECTION_KEPT_SECONDS),
  };
}

/** People ask how steady a primary's connections were in the last months, not further back. */
const CONNECTION_KEPT_SECONDS = 90 * 86_400;
