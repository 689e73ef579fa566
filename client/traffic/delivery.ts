/** The part of a NOTIFICATION's payload that is about jobs, or about images. */
export interface Group {
  notificationType: string;
  object: string;
  data: readonly object[];
}

/** A notification, and when the client gets it to send. */
export interface Delivery {
  /** ms since the traffic began, by the primary server's clock. */
  at: number;
  id: string;
  /** Epoch seconds, by the primary server's clock. */
  timeStamp: number;
  payload: Group[];
  /**
   * Cuts the network: before the notification is sent, in the middle of it, or after it, so that its acknowledgement
   * may be lost.
   */
  cut?: 'before' | 'within' | 'after';
}

/** Everything that a primary server sends in a period. */
export interface Traffic {
  /** In the order in which they are sent. */
  deliveries: readonly Delivery[];
  /** How long the traffic lasts by the primary server's clock. */
  ms: number;
}

/** The size and shape of traffic. The same options make the same traffic. */
export interface TrafficOptions {
  clients: number;
  policies: number;
  /** Share of the backups that fail, 0 to 1. */
  fail: number;
  seed: number;
  /** The first job's id. Ids go up from here. */
  firstJob: number;
  /** When the traffic ends by the primary server's clock, epoch seconds. */
  endsAt: number;
}
