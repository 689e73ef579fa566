import { alertOf } from '../../functions/alerts/alert-of.ts';
import { DEFAULT_ALERT_SETTINGS } from '../../functions/alerts/alert-settings.ts';
import { failureItem, pendingSince, readFailure } from '../../functions/alerts/intent.ts';
import { renderMessage, renderText } from '../../functions/alerts/message.ts';
import { createOutbox } from '../../functions/alerts/outbox.ts';
import { messageId } from '../../functions/keys/records.ts';
import { readFact } from '../../functions/ledger/fact.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { createProjection } from '../../functions/projection/context.ts';
import { project } from '../../functions/projection/project.ts';
import { NEW_STATE } from '../../functions/publisher/state.ts';
import { failuresByDay } from '../../functions/questions/jobs.ts';
import type { Tables } from '../../functions/questions/query.ts';
import { connectionItem } from '../../functions/registry/endpoint.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { newFeed } from '../../functions/registry/feed.ts';
import { createFeeds } from '../../functions/registry/feeds.ts';
import { createSilences } from '../../functions/silences/silences.ts';
import { asKept, putIfAbsent } from '../../functions/store/items.ts';
import { factOf } from '../facts.ts';
import { END, type Extent, primaryName, rangeOf, startOf } from './estate.ts';

const HOUR_MS = 3_600_000;
const NEVER = new AbortController().signal;

export const SILENCE = 'k3f9qd';
export const ENDPOINTS = 10;
const CONNECTIONS = 24;
const GAPS = 5;
/** Failures that are not reported yet: some wait for their turn, some for the end of a silence. */
const WAITING = 8;

/** How many items `addAround` makes. */
export const countAround = ({ days }: Extent) => ({ ledger: days, records: 5 * days + WAITING + 1 });

/**
 * Adds each day's sent messages, what could not be projected, what waits, and what is connected: the same amount in
 * each table.
 */
export async function addAround(tables: Tables, { days }: Extent): Promise<void> {
  for (let day = 0; day < days; day += 1) {
    await tellOf(tables, day);
    await addUnprojected(tables, startOf(day) + 5 * HOUR_MS);
  }
  await addWaiting(tables);
  await addConnected(tables);
}

/**
 * Two messages that report a day's failures of the first primary server, written down and sent as the publisher does.
 */
async function tellOf(tables: Tables, day: number): Promise<void> {
  const outbox = createOutbox(tables.client, tables.records);
  const failed = await Array.fromAsync(failuresByDay(tables, primaryName(0), rangeOf(day), END));
  for (const failures of [failed.slice(0, 4), failed.slice(4)]) {
    const [first] = failures;
    if (!first) throw new Error('Each day has failures');
    const alert = alertOf({ kind: 'JobFailed', failures: [first, ...failures.slice(1)] }, DEFAULT_ALERT_SETTINGS);
    const id = messageId(Math.min(...failures.map(({ receivedAt }) => receivedAt)), failures);
    const about = { id, kind: alert.kind, severity: 'error', members: failures, topics: ['alerts', 'chat'] as const };
    const words = { text: renderText(alert), rendered: renderMessage(id, alert, about.topics) };
    const requestIds = failures.map(({ requestId }) => requestId);
    await outbox.writeDown({ ...about, ...words, requestIds }, NEW_STATE, first.receivedAt);
    await outbox.markPublished(about, first.receivedAt);
  }
}

/** A fact of a later version, which the projection notes. */
async function addUnprojected({ client, ledger, records }: Tables, at: number): Promise<void> {
  const job = { jobId: 2_000_000 + Math.floor((END - at) / HOUR_MS), state: 'DONE', status: 0, startTime: at / 1000 };
  const fact = { ...factOf('later', 'JOB', { ...job, clientName: 'sql01' }, at), format: 2 };
  await createLedger(client, ledger).append([fact], NEVER);
  const projection = createProjection(client, { ledger, records }, undefined, () => at);
  await project(projection, fact.pk, new Set([fact.sk]));
}

async function addWaiting({ client, records, registry }: Tables): Promise<void> {
  const at = END - HOUR_MS;
  const waiting = Array.from({ length: WAITING }, (_, n) => {
    const job = {
      jobId: 3_000_000 + n,
      state: 'DONE',
      status: 13,
      startTime: at / 1000,
      clientName: 'sql01.example.com',
    };
    const fact = readFact(factOf(primaryName(0), 'JOB', job, at));
    if (fact.object !== 'JOB') throw new Error('A job is none');
    return { ...failureItem(fact), ...pendingSince(at + n) };
  });
  for (const item of waiting) await putIfAbsent(client, records, item);
  const held = waiting.slice(WAITING / 2).map((item) => readFailure(asKept(item)));
  await createOutbox(client, records).hold(SILENCE, held);
  await createSilences(client, registry).add({ id: SILENCE, reason: 'moves', createdAt: at, from: at, zone: 'UTC' });
}

async function addConnected({ client, registry }: Tables): Promise<void> {
  const endpoints = createEndpoints(client, registry);
  const feeds = createFeeds(client, registry);
  for (let n = 0; n < ENDPOINTS; n += 1) {
    const name = primaryName(n);
    await endpoints.create({ endpoint: name, primary: name, group: name, priority: 1 }, startOf(1), `token-${n}`);
    await feeds.put({ ...newFeed(name, name), aliveAt: END });
    for (let gap = 1; gap <= GAPS; gap += 1)
      await feeds.addGap({ endpoint: name, primary: name }, { from: startOf(gap), to: startOf(gap) + HOUR_MS });
    for (let opened = 1; opened <= CONNECTIONS; opened += 1) {
      const openedAt = END - opened * 2 * HOUR_MS;
      const state = { connectionId: `${name}-${opened}`, endpoint: name, primary: name, tokenHash: `${n}` };
      await putIfAbsent(
        client,
        registry,
        connectionItem({ ...state, sourceIp: '10.0.0.1', openedAt, heardAt: openedAt }),
      );
    }
  }
}
