import { readFailure } from '../../../functions/alerts/intent.ts';
import { createOutbox } from '../../../functions/alerts/outbox.ts';
import { readFact } from '../../../functions/ledger/fact.ts';
import { DONE } from '../../../functions/nbwss/job.ts';
import { asidesByDay } from '../../../functions/questions/asides.ts';
import { imageEventsByDay, imageHistory, imagesOfClient, readImage } from '../../../functions/questions/images.ts';
import {
  childrenOf,
  failuresByDay,
  jobsByDay,
  jobsOfClient,
  jobsOfPolicy,
  readJob,
  unfinishedJobs,
} from '../../../functions/questions/jobs.ts';
import { readMessage, sentOnDay } from '../../../functions/questions/messages.ts';
import type { Tables } from '../../../functions/questions/query.ts';
import { seriesFailing, seriesWithoutUsableRunSince } from '../../../functions/questions/series.ts';
import { unprojectedByDay } from '../../../functions/questions/unprojected.ts';
import { createDeletions } from '../../../functions/registry/deletions.ts';
import { createEndpoints } from '../../../functions/registry/endpoints.ts';
import { createFeeds } from '../../../functions/registry/feeds.ts';
import { createSilences } from '../../../functions/silences/silences.ts';
import type { Item } from '../../../functions/store/items.ts';
import { must } from '../support.ts';
import { DROPPED } from './everything.ts';
import { all, at, dayOfNovember, NOW } from './received.ts';

/** What a question of docs/data-model.md is answered with, and how an item is read to compare it with that. */
export interface Answer {
  answer: unknown[];
  read(item: Item): unknown;
}

/** A record, compared without what the question functions leave out of an item. */
function like(answer: readonly object[]): Answer {
  const names = new Set(answer.flatMap((one) => Object.keys(one)));
  const read = (item: Item) => Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
  return { answer: [...answer], read };
}

const facts = (answer: readonly object[]): Answer => ({ answer: [...answer], read: readFact });
const hasEnded = ({ state }: { state: string }) => state === DONE;
const place = ({ pk, sk }: Item) => ({ pk, sk });

/** The questions of docs/data-model.md, word for word, asked through the functions that the command line uses. */
export async function answers(tables: Tables): Promise<Record<string, Answer>> {
  const { client, records, registry } = tables;
  const B = 'sql01_1795384800';
  const day = dayOfNovember('23');
  const one = (found: object | undefined) => like(found ? [found] : []);
  const jobsOfDay = await all(jobsByDay(tables, 'demo', day, NOW));
  const unfinished = await all(unfinishedJobs(tables, 'demo', NOW));
  const failures = await all(failuresByDay(tables, 'demo', day, NOW));
  const images = await all(imagesOfClient(tables, 'demo', 'SQL01', day, NOW));
  const events = await all(imageEventsByDay(tables, 'demo', day, NOW));
  const narrowed = jobsOfDay.filter(
    (job) => job.clientName.toLowerCase() === 'file01' && job.policyName === 'Nightly' && job.status === 13,
  );
  const { subject, members, writtenAt, droppedAt, dropReason } = must(await readMessage(tables, DROPPED, NOW));
  const unprojected = await all(unprojectedByDay(tables, day, NOW));
  const endpoints = createEndpoints(client, registry);
  // The functions order the variants of one fact by their digests; in the table the one stored first comes first.
  const history = (await imageHistory(tables, 'demo', B, NOW)).sort((a, b) => a.receivedAt - b.receivedAt);

  return {
    'What happened to an image': facts(history),
    'What it is now': one(await readImage(tables, 'demo', B, NOW)),
    'The images of a client, latest report first': like(images),
    'Only those that can be restored': like(images.filter(({ condition }) => condition === 'RESTORABLE')),
    'What happened to images on a day, newest first': facts(events),
    'Only what was deleted': facts(events.filter(({ entry }) => entry.operationId === 'DELETE')),
    'A job with its runs': one(await readJob(tables, 'demo', 205, NOW)),
    'The parent of job 202': one(await readJob(tables, 'demo', 201, NOW)),
    'The children of job 201 that ended': like((await all(childrenOf(tables, 'demo', 201, NOW))).filter(hasEnded)),
    'The jobs that ended on a day, newest first': like(jobsOfDay.filter(hasEnded)),
    'Only those of a client and a policy that have a status': like(narrowed),
    'The failures of a day, newest first': { answer: failures, read: readFailure },
    'Only those of a client': {
      answer: failures.filter(({ entry }) => entry.clientName === 'web01'),
      read: readFailure,
    },
    'The jobs of a client that ended, newest first': like(
      (await all(jobsOfClient(tables, 'demo', 'sql01', day, NOW))).filter(hasEnded),
    ),
    'The jobs of a policy that ended, newest first': like(
      (await all(jobsOfPolicy(tables, 'demo', 'NIGHTLY', day, NOW))).filter(hasEnded),
    ),
    'The unfinished jobs, longest first': like(unfinished),
    'The unfinished jobs first reported before a time': like(
      unfinished.filter(({ since = 0 }) => since < at('23T02:00')),
    ),
    'The unfinished jobs of a client': like(unfinished.filter(({ clientName }) => clientName === 'SQL01')),
    'The series that fail': like(await all(seriesFailing(tables, 'demo', NOW))),
    'The series without a usable run since a time': like(
      await all(seriesWithoutUsableRunSince(tables, 'demo', at('23T01:05'), NOW)),
    ),
    'The image on the primary that made it': one(await readImage(tables, 'demo', B, NOW)),
    'The image on the primary it was replicated to': one(await readImage(tables, 'dr', B, NOW)),
    'Every endpoint': like(await all(endpoints.list())),
    'The connections of an endpoint, newest first': like(await all(endpoints.connections('demo'))),
    'Every feed': like(await all(createFeeds(client, registry).list())),
    'The gaps in the feed of an endpoint, oldest first': like(await all(createFeeds(client, registry).gaps('dr'))),
    'Every silence': like(await all(createSilences(client, registry).list())),
    // The functions only count these.
    'What a silence holds back, oldest first': { answer: [job(301, 1_795_429_200, 6)], read: place },
    'Every dismissal': like(await all(createDeletions(client, registry).dismissals())),
    'What was put aside on a day, newest first': like(await all(asidesByDay(tables, 'demo', day, NOW))),
    'The facts that could not be projected on a day': like(unprojected.map(({ primary: _, ...note }) => note)),
    'The alerts that wait to be sent, oldest first': {
      answer: await all(createOutbox(client, records).pending()),
      read: place,
    },
    'The messages that were sent or dropped on a day': {
      answer: await sentOnDay(tables, at('23T00:00')),
      read: ({ sk }) => sk,
    },
    'A message': one({ subject, members, writtenAt, droppedAt, dropReason }),
  };
}

function job(jobId: number, startTime: number, status: number): { pk: string; sk: string } {
  return { pk: `job#demo#${jobId}`, sk: `intent#${startTime}#DONE#${status}` };
}
