import { type Dismissal, isInForce, type Told } from '../registry/deletions.ts';

/** What vanished of a primary within an hour: so many young images, and clients with nothing left by name. */
export interface Vanished {
  images: number;
  nothingLeft: readonly string[];
}

/** What there is to tell, by which threshold. The levels tell this from what else there is to tell before anything is told again. */
export interface DeletionNews {
  threshold: number;
  nothingLeft: readonly string[];
  levels: readonly [images: number, nothingLeft: number];
  since: number;
}

const HOUR_MS = 3_600_000;

/** How many times over: 0 for none, else 1, 10 or 100. */
function levelOf(count: number, threshold: number): number {
  if (count <= threshold) return 0;
  return [100, 10].find((times) => count > threshold * times) ?? 1;
}

/** The same for what should not be at all. */
const levelOfAny = (count: number): number => [100, 10, 1].find((times) => count >= times) ?? 0;

/**
 * What people have to be told of what vanished within the last hour; undefined for nothing. Told once; within the next hour again only
 * when it is ten or a hundred times the threshold, and after that hour when what vanished since is enough by itself: so a message an hour
 * while it goes on.
 */
export function newsOf(
  { images, nothingLeft }: Vanished,
  told: Told | undefined,
  dismissals: readonly Dismissal[],
  setting: number,
  now: number,
): DeletionNews | undefined {
  const inForce = dismissals.filter((dismissal) => isInForce(dismissal, now));
  const threshold = Math.max(setting, ...inForce.map((dismissal) => dismissal.threshold ?? 0));
  const dismissed = new Set(inForce.flatMap(({ clients }) => clients));
  const left = nothingLeft.filter((client) => !dismissed.has(client.toLowerCase()));
  const levels = [levelOf(images, threshold), levelOfAny(left.length)] as const;
  const before = told && now < told.toldAt + HOUR_MS ? levelsTold(told, inForce, threshold) : [0, 0];
  if (levels.every((level, which) => level <= (before[which] ?? 0))) return undefined;
  // What goes on is one incident, however often it is told.
  const since = told && now < told.toldAt + 2 * HOUR_MS ? told.since : now;
  return { threshold, nothingLeft: left, levels, since };
}

/** Clients that were dismissed since are no longer among those with nothing left, so all that are there are news. */
function levelsTold({ toldAt, images, nothingLeft }: Told, inForce: readonly Dismissal[], threshold: number): number[] {
  const isAnswered = inForce.some(({ createdAt }) => createdAt >= toldAt);
  return [levelOf(images, threshold), isAnswered ? 0 : levelOfAny(nothingLeft)];
}
