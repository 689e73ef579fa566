import type { ImageFact } from '../ledger/fact.ts';
import type { Image } from '../questions/images.ts';
import { greatest, least } from '../records/order.ts';

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
  const lostAt = timeOfLoss(messageTime > 0 ? messageTime : undefined, receivedAt);
  return { backupId, clientName, clientType, condition, backupTime, lostAt, receivedAt };
}

/** The same of a record. */
export function lossOfRecord(image: Image): Loss | undefined {
  const { backupId, clientName, clientType, condition, backupTime, receivedAt, ageAtDeletion } = image;
  if (condition !== 'DELETED' && condition !== 'NO_LOCAL_COPY') return undefined;
  const lostAt = timeOfLoss(ageAtDeletion === undefined ? undefined : backupTime + ageAtDeletion, receivedAt);
  return { backupId, clientName, clientType, condition, backupTime, lostAt, receivedAt };
}

/** Whoever owns the primary server owns its clock, and can let images expire by setting it ahead. Ours does not go along. */
function timeOfLoss(said: number | undefined, receivedAt: number): number {
  return Math.min(said ?? Number.POSITIVE_INFINITY, Math.floor(receivedAt / 1000));
}

/** A loss, and the age at which images like this one are lost as a rule, both in seconds. */
export interface RatedLoss extends Loss {
  age: number;
  usual: number;
}

