import type { Look } from '../look.ts';
import type { Published } from '../proxy/sns-rules.ts';

/** What the story looks at when it checks a chapter. */
export interface Scene {
  look: Look;
  /** Everything published so far. */
  published: readonly Published[];
}

/** Something that must be true after a chapter: what was expected, and what is there. */
export interface Expectation {
  what: string;
  expected: unknown;
  actual: unknown;
}

/** One message of the story and what has to come of it. */
export interface Chapter {
  /** The file in `examples/`. */
  file: string;
  title: string;
  check(scene: Scene): Promise<Expectation[]>;
}

export const PRIMARY = 'demo';

async function job(look: Look, jobId: number, state: string, status: number): Promise<Expectation> {
  const item = await look.job(PRIMARY, jobId);
  const actual = item && `${item.state} ${item.status}`;
  return { what: `job ${jobId}`, expected: `${state} ${status}`, actual };
}

async function image(look: Look, backupId: string, condition: string, ...history: string[]): Promise<Expectation[]> {
  const item = await look.image(PRIMARY, backupId);
  const operations = (await look.imageHistory(PRIMARY, backupId)).map(({ entry }) => entry.operationId);
  return [
    { what: `image ${backupId}`, expected: condition, actual: item?.condition },
    { what: `history of ${backupId}`, expected: history.join(', '), actual: operations.join(', ') },
  ];
}

function alerts(published: readonly Published[], expected: number): Expectation {
  return { what: 'alerts', expected, actual: published.length };
}

/** The documented messages in the order of use, then a job that fails. */
export const CHAPTERS: readonly Chapter[] = [
  {
    file: '03-job-active.json',
    title: 'A backup job starts',
    check: async ({ look, published }) => [await job(look, 144, 'ACTIVE', 0), alerts(published, 0)],
  },
  {
    file: '04-restore-done.json',
    title: 'A restore ends well; restores have no policy',
    check: async ({ look, published }) => [await job(look, 147, 'DONE', 0), alerts(published, 0)],
  },
  {
    file: '05-image-deleted.json',
    title: 'A backup image is deleted',
    check: ({ look }) => image(look, 'localhost_1458601200', 'DELETED', 'DELETE'),
  },
  {
    file: '06-image-deleted-air.json',
    title: 'An image loses its last local copy; only a replica is left (Auto Image Replication)',
    check: ({ look }) => image(look, 'localhost_1471469619', 'NO_LOCAL_COPY', 'UPDATE', 'NO_LOCAL_COPY_AVAILABLE'),
  },
  {
    file: '07-job-and-images.json',
    title: 'One message tells of a job and two images',
    check: async ({ look }) => [
      await job(look, 146, 'DONE', 0),
      ...(await image(look, 'DummyTestVM_1459811698', 'RESTORABLE', 'UPDATE')),
      ...(await image(look, 'DummyTestVM_1459811686', 'RESTORABLE', 'UPDATE')),
    ],
  },
  {
    file: '08-job-failed.json',
    title: 'A backup job fails with status 156',
    check: async ({ look, published }) => [await job(look, 148, 'DONE', 156), alerts(published, 1)],
  },
];
