import type { MessageContent } from '../alerts/alert-of.ts';
import type { AlertSettings } from '../alerts/alert-settings.ts';
import type { FeedLostIntent, FeedRestoredIntent, Intent, JobFailedIntent, JobIntents } from '../alerts/intent.ts';
import { recoveredSeverity } from '../alerts/job-severity.ts';
import type { Severity } from '../alerts/severity.ts';
import { orderBy } from '../records/order.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { type Audience, audienceOf } from './budget.ts';
import { familiesOf } from './family.ts';
import type { PublisherState } from './state.ts';

/** One thing to report: what would be one message if sent on its own. */
export interface Unit {
  content: MessageContent;
  members: readonly [Intent, ...Intent[]];
  severity: Severity | 'summary';
  /** Nothing is gained by waiting longer. */
  ready: boolean;
  /** Which people get it. */
  audience: Audience;
  /**
   * How it is sent. `direct`: a person asked for it (summary, report, test), so it is no alarm, and never for programs
   * alone. `machines`: no person gets it. `canary`: to the probe alone, at once.
   */
  turn: 'direct' | 'people' | 'machines' | 'canary';
  /** A family's name, and whether the parent is among its failures. */
  family?: { name: string; whole: boolean };
}

/**
 * How long the children of a job wait for it to end, so that one message reports all; and how long they wait once
 * people were alerted to some of them and the job goes on.
 */
const CHILDREN_WAIT_MS = 60_000;
const MORE_CHILDREN_WAIT_MS = 15 * 60_000;

/** Groups what is pending into what would be one message each. */
export function unitsOf(
  waiting: readonly Intent[],
  { families: alerted }: PublisherState,
  now: number,
  settings: AlertSettings,
): Unit[] {
  const rated = (severity: Severity, primary: string): Rated => {
    const audience = audienceOf(severity, settings);
    if (primary === RESERVED_PRIMARY) return { severity, audience: { ...audience, to: [] }, turn: 'canary' };
    return { severity, audience, turn: audience.to.length > 0 ? 'people' : 'machines' };
  };
  const failures = waiting.filter((intent): intent is JobFailedIntent => intent.kind === 'JobFailed');
  const families = familiesOf(failures, settings).map(({ name, failures, severity, whole, since }): Unit => {
    const goesOn = alerted[name]?.ended === false;
    return {
      ...rated(severity, failures[0].primary),
      content: { kind: 'JobFailed', failures },
      members: failures,
      ready: whole || now >= since + (goesOn ? MORE_CHILDREN_WAIT_MS : CHILDREN_WAIT_MS),
      family: { name, whole },
    };
  });
  const alone = waiting.flatMap((intent) => {
    if (intent.kind === 'JobFailed' || intent.kind === 'FeedLost' || intent.kind === 'FeedRestored') return [];
    return [unitOf(intent, rated, settings)];
  });
  return [...families, ...alone, ...feedUnits(waiting, rated)].sort(urgentFirst);
}

/** How many feeds one message reports at most: they are written down as its members. */
const FEEDS_PER_MESSAGE = 500;

/** Whatever takes one feed away takes many: those that wait are reported together. */
function feedUnits(waiting: readonly Intent[], rated: (severity: Severity, primary: string) => Rated): Unit[] {
  const lost = waiting.filter((intent) => intent.kind === 'FeedLost').sort(byReceipt);
  const restored = waiting.filter((intent) => intent.kind === 'FeedRestored').sort(byReceipt);
  const unit = (content: MessageContent, feeds: readonly [Feed, ...Feed[]]): Unit => ({
    ...rated('error', feeds[0].primary),
    content,
    members: feeds,
    ready: true,
  });
  return [
    ...chunksOf(lost, FEEDS_PER_MESSAGE).map((feeds) => unit({ kind: 'FeedLost', feeds }, feeds)),
    ...chunksOf(restored, FEEDS_PER_MESSAGE).map((feeds) => unit({ kind: 'FeedRestored', feeds }, feeds)),
  ];
}

type Feed = FeedLostIntent | FeedRestoredIntent;

const byReceipt = orderBy<Intent>(({ receivedAt }) => receivedAt);

function chunksOf<T>(all: readonly T[], size: number): [T, ...T[]][] {
  const chunks: [T, ...T[]][] = [];
  for (let begin = 0; begin < all.length; begin += size) {
    const [first, ...others] = all.slice(begin, begin + size);
    if (first !== undefined) chunks.push([first, ...others]);
  }
  return chunks;
}

type Rated = Pick<Unit, 'severity' | 'audience' | 'turn'>;

function unitOf(
  intent: Exclude<Intent, JobFailedIntent | FeedLostIntent | FeedRestoredIntent>,
  rated: (severity: Severity, primary: string) => Rated,
  settings: AlertSettings,
): Unit {
  const alone = { members: [intent] as const, ready: true };
  const direct = (severity: Unit['severity']): Rated => ({
    severity,
    audience: audienceOf(severity, settings),
    turn: 'direct',
  });
  switch (intent.kind) {
    case 'JobRecovered': {
      const severity = recoveredSeverity(intent, settings);
      return { ...alone, ...rated(severity, intent.primary), content: { kind: intent.kind, recovered: intent } };
    }
    case 'Quarantined':
      return { ...alone, ...rated('error', intent.primary), content: { kind: intent.kind, intent } };
    case 'BackupOverdue':
      return { ...alone, ...rated('error', intent.primary), content: { kind: intent.kind, intent } };
    case 'BackupResumed':
      return { ...alone, ...rated('error', intent.primary), content: { kind: intent.kind, intent } };
    case 'ImagesDeleted':
      return { ...alone, ...rated('critical', intent.primary), content: { kind: intent.kind, intent } };
    case 'DailySummary':
      return { ...alone, ...direct('summary'), content: { kind: intent.kind, intent } };
    case 'Report':
      return { ...alone, ...direct('summary'), content: { kind: intent.kind, intent } };
    case 'Test':
      return { ...alone, ...direct('critical'), content: { kind: intent.kind, intent } };
  }
}

const WORST_FIRST: readonly Unit['severity'][] = ['critical', 'error', 'warning', 'information', 'summary'];

/**
 * What comes later among equally bad things: recoveries after failures, feeds that are heard again after those that are
 * lost, and kinds with one message for each primary server after those that are reported together. Backups are overdue
 * for hours and more, so they can wait longest.
 */
const LATER: Partial<Record<MessageContent['kind'], number>> = {
  JobRecovered: 1,
  FeedRestored: 1,
  Quarantined: 1,
  BackupOverdue: 2,
  BackupResumed: 2,
};

/** The worst first; then what can wait least; then by receipt. */
const urgentFirst = orderBy<Unit>(
  ({ severity }) => WORST_FIRST.indexOf(severity),
  ({ content }) => LATER[content.kind] ?? 0,
  ({ members }) => members[0].receivedAt,
  ({ members }) => members[0].pk,
  ({ members }) => members[0].sk,
);

/** The failures and recoveries of units, for a digest. */
export const jobIntentsOf = (units: readonly Unit[]): JobIntents =>
  byKind(units.flatMap(({ members }): readonly Intent[] => members));

export const byKind = (intents: readonly Intent[]): JobIntents => ({
  failures: intents.filter((intent) => intent.kind === 'JobFailed'),
  recovered: intents.filter((intent) => intent.kind === 'JobRecovered'),
});

/** Whether a unit can be in a digest with others. */
export function isDigestible({ content: { kind } }: Unit): boolean {
  return kind === 'JobFailed' || kind === 'JobRecovered';
}
