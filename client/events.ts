import type { NbwssMessage } from './envelope.ts';

/** What happened to a client. No event holds the token. */
export type ClientHappening =
  | { kind: 'connecting' }
  /** The connection could not be opened; the next attempt follows after `reconnectAfter`. */
  | { kind: 'unreachable'; reason: string }
  | { kind: 'accepted' }
  | { kind: 'refused' }
  | { kind: 'sent'; id: string; attempt: number; message: NbwssMessage }
  /** `ms` is counted from the first time the notification was sent. */
  | { kind: 'acknowledged'; id: string; ms: number; frame: string }
  /** A well-formed message that answers nothing outstanding, e.g. a second acknowledgement. */
  | { kind: 'unexpected'; id: string; frame: string }
  /** A request from the application. This client makes no REST calls and does not answer it. */
  | { kind: 'command'; id: string; message: NbwssMessage }
  | { kind: 'undecodable'; frame: string }
  | { kind: 'closed'; code: number; reason: string; by: 'us' | 'them' };

/** `at`: epoch milliseconds by the client's clock. */
export type ClientEvent = ClientHappening & { at: number };
