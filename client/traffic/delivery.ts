/** The part of a NOTIFICATION's payload that is about jobs, or about images. */
export interface Group {
  notificationType: string;
  object: string;
  data: readonly object[];
}

/** A notification, and when it is given to the client. */
export interface Delivery {
  /** ms since the traffic begins, by the clock of the primary server. */
  at: number;
  id: string;
  /** Epoch seconds, by the clock of the primary server. */
  timeStamp: number;
  payload: Group[];
  /** The network is cut: before it is sent, in the middle of it, or after it, when its acknowledgement may be lost. */
  cut?: 'before' | 'within' | 'after';
}

/** All that a primary server sends in a time. */
export interface Traffic {
  /** In the order in which they are sent. */
  deliveries: readonly Delivery[];
  /** How long it takes by the clock of the primary server. */
  ms: number;
}

/** What traffic is made of. The same options make the same traffic. */
export interface TrafficOptions {
  clients: number;
  policies: number;
  /** Share of the backups that fail, 0 to 1. */
  fail: number;
  seed: number;
  /** The ids of jobs go up from here. */
  firstJob: number;
  /** When the traffic ends by the clock of the primary server, epoch seconds. */
  endsAt: number;
}
