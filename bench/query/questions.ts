import { createOutbox } from '../../functions/alerts/outbox.ts';
import { asidesByDay } from '../../functions/questions/asides.ts';
import { readHabit } from '../../functions/questions/habit.ts';
import { countHeld } from '../../functions/questions/held.ts';
import { imageEventsByDay, imageHistory, imagesOfClient, readImage } from '../../functions/questions/images.ts';
import {
  childrenOf,
  failuresByDay,
  jobsByDay,
  jobsOfClient,
  jobsOfPolicy,
  readJob,
  unfinishedJobs,
} from '../../functions/questions/jobs.ts';
import { messagesSent, readMessage, sentOnDay } from '../../functions/questions/messages.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { readSeries, seriesFailing, seriesWithoutUsableRunSince } from '../../functions/questions/series.ts';
import { unprojectedByDay } from '../../functions/questions/unprojected.ts';
import { waitingIntents } from '../../functions/questions/waiting.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { createFeeds } from '../../functions/registry/feeds.ts';
import { ENDPOINTS, SILENCE } from './around.ts';
import { backupId, clientName, END, jobId, policyName, primaryName, rangeOf, startOf } from './estate.ts';

/**
 * What a question is about, drawn again each time: anything in a table, except its last day, on which more waits than
 * on other days.
 */
export interface Drawn {
  primary: number;
  day: number;
  /** The slot of a backup that made an image. */
  slot: number;
  client: number;
}

/** A question that the store answers, as the CLI and the functions ask it, and how many answers it has. */
export interface Question {
  name: string;
  ask(tables: Tables, drawn: Drawn): Promise<number>;
}

async function count(answers: AsyncIterable<unknown> | Promise<unknown>): Promise<number> {
  if (answers instanceof Promise) return countOf(await answers);
  let counted = 0;
  for await (const _ of answers as AsyncIterable<unknown>) counted += 1;
  return counted;
}

const countOf = (answer: unknown): number => {
  if (typeof answer === 'number') return answer;
  if (Array.isArray(answer)) return answer.length;
  return answer === undefined ? 0 : 1;
};

const of = ({ primary, client, day, slot }: Drawn) => ({
  primary: primaryName(primary),
  client: clientName(client),
  range: rangeOf(day),
  jobId: jobId(day, slot, client),
  backupId: backupId(day, slot, client),
  series: {
    ...{ primary: primaryName(primary), clientName: clientName(client), policyName: policyName(client) },
    ...{ scheduleType: 'ST_FULL', jobType: 'BACKUP' },
  },
});

type Asked = ReturnType<typeof of>;

const question = (
  name: string,
  ask: (tables: Tables, asked: Asked, drawn: Drawn) => AsyncIterable<unknown> | Promise<unknown>,
): Question => ({ name, ask: (tables, drawn) => count(ask(tables, of(drawn), drawn)) });

const registryOf = ({ client, registry }: Tables) => createEndpoints(client, registry, { now: () => END });
const endpointOf = ({ client }: Drawn) => primaryName(client % ENDPOINTS);
const RESTORABLE = { attribute: 'condition', value: 'RESTORABLE' };

export const QUESTIONS: readonly Question[] = [
  question('an image', (tables, { primary, backupId }) => readImage(tables, primary, backupId, END)),
  question('what happened to an image', (tables, { primary, backupId }) =>
    imageHistory(tables, primary, backupId, END),
  ),
  question('images of a client, a day', (tables, { primary, client, range }) =>
    imagesOfClient(tables, primary, client, range, END),
  ),
  question('of these, the restorable ones', (tables, { primary, client, range }) =>
    imagesOfClient(tables, primary, client, range, END, { only: RESTORABLE }),
  ),
  question('what happened to images, a day', (tables, { primary, range }) =>
    imageEventsByDay(tables, primary, range, END),
  ),
  question('a job', (tables, { primary, jobId }) => readJob(tables, primary, jobId, END)),
  question('children of a job', (tables, { primary }, { day, slot }) =>
    childrenOf(tables, primary, jobId(day, slot, 0), END),
  ),
  question('jobs of a day', (tables, { primary, range }) => jobsByDay(tables, primary, range, END)),
  question('unfinished jobs', (tables, { primary }) => unfinishedJobs(tables, primary, END)),
  question('failures of a day', (tables, { primary, range }) => failuresByDay(tables, primary, range, END)),
  question('jobs of a client, a day', (tables, { primary, client, range }) =>
    jobsOfClient(tables, primary, client, range, END),
  ),
  question('jobs of a policy, a day', (tables, { primary, series, range }) =>
    jobsOfPolicy(tables, primary, series.policyName, range, END),
  ),
  question('series that fail', (tables, { primary }) => seriesFailing(tables, primary, END)),
  question('series without a usable run since a time', (tables, { primary }) =>
    seriesWithoutUsableRunSince(tables, primary, END - 3_600_000, END),
  ),
  question('a series', (tables, { series }) => readSeries(tables, series, END)),
  question('how often a series runs as a rule', (tables, { series }) =>
    readHabit(tables, { ...series, lastUsableAt: END }, 3, END).then(({ habit }) => habit),
  ),
  question('what was put aside, a day', (tables, { primary, range }) => asidesByDay(tables, primary, range, END)),
  question('what could not be projected, a day', (tables, { range }) => unprojectedByDay(tables, range, END)),
  question('messages sent, a day', (tables, { range }) => messagesSent(tables, range, END)),
  question('a message', async (tables, _, { day }) => {
    const [id = ''] = await sentOnDay(tables, startOf(day));
    return readMessage(tables, id, END);
  }),
  question('what people wait to be told', (tables) => waitingIntents(tables, END)),
  question('how many wait for their turn', ({ client, records }) => createOutbox(client, records).pendingSince()),
  question('how many a silence keeps back', (tables) => countHeld(tables, SILENCE)),
  question('endpoints', (tables) => registryOf(tables).list()),
  question('connections of an endpoint', (tables, _, drawn) => registryOf(tables).connections(endpointOf(drawn))),
  question('gaps in a feed', ({ client, registry }, _, drawn) =>
    createFeeds(client, registry, () => END).gaps(endpointOf(drawn)),
  ),
];
