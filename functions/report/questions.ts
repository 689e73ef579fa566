import type { ImageFact } from '../ledger/fact.ts';
import { type Image, imageEventsByDay, imagesOfClient } from '../questions/images.ts';
import { type Job, jobsByDay } from '../questions/jobs.ts';
import { overdueBackups } from '../questions/overdue.ts';
import type { Tables } from '../questions/query.ts';
import type { Range } from '../questions/range.ts';
import { type Series, seriesWithoutUsableRunSince } from '../questions/series.ts';
import type { EndpointState } from '../registry/endpoint.ts';
import { createEndpoints } from '../registry/endpoints.ts';
import type { Expectation } from '../registry/expectation.ts';
import { createExpectations } from '../registry/expectations.ts';
import type { FeedGap, FeedState } from '../registry/feed.ts';
import { createFeeds } from '../registry/feeds.ts';
import type { OverdueState } from '../registry/overdue.ts';

/** The queries for a report. `now`: epoch ms. */
export interface ReportQuestions {
  jobs(primary: string, range: Range, now: number): AsyncIterable<Job>;
  imageEvents(primary: string, range: Range, now: number): AsyncIterable<Pick<ImageFact, 'entry' | 'receivedAt'>>;
  /** The images of a client, those with the newest fact first, in pages of `PAGE`. */
  imagesOfClient(primary: string, clientName: string, now: number): AsyncIterable<Image>;
  /** All series, those longest without a usable run first. */
  series(primary: string, now: number): AsyncIterable<Series>;
  overdue(primary: string): AsyncIterable<OverdueState>;
  endpoints(): AsyncIterable<EndpointState>;
  feeds(): AsyncIterable<FeedState>;
  gaps(endpoint: string): AsyncIterable<FeedGap>;
  expectations(): AsyncIterable<Expectation>;
}

/** How many images of a client are read at a time. */
export const PAGE = 200;

export function createReportQuestions(tables: Tables, now: number): ReportQuestions {
  const { client, registry, onUnreadable } = tables;
  const feeds = createFeeds(client, registry, () => now);
  return {
    jobs: (primary, range, at) => jobsByDay(tables, primary, range, at),
    imageEvents: (primary, range, at) => imageEventsByDay(tables, primary, range, at),
    imagesOfClient: (primary, clientName, at) =>
      imagesOfClient(tables, primary, clientName, { from: 0, to: at }, at, { pageSize: PAGE }),
    series: (primary, at) => seriesWithoutUsableRunSince(tables, primary, at, at),
    overdue: (primary) => overdueBackups(tables, primary),
    endpoints: () => createEndpoints(client, registry, { onUnreadable }).list(),
    feeds: () => feeds.list(),
    gaps: (endpoint) => feeds.gaps(endpoint),
    expectations: () => createExpectations(client, registry, { onUnreadable }).list(),
  };
}
