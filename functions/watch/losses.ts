import type { ImageFact } from '../ledger/fact.ts';
import type { Image } from '../questions/images.ts';
import { greatest, least } from '../records/order.ts';

/*
 * Decides which lost images are a reason to worry. Attackers who own the backup server expire images before they
 * encrypt. Retention expires images too, every day and in great numbers, but always at the same age, and the newest
 * stay.
 *
 * All rules here are about sets: the order in which facts came changes nothing, and losing one more image never turns a
 * reason to worry into none.
 */

/** That an image was deleted, or that it has no local copy left to restore from. One image may have several losses. */
export interface Loss {
  backupId: string;
  clientName: string;
  clientType: string;
  condition: 'DELETED' | 'NO_LOCAL_COPY';
  /** Epoch seconds, by clocks that agree: when the backup was taken, and when it was reported as gone. */
  backupTime: number;
  lostAt: number;
  /** Epoch ms. */
  receivedAt: number;
}

const LOSSES: Readonly<Record<string, Loss['condition']>> = {
  DELETE: 'DELETED',
  NO_LOCAL_COPY_AVAILABLE: 'NO_LOCAL_COPY',
};

/** The loss that a fact reports; undefined for a fact that reports none. */
export function lossOf({ entry, messageTime, receivedAt }: ImageFact): Loss | undefined {
  const condition = Object.hasOwn(LOSSES, entry.operationId) ? LOSSES[entry.operationId] : undefined;
  if (!condition) return undefined;
  const { backupId, clientName, clientType, backupTime } = entry;
  const lostAt = timeOfLoss(messageTime > 0 ? messageTime : undefined, receivedAt);
  return { backupId, clientName, clientType, condition, backupTime, lostAt, receivedAt };
}

/** The same for a record. */
export function lossOfRecord(image: Image): Loss | undefined {
  const { backupId, clientName, clientType, condition, backupTime, receivedAt, ageAtDeletion } = image;
  if (condition !== 'DELETED' && condition !== 'NO_LOCAL_COPY') return undefined;
  const lostAt = timeOfLoss(ageAtDeletion === undefined ? undefined : backupTime + ageAtDeletion, receivedAt);
  return { backupId, clientName, clientType, condition, backupTime, lostAt, receivedAt };
}

/**
 * Whoever owns the primary server can make images expire by setting its clock ahead. So the time of receipt is the
 * upper limit.
 */
function timeOfLoss(reportedAt: number | undefined, receivedAt: number): number {
  return Math.min(reportedAt ?? Number.POSITIVE_INFINITY, Math.floor(receivedAt / 1000));
}

/** A loss with the age of the image, and the age at which images like it are usually lost, both in seconds. */
export interface RatedLoss extends Loss {
  age: number;
  usual: number;
}

