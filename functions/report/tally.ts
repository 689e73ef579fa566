import { statusCode } from '../alerts/status-code.ts';
import { meaningOf } from '../alerts/status-words.ts';
import { isoDay } from '../keys/indexes.ts';
import { type EndedRun, endsOf, type Job } from '../questions/jobs.ts';
import type { Range } from '../questions/range.ts';
import { daysOf } from '../questions/range.ts';
import { orderBy } from '../records/order.ts';
import { addEnds, type End, endOf, isBackup, noEnds, successOf } from './ends.ts';
import type { Report, ReportDay, ReportJob, ReportPolicy, ReportStatus } from './report.ts';

/** How a client's backups went in the time of the report. */
export interface ClientTally {
  clientName: string;
  ended: number;
  usable: number;
  /** When the newest of them ended. */
  lastAt: number;
  lastStatus: number;
}

/**
 * Counts the jobs and image events of a range. It holds days, policies, clients and the newest failures, but not the
 * jobs themselves.
 */
export interface Tally {
  addJob(primary: string, job: Job): void;
  addImageEvent(receivedAt: number, operationId: string): void;
  /** The counts so far. */
  figures(): Omit<
    Report,
    | ('version' | 'primaries' | 'from' | 'to' | 'madeAt' | 'failing' | 'overdue' | 'unprotected')
    | ('youngPercent' | 'young' | 'gaps' | 'endpoints')
  >;
  /** The clients of a primary whose backups ended, by name in lower case. */
  clientsOf(primary: string): ReadonlyMap<string, ClientTally>;
}

/**
 * Keeps the newest runs that did not succeed, and counts the older ones. It holds at most twice as many as requested.
 */
function newest(most: number) {
  const newestFirst = orderBy<ReportJob>(
    ({ receivedAt }) => -receivedAt,
    ({ primary }) => primary,
    ({ jobId }) => -jobId,
  );
  let jobs: ReportJob[] = [];
  let leftOut = 0;
  const cut = () => {
    leftOut += Math.max(0, jobs.length - most);
    jobs = jobs.sort(newestFirst).slice(0, most);
  };
  return {
    add(job: ReportJob) {
      jobs.push(job);
      if (jobs.length >= 2 * most) cut();
    },
    all() {
      cut();
      return { jobs, jobsLeftOut: leftOut };
    },
  };
}

interface PolicyTally extends Omit<ReportPolicy, 'days' | 'total'> {
  days: Map<string, ReportPolicy['days'][number]['ends']>;
}

/** `mostJobs`: the most runs without success that are kept one by one. */
export function createTally(range: Range, mostJobs: number): Tally {
  const days = new Map<string, ReportDay>();
  for (const at of daysOf(range, false)) {
    const images = { created: 0, deleted: 0, noLocalCopy: 0, young: 0 };
    days.set(isoDay(at), { day: isoDay(at), backups: noEnds(), otherJobs: noEnds(), images });
  }
  const middle = (range.from + range.to) / 2;
  const halves = [noEnds(), noEnds()] as const;
  const policies = new Map<string, PolicyTally>();
  const statuses = new Map<number, number>();
  const clients = new Map<string, Map<string, ClientTally>>();
  const jobs = newest(mostJobs);

  function addBackup(primary: string, { clientName, policyName }: Job, run: EndedRun, end: End): void {
    const day = isoDay(run.receivedAt);
    halves[run.receivedAt <= middle ? 0 : 1][end] += 1;
    const key = JSON.stringify([primary, policyName.toLowerCase()]);
    const policy = policies.get(key) ?? { primary, policyName, days: new Map() };
    policies.set(key, policy);
    const ends = policy.days.get(day) ?? noEnds();
    policy.days.set(day, ends);
    ends[end] += 1;
    if (end !== 'succeeded') statuses.set(run.status, (statuses.get(run.status) ?? 0) + 1);
    const ofPrimary = clients.get(primary) ?? new Map<string, ClientTally>();
    clients.set(primary, ofPrimary);
    const client = ofPrimary.get(clientName.toLowerCase()) ?? {
      ...{ clientName, ended: 0, usable: 0, lastAt: 0, lastStatus: 0 },
    };
    ofPrimary.set(clientName.toLowerCase(), client);
    client.ended += 1;
    if (end === 'succeeded' || end === 'partial') client.usable += 1;
    if (run.receivedAt >= client.lastAt) Object.assign(client, { lastAt: run.receivedAt, lastStatus: run.status });
  }

  return {
    addJob(primary, job) {
      const isOfBackup = isBackup(primary, job);
      for (const run of endsOf(job, range)) {
        const end = endOf({ ...job, status: run.status });
        const day = days.get(isoDay(run.receivedAt));
        if (day) day[isOfBackup ? 'backups' : 'otherJobs'][end] += 1;
        if (isOfBackup) addBackup(primary, job, run, end);
        if (end !== 'succeeded') jobs.add(reportJob(primary, job, run, end));
      }
    },
    addImageEvent(receivedAt, operationId) {
      const images = days.get(isoDay(receivedAt))?.images;
      const what = IMAGE_EVENTS.get(operationId);
      if (images && what) images[what] += 1;
    },
    figures() {
      const all = [...days.values()];
      const backups = addEnds(all.map((day) => day.backups));
      return {
        backups,
        successPercent: successOf(backups),
        successPercentHalves: [successOf(halves[0]), successOf(halves[1])],
        otherJobs: addEnds(all.map((day) => day.otherJobs)),
        days: all,
        policies: Array.from(policies.values(), reportPolicy).sort(mostFailedFirst),
        statuses: Array.from(statuses, ([status, runs]) => reportStatus(status, runs)).sort(mostFirst),
        ...jobs.all(),
      };
    },
    clientsOf: (primary) => clients.get(primary) ?? new Map(),
  };
}

const IMAGE_EVENTS: ReadonlyMap<string, Exclude<keyof ReportDay['images'], 'young'>> = new Map([
  ['CREATE', 'created'],
  ['DELETE', 'deleted'],
  ['NO_LOCAL_COPY_AVAILABLE', 'noLocalCopy'],
] as const);

function reportJob(primary: string, job: Job, run: EndedRun, outcome: ReportJob['outcome']): ReportJob {
  const { clientName, policyName, jobId, jobType, scheduleType } = job;
  const { status, receivedAt } = run;
  return {
    ...{ receivedAt, primary, clientName, policyName, jobId, jobType, scheduleType },
    ...{ status, outcome, meaning: meaningOf(status) },
  };
}

function reportPolicy({ primary, policyName, days }: PolicyTally): ReportPolicy {
  return {
    ...{ primary, policyName, total: addEnds([...days.values()]) },
    days: Array.from(days, ([day, ends]) => ({ day, ends })).sort(orderBy(({ day }) => day)),
  };
}

function reportStatus(status: number, runs: number): ReportStatus {
  return { status, runs, meaning: meaningOf(status), check: statusCode(status)?.check ?? '' };
}

const mostFailedFirst = orderBy<ReportPolicy>(
  ({ total }) => -total.failed,
  ({ total }) => -total.partial,
  ({ policyName }) => policyName.toLowerCase(),
  ({ primary }) => primary,
);

const mostFirst = orderBy<ReportStatus>(
  ({ runs }) => -runs,
  ({ status }) => status,
);