/** What the losses of a client amount to. */
export interface ClientLosses {
  clientName: string;
  /**
   * Those that are a reason to worry, one for each image. Of a client that has nothing left also those of the days before, which are one
   * only then.
   */
  counted: readonly RatedLoss[];
  /** Whether some of them are counted, and no image that is known here can be restored. */
  nothingLeft: boolean;
  /** When its last loss was received, epoch ms. */
  lastAt: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What was lost within this time is not yet what is usual: an attack of some hours must not become so. */
export const UNUSUAL_MS = HOUR_MS + DAY_MS;

/** How far apart an attacker's visits may be who takes all that a client has. */
export const ATTACK_MS = 7 * DAY_MS;

/** Times by which it is judged, epoch ms. */
export interface Bounds {
  /** What was lost before is what is usual. */
  before: number;
  /** The same for a client that has nothing left: all that it lost since is looked at. */
  daysBefore: number;
  /** When the first loss of the whole primary was received that may be of the same attack. */
  firstLostAt: number;
}

/**
 * Judges what a client lost. `known`: records of its images, of those that are lost too. `agePercent`: below how much of the usual age
 * an image is young.
 */
export function judgeClient(
  losses: readonly Loss[],
  known: readonly Image[],
  { before, daysBefore, firstLostAt }: Bounds,
  agePercent: number,
): ClientLosses {
  const clientName = losses[0]?.clientName ?? '';
  const lastAt = greatest([0, ...losses.map(({ receivedAt }) => receivedAt)]);
  const lost = stillLost(losses, known);
  const left = restorable(known, lost);
  const stays = knownBefore(left, firstLostAt);
  const counted = reasonsToWorry(lost, stays, known, [before], agePercent);
  if (left.length > 0) return { clientName, counted: youngestOfEach(counted), nothingLeft: false, lastAt };
  // Nobody says that an attack takes less than an hour: whether it was one shows in all that went before the last did.
  const earlier = known.flatMap((image) => (image.receivedAt < daysBefore ? [] : (lossOfRecord(image) ?? [])));
  const ofDays = reasonsToWorry([...lost, ...earlier], [], known, [daysBefore, before], agePercent);
  const all = youngestOfEach([...counted, ...ofDays]);
  return { clientName, counted: all, nothingLeft: all.length > 0, lastAt };
}

/** What is young of losses, and not in order by what `stays`. `befores`: what was lost before the first of these is usual, else before the next. */
function reasonsToWorry(
  lost: readonly Loss[],
  stays: readonly Image[],
  known: readonly Image[],
  befores: readonly number[],
  agePercent: number,
): RatedLoss[] {
  return [...Map.groupBy(lost, ({ clientType }) => clientType)].flatMap(([clientType, ofType]) => {
    const alike = ofKind(clientType, known);
    if (!alike.some(isMakingHeard)) return [];
    const inOrder = isOrderly(ofType, ofKind(clientType, stays));
    const usualOf = usualAges(ofType, alike, befores);
    return (
      ofType
        // Retention deletes. That copies go and images stay is no work of it, whichever stay.
        .filter(({ condition }) => condition === 'NO_LOCAL_COPY' || !inOrder)
        .map((loss) => ({ ...loss, age: loss.lostAt - loss.backupTime, usual: usualOf(loss) }))
        // A usual age of nothing is that of clocks which disagree.
        .filter(({ age, usual }) => usual > 0 && age * 100 < usual * agePercent)
    );
  });
}

/** How many that were lost before tell well enough at which age that is usual. */
const ENOUGH = 20;

/** By how much a primary's clock may be ahead of ours. */
const AHEAD_MS = 24 * 3_600_000;

/**
 * Whether a client's images can be judged by those that are `known`: all of which something was heard since `heardFrom` (epoch ms).
 * Other kinds of images than those that are lost say nothing of them, however many they are.
 */
export function isEnoughKnown(
  losses: readonly Loss[],
  known: readonly Image[],
  heardFrom: number,
  { before, firstLostAt }: Bounds,
): boolean {
  const lost = stillLost(losses, known);
  const left = restorable(known, lost);
  if (left.length === 0) return false;
  const stays = knownBefore(left, firstLostAt);
  return [...Map.groupBy(lost, ({ clientType }) => clientType)].every(([clientType, ofType]) => {
    const inOrder = isOrderly(ofType, ofKind(clientType, stays));
    const deleted = ofType.filter(({ condition }) => condition === 'DELETED');
    if (inOrder && deleted.length === ofType.length) return true;
    const earlier = ofKind(clientType, known).filter(
      ({ receivedAt, ageAtDeletion }) => receivedAt < before && ageAtDeletion !== undefined,
    );
    return earlier.length >= ENOUGH && (inOrder || deleted.length === 0 || heardFrom < staysHeardSince(ofType));
  });
}

/** Since when (epoch ms) something must have been heard of an image that puts losses in order: it is younger than all of one kind. */
export function staysHeardSince(losses: readonly Loss[]): number {
  const ofTypes = [...Map.groupBy(losses, ({ clientType }) => clientType).values()];
  return least(ofTypes.map((ofType) => youngestOf(ofType) * 1000)) - AHEAD_MS;
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

/** What stays. */
function restorable(known: readonly Image[], lost: readonly Loss[]): Image[] {
  const lostIds = new Set(lost.map(({ backupId }) => backupId));
  return known.filter((image) => image.condition === 'RESTORABLE' && !lostIds.has(image.backupId));
}

/**
 * Whether more is known of an image than that it went. Of a client that nbwatch has heard no backup of yet, retention deletes what
 * was made before: nobody knows what else there is, nor at what age each kind of it goes.
 */
function isMakingHeard({ condition, facts }: Image): boolean {
  return condition === 'RESTORABLE' || facts > 1;
}

/**
 * Of images those that were known here before a time. What became known afterwards excuses nothing: backups that were running when an
 * attack began end while it goes on from client to client.
 */
function knownBefore(images: readonly Image[], firstLostAt: number): Image[] {
  return images.filter(({ receivedAt, firstAt = receivedAt }) => firstAt < firstLostAt);
}

/**
 * Whether what is lost of a kind is the old end, as retention takes it: an image of that kind stays that is younger, and was there before
 * the first was lost. In which order the old ones went does not matter: NetBackup promises none.
 */
function isOrderly(losses: readonly Loss[], stays: readonly Image[]): boolean {
  const first = least(losses.map(({ lostAt }) => lostAt));
  const youngest = youngestOf(losses);
  return stays.some(({ backupTime }) => backupTime > youngest && backupTime < first);
}

const youngestOf = (losses: readonly Loss[]) => greatest(losses.map(({ backupTime }) => backupTime));

const ofKind = <T extends { clientType: string }>(kind: string, all: readonly T[]) =>
  all.filter(({ clientType }) => clientType === kind);

/**
 * At what age images of a kind are lost as a rule, seconds: the median of those that were lost the same way before one of these times, or
 * else of all that were; before any was, the age of the oldest that is known, at the time of the loss.
 */
function usualAges(
  losses: readonly Loss[],
  alike: readonly Image[],
  befores: readonly number[],
): (loss: Loss) => number {
  const usual = (before: number, isAsked: (image: Image) => boolean) => {
    const earlier = alike.filter((image) => image.receivedAt < before && isAsked(image));
    return median(earlier.flatMap(({ ageAtDeletion }) => ageAtDeletion ?? []));
  };
  const [any] = befores.slice(-1).map((before) => usual(before, () => true));
  const sameWay = (condition: Loss['condition']) =>
    befores.map((before) => usual(before, (image) => image.condition === condition)).find((age) => age !== undefined);
  const ages = { DELETED: sameWay('DELETED') ?? any, NO_LOCAL_COPY: sameWay('NO_LOCAL_COPY') ?? any };
  const oldest = [...alike, ...losses].reduce((one, { backupTime }) => Math.min(one, backupTime), Infinity);
  return ({ condition, lostAt }) => ages[condition] ?? lostAt - oldest;
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
