/** The client's times, in milliseconds, with their names in NetBackup's `nbwss.properties`. */
export interface Times {
  /** `notification.sendTimeout`: if the network does not take a message within this, the connection ends. */
  sendTimeout: number;
  /** `notification.scheduledRate`: a notification that is not acknowledged within this time is sent again. */
  resendAfter: number;
  /** `keepAlive.scheduledRate`: from one WebSocket ping to the next. */
  pingEvery: number;
  /** `connectionInfo.period`: from the end of a connection to the next attempt. */
  reconnectAfter: number;
  /** Until the WebSocket is open. Unverified: the IO timeout of Apache Tomcat's client. */
  openTimeout: number;
  /** Until the CONNECT is answered. Unverified: no deadline is documented, so it is the same as for other answers. */
  connectTimeout: number;
  /** `keepAlive.maxPongMissAllowed`: a count, not a time. Unverified: its default is not documented. */
  maxPongMiss: number;
}

const NETBACKUP: Times = {
  sendTimeout: 2_000,
  resendAfter: 5_000,
  pingEvery: 30_000,
  reconnectAfter: 60_000,
  openTimeout: 5_000,
  connectTimeout: 5_000,
  maxPongMiss: 3,
};

/** NetBackup's times, each divided by `scale`: `times(100)` reconnects after 600 ms. */
export function times(scale = 1): Times {
  const scaled = Object.entries(NETBACKUP).map(([name, ms]) => [name, name === 'maxPongMiss' ? ms : ms / scale]);
  return { ...NETBACKUP, ...Object.fromEntries(scaled) };
}
