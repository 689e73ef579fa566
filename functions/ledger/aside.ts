import { asideKey, type ItemKey } from '../keys/ledger.ts';
import { FORMAT } from '../keys/tables.ts';

/** Something that the rules could not take, kept whole for a person to look at and for a later version to take after all. */
export interface AsideItem extends ItemKey {
  format: number;
  primary: string;
  endpoint: string;
  /** Why, naming fields and rules but no values. */
  reason: string;
  /** The entry or message as it was received, every token replaced. */
  content: string;
  receivedAt: number;
  connectionId: string;
  requestId: string;
}

/** `position` tells apart what one message brought: 0 for the message itself, then the entries in order. */
export function asideItem(
  facts: Pick<AsideItem, 'primary' | 'endpoint' | 'reason' | 'receivedAt' | 'connectionId' | 'requestId'>,
  content: string,
  position: number,
): AsideItem {
  return {
    ...asideKey(facts.primary, facts.receivedAt, facts.requestId, position),
    format: FORMAT,
    ...facts,
    content: withoutSecrets(content),
  };
}

/** A `token` or `Authorization` member, in JSON or in what is left of it when it was cut: its name, and its value up to the end. */
const SECRET = /("(?:token|authorization)"\s*:\s*)("(?:[^"\\]|\\.)*"?|[^\s,}\]]+)/gi;

/** The text with the value of every `token` and `Authorization` member replaced. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET, '$1"[removed]"');
}
