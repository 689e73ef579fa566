/*
 * Every message has exactly one outcome, which `ingest` logs by its name. docs/protocol.md explains each.
 */

import type { PutAside } from './put-aside.ts';

/** How many facts of a notification were new, already stored, or new under a key that other content holds. */
export interface FactCounts {
  new: number;
  duplicate: number;
  variant: number;
}

export type Outcome =
  /** A CONNECT with the token of an endpoint: bound, answered `valid: true`. */
  | { kind: 'accepted'; primary: string; endpoint: string }
  /**
   * Wrong token, another endpoint's connection, an unusable CONNECT, or a message before CONNECT or after its token was
   * revoked: nothing stored, disconnected.
   */
  | { kind: 'refused'; reason: string }
  /** Every entry is in the ledger; acknowledged. */
  | { kind: 'stored'; primary: string; counts: FactCounts; answered: boolean }
  /** Entries that could not be read were put aside, and the others stored; acknowledged. */
  | { kind: 'stored in part'; primary: string; counts: FactCounts; aside: PutAside; answered: boolean }
  /** Only its id is usable: kept whole and acknowledged, so that it cannot block the stream. */
  | { kind: 'put aside'; primary: string; reason: string; aside: PutAside; answered: boolean }
  /** It has no id to answer, or is itself a response: kept whole. */
  | { kind: 'put aside, unanswered'; primary: string; reason: string; aside: PutAside }
  /** Not stored in time, or not at all: not answered, so NetBackup sends it again. */
  | { kind: 'silent'; reason: string };
