import type { ImageFact } from '../../functions/ledger/fact.ts';
import { DONE } from '../../functions/nbwss/job.ts';
import { imageEventsByDay } from '../../functions/questions/images.ts';
import { type Job, jobsByDay } from '../../functions/questions/jobs.ts';
import type { Tables } from '../../functions/questions/query.ts';
import type { Range } from '../../functions/questions/range.ts';
import { type Filters, isAmong, isNamed } from '../filters.ts';
import { type Column, IMAGE_COLUMNS, JOB_COLUMNS } from './columns.ts';

/** The filters of an export. */
export type Narrowing = Omit<Filters, 'primary'>;

/** Something that can be exported. */
export interface Kind<T> {
  name: 'jobs' | 'images';
  columns: readonly Column<T>[];
  /** Oldest first: what changes meanwhile moves towards the end, so it is read twice and not missed. */
  rows(tables: Tables, primary: string, range: Range, now: number, only: Narrowing): AsyncIterable<T>;
}

export const JOBS: Kind<Job> = {
  name: 'jobs',
  columns: JOB_COLUMNS,
  async *rows(tables, primary, range, now, { client, policy, status }) {
    for await (const job of jobsByDay(tables, primary, range, now, true)) {
      const hasStatus = status === undefined || (job.state === DONE && isAmong(job.status, status));
      if (hasStatus && isNamed(job.clientName, client) && isNamed(job.policyName, policy)) yield job;
    }
  },
};

export const IMAGES: Kind<ImageFact> = {
  name: 'images',
  columns: IMAGE_COLUMNS,
  async *rows(tables, primary, range, now, { client }) {
    for await (const fact of imageEventsByDay(tables, primary, range, now, true))
      if (isNamed(fact.entry.clientName, client)) yield fact;
  },
};
