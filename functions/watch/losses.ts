import type { ImageFact } from '../ledger/fact.ts';
import type { Image } from '../questions/images.ts';

/*
 * Which images that are gone are a reason to worry. Attackers who own the backup server expire images before they encrypt. Retention
 * expires images too, each day and in great numbers, but at the age that it always does, and the newest stay.
 *
 * All rules here are about sets: the order in which facts came changes nothing, and one more image that is gone never makes what was a
 * reason to worry none.
 */

/** That an image was deleted, or that no copy of it is left to restore from. Of one image there may be several. */
export interface Loss {
  backupId: string;
  clientName: string;
  clientType: string;
  condition: 'DELETED' | 'NO_LOCAL_COPY';
  /** Epoch seconds, by clocks that agree: when the backup was taken, and when it was said to be gone. */
  backupTime: number;
  lostAt: number;
  /** Epoch ms. */
  receivedAt: number;
}

const LOSSES: Readonly<Record<string, Loss['condition']>> = {
  DELETE: 'DELETED',
  NO_LOCAL_COPY_AVAILABLE: 'NO_LOCAL_COPY',
};

/** What a fact says is lost; undefined for one that says nothing of the kind. */
export function lossOf({ entry, messageTime, receivedAt }: ImageFact): Loss | undefined {
  const condition = Object.hasOwn(LOSSES, entry.operationId) ? LOSSES[entry.operationId] : undefined;
  if (!condition) return undefined;
  const { backupId, clientName, clientType, backupTime } = entry;
  const received = Math.floor(receivedAt / 1000);
  // Whoever owns the primary server owns its clock, and can let images expire by setting it ahead. Ours does not go along.
  const lostAt = messageTime > 0 ? Math.min(messageTime, received) : received;
  return { backupId, clientName, clientType, condition, backupTime, lostAt, receivedAt };
}

/** A loss, and the age at which images like this one are lost as a rule, both in seconds. */
export interface RatedLoss extends Loss {
  age: number;
  usual: number;
}

/** What the losses of a client within a time amount to. */
export interface ClientLosses {
  clientName: string;
  /** Those that are a reason to worry: young and not in order. One for each image. */
  counted: readonly RatedLoss[];
  /** Whether some of them are counted, and no image that is known here can be restored. */
  nothingLeft: boolean;
}

/**
 * Judges what a client lost. `known`: records of its images, of those that are lost too. `before`: epoch ms; what was lost before is
 * what is usual. `agePercent`: below how much of the usual age an image is young.
 */
export function judgeClient(
  losses: readonly Loss[],
  known: readonly Image[],
  before: number,
  agePercent: number,
): ClientLosses {
  const lost = stillLost(losses, known);
  const lostIds = new Set(lost.map(({ backupId }) => backupId));
  const restorable = known.filter((image) => image.condition === 'RESTORABLE' && !lostIds.has(image.backupId));
  const counted = [...Map.groupBy(lost, ({ clientType }) => clientType)].flatMap(([clientType, ofType]) => {
    const alike = known.filter((image) => image.clientType === clientType);
    const left = restorable.filter((image) => image.clientType === clientType);
    if (!alike.some(isMakingHeard) || isOrderly(ofType, left)) return [];
    return (
      ofType
        .map((loss) => ({ ...loss, age: loss.lostAt - loss.backupTime, usual: usualAge(loss, ofType, alike, before) }))
        // A usual age of nothing is that of clocks which disagree.
        .filter(({ age, usual }) => usual > 0 && age * 100 < usual * agePercent)
    );
  });
  return {
    clientName: losses[0]?.clientName ?? '',
    counted: youngestOfEach(counted),
    nothingLeft: counted.length > 0 && restorable.length === 0,
  };
}

/** Without images that were brought back. A record that has not seen the loss yet says nothing about it. */
function stillLost(losses: readonly Loss[], known: readonly Image[]): Loss[] {
  const records = new Map(known.map((image) => [image.backupId, image]));
  return [...Map.groupBy(losses, ({ backupId }) => backupId)].flatMap(([backupId, ofImage]) => {
    const record = records.get(backupId);
    const hasSeen = record !== undefined && ofImage.every(({ receivedAt }) => receivedAt <= record.newestAt);
    return hasSeen && record.condition === 'RESTORABLE' ? [] : ofImage;
  });
}

/**
 * Whether more is known of an image than that it went. Of a client that nbwatch has heard no backup of yet, retention deletes what
 * was made before: nobody knows what else there is, nor at what age each kind of it goes.
 */
function isMakingHeard({ condition, facts }: Image): boolean {
  return condition === 'RESTORABLE' || facts > 1;
}

/**
 * Whether what is lost is the old end, as retention takes it: a younger image stays, which was there before the first was lost. A backup
 * that is made afterwards excuses nothing. In which order the old ones went does not matter: NetBackup promises none.
 */
function isOrderly(losses: readonly Loss[], restorable: readonly Image[]): boolean {
  const first = Math.min(...losses.map(({ lostAt }) => lostAt));
  const youngest = Math.max(...losses.map(({ backupTime }) => backupTime));
  return restorable.some(({ backupTime }) => backupTime > youngest && backupTime < first);
}

/**
 * At what age images like this one are lost as a rule, seconds: the median of those that were lost the same way, or else of all that
 * were; before any was, the age of the oldest that is known, at the time of this loss.
 */
function usualAge(loss: Loss, losses: readonly Loss[], alike: readonly Image[], before: number): number {
  const earlier = alike.filter((image) => image.receivedAt < before);
  const agesOf = (images: readonly Image[]) => images.flatMap(({ ageAtDeletion }) => ageAtDeletion ?? []);
  const oldest = Math.min(...[...alike, ...losses].map(({ backupTime }) => backupTime));
  return (
    median(agesOf(earlier.filter(({ condition }) => condition === loss.condition))) ??
    median(agesOf(earlier)) ??
    loss.lostAt - oldest
  );
}

/** The middle of some numbers, the lower one of two; undefined for none. */
export function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}

function youngestOfEach(losses: readonly RatedLoss[]): RatedLoss[] {
  const youngest = (ofImage: readonly RatedLoss[]) =>
    ofImage.reduce((one, other) => (other.age < one.age ? other : one));
  return [...Map.groupBy(losses, ({ backupId }) => backupId).values()].map(youngest);
}
