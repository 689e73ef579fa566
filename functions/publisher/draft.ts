import type { MessageContent } from '../alerts/alert-of.ts';
import { partsOf } from '../alerts/digest-parts.ts';
import type { Intent, JobIntents } from '../alerts/intent.ts';
import type { TopicName } from '../alerts/outbox.ts';
import type { Silence } from '../silences/silence.ts';
import type { Audience } from './budget.ts';
import type { PeoplesTopic, PublisherState } from './state.ts';
import { jobIntentsOf, type Unit } from './unit.ts';

/** A message to publish: what it reports, and from which intents. */
export interface Planned {
  content: MessageContent;
  members: readonly Intent[];
  /** Where it is published. */
  topics: readonly TopicName[];
  /**
   * The topics on which people get it. None for what no person's subscription would take, and for the parts of a digest
   * after the first.
   */
  people: readonly PeoplesTopic[];
  /** What the publisher remembers once this message is written down. */
  after: PublisherState;
}

/** A plan in the making. `after` is what the publisher remembers once a message is written down. */
export interface Draft {
  state: PublisherState;
  readonly messages: readonly Planned[];
  isPlanned(intent: Intent): boolean;
  /** Gives a unit a message of its own, or several if it is a family too large for one. */
  add(unit: Unit, after: PublisherState): void;
  /**
   * Reports failures and recoveries together, in as many messages as they need. People get the first, which speaks for
   * all.
   */
  addDigest(whole: JobIntents, kind: DigestKind, audience: Pick<Audience, 'to'>, after: PublisherState): void;
  /** Sends a unit to the probe alone. */
  addForProbe(unit: Unit): void;
}

/** Why things are reported together. */
export type DigestKind = { kind: 'FailureDigest' } | { kind: 'SilenceEnded'; silence: Silence };

export function startDraft(before: PublisherState): Draft {
  const messages: Planned[] = [];
  const planned = new Set<Intent>();
  const push = (message: Planned) => {
    draft.state = message.after;
    messages.push(message);
    for (const member of message.members) planned.add(member);
  };
  const draft: Draft = {
    state: before,
    messages,
    isPlanned: (intent) => planned.has(intent),
    add(unit, after) {
      const { content, members, audience } = unit;
      const whole = jobIntentsOf([unit]);
      if (whole.failures.length > 1 && partsOf(whole.failures, []).length > 1)
        draft.addDigest(whole, { kind: 'FailureDigest' }, audience, after);
      else push({ content, members, ...published(audience.to), after });
    },
    addDigest(whole, kind, audience, after) {
      const parts = partsOf(whole.failures, whole.recovered);
      for (const [index, part] of parts.entries()) {
        const content = { ...kind, ...part, whole, part: index + 1, parts: parts.length };
        const members = [...part.failures, ...part.recovered];
        push({ content, members, ...published(index === 0 ? audience.to : []), after });
      }
    },
    addForProbe: ({ content, members }) =>
      push({ content, members, topics: ['probe'], people: [], after: draft.state }),
  };
  return draft;
}

/**
 * Where a message is published that people get on these topics. The alerts topic gets everything; its subscriptions
 * choose.
 */
function published(people: readonly PeoplesTopic[]): Pick<Planned, 'topics' | 'people'> {
  return { people, topics: people.includes('chat') ? ['alerts', 'chat'] : ['alerts'] };
}
