/**
 * Quotas from the AWS page "Quotas for configuring and running a WebSocket API". Sizes are bytes of payload, times are
 * ms. Whether a client's pings count as activity is not documented; the default is the case that is harder on nbwatch.
 */
export const MAX_FRAME_BYTES = 32 * 1024;
export const MAX_MESSAGE_BYTES = 128 * 1024;
export const IDLE_MS = 10 * 60_000;
export const LIFE_MS = 2 * 60 * 60_000;
export const PINGS_RESET_IDLE = false;

/** HTTP statuses that refuse the upgrade when `$connect` failed or timed out. */
export const CONNECT_FAILED_STATUS = 500;
export const CONNECT_TIMED_OUT_STATUS = 504;

/** How a connection ended: what the close frame and the `$disconnect` event carry. */
export interface Closing {
  code: number;
  reason: string;
}

export const GOING_AWAY: Closing = { code: 1001, reason: 'Going away' };
/** After DELETE @connections: code and reason from published `$disconnect` events (boto3 issue 3789). */
export const DELETED: Closing = { code: 1000, reason: 'Connection Closed Normally' };
export const BINARY_REFUSED: Closing = { code: 1003, reason: '' };
export const TOO_LARGE: Closing = { code: 1009, reason: '' };