/** The verdict on the losses of a client. */
export interface ClientLosses {
  clientName: string;
  /**
   * The losses that are a reason to worry, one for each image. If the client has nothing left, they include those of
   * the days before, which are a reason to worry only then.
   */
  counted: readonly RatedLoss[];
  /** Whether some losses are counted and no image known here can be restored. */
  nothingLeft: boolean;
  /** When its last loss was received, epoch ms. */
  lastAt: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Losses younger than this do not count as usual yet: an attack of some hours must not become the norm. */
export const UNUSUAL_MS = HOUR_MS + DAY_MS;

/** How far apart the visits of an attacker who takes all that a client has may be. */
export const ATTACK_MS = 7 * DAY_MS;

/** The times that losses are judged by, epoch ms. */
export interface Bounds {
  /** What was lost before this time tells what is usual. */
  before: number;
  /** The same for a client that has nothing left: everything that it lost since is judged. */
  daysBefore: number;
  /** When the first loss of the whole primary that may belong to the same attack was received. */
  firstLostAt: number;
}

/**
 * Judges what a client lost. `known`: records of its images, including the lost ones. `agePercent`: an image is young
 * below this share of the usual age.
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
  // An attack may take longer than an hour: whether this is one shows in everything that went before the last image
  // did.
  const earlier = known.flatMap((image) => (image.receivedAt < daysBefore ? [] : (lossOfRecord(image) ?? [])));
  const ofDays = reasonsToWorry([...lost, ...earlier], [], known, [daysBefore, before], agePercent);
  const all = youngestOfEach([...counted, ...ofDays]);
  return { clientName, counted: all, nothingLeft: all.length > 0, lastAt };
}

/**
 * The losses that are young and not put in order by what `stays`. `cutoffs`: what was lost before the first of these
 * times is usual; if nothing was, what was lost before the next.
 */
function reasonsToWorry(
  lost: readonly Loss[],
  stays: readonly Image[],
  known: readonly Image[],
  cutoffs: readonly number[],
  agePercent: number,
): RatedLoss[] {
  return [...Map.groupBy(lost, ({ clientType }) => clientType)].flatMap(([clientType, ofType]) => {
    const alike = ofKind(clientType, known);
    if (!alike.some(isKnownBeyondLoss)) return [];
    const inOrder = isOrderly(ofType, ofKind(clientType, stays));
    const usualOf = usualAges(ofType, alike, cutoffs);
    return (
      ofType
        // Retention deletes images. It never removes only their local copies, so for those no image that stays is an
        // excuse.
        .filter(({ condition }) => condition === 'NO_LOCAL_COPY' || !inOrder)
        .map((loss) => ({ ...loss, age: loss.lostAt - loss.backupTime, usual: usualOf(loss) }))
        // A usual age of zero or less comes from clocks that disagree.
        .filter(({ age, usual }) => usual > 0 && age * 100 < usual * agePercent)
    );
  });
}

/** So many earlier losses are enough to tell the usual age. */
const ENOUGH = 20;

/** By how much a primary's clock may be ahead of ours. */
const AHEAD_MS = 24 * 3_600_000;

/**
 * Whether `known`, the client's images with news since `heardFrom` (epoch ms), is enough to judge its losses. Only
 * images of the same policy type as the lost ones say anything about them.
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

/**
 * An image that puts losses in order is younger than all of one kind, so its news is not older than this (epoch ms).
 */
export function staysHeardSince(losses: readonly Loss[]): number {
  const ofTypes = [...Map.groupBy(losses, ({ clientType }) => clientType).values()];
  return least(ofTypes.map((ofType) => youngestOf(ofType) * 1000)) - AHEAD_MS;
}

/** The losses without images that were brought back. A record that has not seen the loss yet proves nothing. */
function stillLost(losses: readonly Loss[], known: readonly Image[]): Loss[] {
  const records = new Map(known.map((image) => [image.backupId, image]));
  return [...Map.groupBy(losses, ({ backupId }) => backupId)].flatMap(([backupId, ofImage]) => {
    const record = records.get(backupId);
    const hasSeen = record !== undefined && ofImage.every(({ receivedAt }) => receivedAt <= record.newestAt);
    return hasSeen && record.condition === 'RESTORABLE' ? [] : ofImage;
  });
}

/** The known images that can be restored and are not lost. */
function restorable(known: readonly Image[], lost: readonly Loss[]): Image[] {
  const lostIds = new Set(lost.map(({ backupId }) => backupId));
  return known.filter((image) => image.condition === 'RESTORABLE' && !lostIds.has(image.backupId));
}

/**
 * Whether more is known of an image than its loss. If nbwatch has heard of no backup of a client yet, retention deletes
 * images from before: nobody knows which others exist, nor at what age each kind of them goes.
 */
function isKnownBeyondLoss({ condition, facts }: Image): boolean {
  return condition === 'RESTORABLE' || facts > 1;
}

/**
 * The images that were known here before a time. Later ones are no excuse: backups that were running when an attack
 * began end while it goes on from client to client.
 */
function knownBefore(images: readonly Image[], firstLostAt: number): Image[] {
  return images.filter(({ receivedAt, firstAt = receivedAt }) => firstAt < firstLostAt);
}

/**
 * Whether the losses of a kind are its oldest images, as retention takes them: an image of that kind stays that is
 * younger than all of them, and was taken before the first was lost. The order in which the old ones went does not
 * matter: NetBackup promises none.
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
 * The age at which images of a kind are usually lost, seconds: the median of those that were lost the same way before
 * the first of these times that has any; else of all that were lost before the last of them; else the age of the oldest
 * known image at the time of the loss.
 */
function usualAges(
  losses: readonly Loss[],
  alike: readonly Image[],
  cutoffs: readonly number[],
): (loss: Loss) => number {
  const usual = (before: number, isAsked: (image: Image) => boolean) => {
    const earlier = alike.filter((image) => image.receivedAt < before && isAsked(image));
    return median(earlier.flatMap(({ ageAtDeletion }) => ageAtDeletion ?? []));
  };
  const [any] = cutoffs.slice(-1).map((before) => usual(before, () => true));
  const sameWay = (condition: Loss['condition']) =>
    cutoffs.map((before) => usual(before, (image) => image.condition === condition)).find((age) => age !== undefined);
  const ages = { DELETED: sameWay('DELETED') ?? any, NO_LOCAL_COPY: sameWay('NO_LOCAL_COPY') ?? any };
  const oldest = [...alike, ...losses].reduce((one, { backupTime }) => Math.min(one, backupTime), Infinity);
  return ({ condition, lostAt }) => ages[condition] ?? lostAt - oldest;
}

/** The median, or the lower of the two middle numbers; undefined for no numbers. */
export function median(numbers: readonly number[]): number | undefined {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}

function youngestOfEach(losses: readonly RatedLoss[]): RatedLoss[] {
  const youngest = (ofImage: readonly RatedLoss[]) =>
    ofImage.reduce((one, other) => (other.age < one.age ? other : one));
  return [...Map.groupBy(losses, ({ backupId }) => backupId).values()].map(youngest);
}
