import type { DynamoDBRecord } from 'aws-lambda';
import { sha256 } from '../keys/key.ts';
import type { Chain, Link, Turn } from './chain.ts';
import { type Line, lineOf } from './line.ts';
import { OBJECT_FORMAT, objectName, renderObject } from './object.ts';

/** Everything that the archive uses from outside. */
export interface ArchiveContext {
  chain: Chain;
  /** Writes an object unless one of its name exists. An existing one is ours: the answer to our first try was lost. */
  put(name: string, body: string): Promise<void>;
  /** Whether a failed `put` certainly wrote nothing. */
  isRefusal(error: unknown): boolean;
  /** Epoch ms. */
  now(): number;
  wait(ms: number): Promise<void>;
  /** Hexadecimal, a new one each time. */
  newId(): string;
}

/** The longest turn, ms: as long as the function may run. */
export const TURN_MS = 60_000;

/**
 * How long to wait for the turn of another invocation, and how often to ask, ms. A turn takes a second; after a wait in
 * vain Lambda retries.
 */
const PATIENCE_MS = 30_000;
const ASK_EVERY_MS = 500;

/**
 * Writes what happened to the ledger as the next object of the chain. Returns the object; undefined if the records need
 * none. Repeating it adds the same lines again. Throws if a call fails.
 */
export async function archive(
  context: ArchiveContext,
  records: readonly DynamoDBRecord[],
): Promise<(Link & { lines: number }) | undefined> {
  const lines = records.map(lineOf).filter((line) => line !== undefined);
  const [first, last] = [lines[0], lines.at(-1)];
  if (!first || !last) return undefined;
  const id = context.newId();
  const turn = await takeTurn(context, id);
  const { link, body } = next(turn, id, { lines, first, last }, context.now());
  try {
    await context.put(link.name, body);
  } catch (error) {
    // Best effort: a turn that is not released ends after a minute anyway.
    await context.chain.release(id, turn, context.isRefusal(error)).catch(() => {});
    throw error;
  }
  await context.chain.advance(id, link);
  return { ...link, lines: lines.length };
}

async function takeTurn({ chain, now, wait }: ArchiveContext, id: string): Promise<Turn> {
  for (const begun = now(); ; await wait(ASK_EVERY_MS)) {
    const turn = await chain.take(id, now(), now() + TURN_MS);
    if (turn) return turn;
    if (now() > begun + PATIENCE_MS)
      throw new Error('Another run has been archiving for half a minute, or died while it did');
  }
}

/** The next object, and the chain's new end. */
function next(
  { last: before, abandoned }: Turn,
  id: string,
  { lines, first, last }: { lines: readonly Line[]; first: Line; last: Line },
  now: number,
): { link: Link; body: string } {
  const number = (before?.number ?? 0) + 1;
  // The clocks of two machines differ, but names must not go back to the day before.
  const writtenAt = Math.max(now, before?.writtenAt ?? 0);
  const body = renderObject(
    {
      ...{ format: OBJECT_FORMAT, number },
      ...(before && { before: { name: before.name, sha256: before.sha256 } }),
      ...{ abandoned, first: first.sequence, last: last.sequence, count: lines.length, writtenAt },
    },
    lines,
  );
  return { link: { number, name: objectName(writtenAt, number, id), sha256: sha256(body), writtenAt }, body };
}
