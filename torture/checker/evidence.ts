/*
 * What a torture run leaves behind, and all that the checker knows. Nothing in this folder imports anything from the
 * product or the client: a mistake that both made would otherwise look right.
 */

export interface Evidence {
  primaries: readonly { name: string; token: string }[];
  /** Tokens that open nothing, tried by strangers. */
  strangers: readonly string[];
  /** What the clients saw, in order. */
  log: readonly ClientLine[];
  ledger: readonly Item[];
  records: readonly Item[];
  registry: readonly Item[];
  /** Bodies of the messages in the subscriber's queue, as text. */
  queue: readonly string[];
  /** Texts that went over the sockets. Of the incoming ones only each CONNECT. */
  frames: readonly { connectionId: string; direction: 'in' | 'out'; madeByGateway: boolean; data: string }[];
  /** Invocations that failed. `requestId`: the gateway's, where a message or a connection caused the invocation. */
  failures: readonly { functionId: string; message: string; requestId?: string }[];
  /** Faults that were injected. */
  faults: readonly { kind: string; worker: string }[];
  /** Lines that functions wrote. */
  logs: readonly string[];
}

export type Item = Readonly<Record<string, unknown>>;

/** `at`: epoch ms by the run's clock, which leaps. */
export type ClientLine = { primary: string } & (
  | { kind: 'sent'; at: number; id: string; message: { timeStamp: number; payload: unknown } }
  | { kind: 'accepted' }
  | { kind: 'acknowledged'; at: number; id: string }
  | { kind: 'undecodable'; frame: string }
);

/** The result for one property: refuted when there are findings. */
export interface Verdict {
  /** `P1` */
  property: string;
  claim: string;
  /** How many things were looked at. Where nothing was looked at, the property is not shown. */
  looked: number;
  findings: string[];
}
