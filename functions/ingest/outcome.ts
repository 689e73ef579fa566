/*
 * What can come of a message. Every message has exactly one outcome, it is logged by its name, and docs/protocol.md says what each means.
 */

/** How many facts of a notification were new, known already, or new under a key that other content holds; and what was put aside. */
export interface Counts {
  new: number;
  duplicate: number;
  variant: number;
  aside: number;
}

export type Outcome =
  /** CONNECT with a token of an endpoint: bound, answered `valid: true`. */
  | { kind: 'accepted'; primary: string; endpoint: string }
  /** Wrong token, another endpoint's connection, or a notification before CONNECT: nothing stored, disconnected. */
  | { kind: 'refused'; reason: string }
  | { kind: 'stored'; primary: string; counts: Counts; answered: boolean }
  /** Entries that could not be read were put aside, the others stored; acknowledged. */
  | { kind: 'stored in part'; primary: string; counts: Counts; answered: boolean }
  /** Nothing in it could be read but its id: kept whole and answered, so that it cannot block the stream. */
  | { kind: 'put aside'; primary: string; reason: string; answered: boolean }
  /** No id to answer: kept whole. */
  | { kind: 'put aside, unanswered'; primary: string; reason: string }
  /** Not stored in time, or not at all: no answer, so NetBackup sends it again. */
  | { kind: 'silent'; reason: string };
