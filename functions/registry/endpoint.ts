import { connectionKey, endpointKey, tokenKey } from '../keys/registry.ts';
import { FORMAT } from '../keys/tables.ts';

/** One way in, of one primary server. `primary` is the identity in every key of that server's data. */
export interface Endpoint {
  endpoint: string;
  primary: string;
}

const PRIMARY = /^[a-z0-9-]{1,63}$/;

/** Whether a name can identify a primary: `[a-z0-9-]{1,63}`. */
export function isPrimaryName(name: string): boolean {
  return PRIMARY.test(name);
}

/** The registry's items for an endpoint and the hash of its token. */
export function endpointItems(endpoint: Endpoint, hash: string, createdAt: number): readonly object[] {
  const item = { format: FORMAT, ...endpoint, createdAt };
  return [
    { ...endpointKey(endpoint.endpoint), ...item, tokenHash: hash },
    { ...tokenKey(hash), ...item },
  ];
}

/** The registry's item that binds a connection to the endpoint it was accepted for. `at` is epoch ms. */
export function connectionItem(connectionId: string, endpoint: Endpoint, sourceIp: string, at: number): object {
  return {
    ...connectionKey(connectionId),
    format: FORMAT,
    connectionId,
    endpoint: endpoint.endpoint,
    primary: endpoint.primary,
    sourceIp,
    openedAt: at,
    expiresAt: Math.floor(at / 1000) + CONNECTION_KEPT_SECONDS,
  };
}

/** The gateway ends every connection after two hours; a week more shows how steady a primary's connections are. */
const CONNECTION_KEPT_SECONDS = 7 * 86_400;
