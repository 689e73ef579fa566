/*
 * What can come of a message. Every message has exactly one outcome, it is logged by its name, and docs/protocol.md says what each means.
 */

import type { PutAside } from './put-aside.ts';

/** How many facts of a notification were new, known already, or new under a key that other content holds. */
export interface Counts {
  new: number;
  duplicate: number;
  variant: number;
}

export type Outcome =
  /** CONNECT with a token of an endpoint: bound, answered `valid: true`. */
  | { kind: 'accepted'; primary: string; endpoint: string }
  /** Wrong token, another endpoint's connection, an unusable CONNECT, or a message before CONNECT: nothing stored, disconnected. */
  | { kind: 'refused'; reason: string }
  /** Every entry is in the ledger; acknowledged. */
  | { kind: 'stored'; primary: string; counts: Counts; answered: boolean }
  /** Entries that could not be read were put aside, the others stored; acknowledged. */
  | { kind: 'stored in part'; primary: string; counts: Counts; aside: PutAside; answered: boolean }
  /** Nothing in it could be read but its id: kept whole and acknowledged, so that it cannot block the stream. */
  | { kind: 'put aside'; primary: string; reason: string; aside: PutAside; answered: boolean }
  /** No id to answer, or itself a response: kept whole. */
  | { kind: 'put aside, unanswered'; primary: string; reason: string; aside: PutAside }
  /** Not stored in time, or not at all: no answer, so NetBackup sends it again. */
  | { kind: 'silent'; reason: string };
