import { statusCode } from '../alerts/status-code.ts';
import { meaningOf } from '../alerts/status-words.ts';
import type { Image } from '../questions/images.ts';
import type { Range } from '../questions/range.ts';
import type { Series } from '../questions/series.ts';
import { orderBy } from '../records/order.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { type Expectation, isClientRetired, isRetired } from '../registry/expectation.ts';
import { isFeedOf } from '../registry/feed.ts';
import type { OverdueState } from '../registry/overdue.ts';
import { settleInTurn } from '../runtime/settle.ts';
import { reportEndpoint } from './heard.ts';
import { PAGE, type ReportQuestions } from './questions.ts';
import type {
  FailingSeries,
  OverdueSeries,
  Report,
  ReportEndpoint,
  ReportGap,
  UnprotectedClient,
  YoungDeletions,
} from './report.ts';
import { createTally, type Tally } from './tally.ts';
import { youngOf } from './young.ts';

export interface ReportScope {
  primaries: readonly string[];
  /** Of receipt, epoch ms. */
  range: Range;
  /** Epoch ms. Failing and overdue backups are those at this time. */
  now: number;
  /** An image is young below this percentage of the usual age. */
  youngPercent: number;
  /** The most runs without success that are listed one by one. */
  mostJobs?: number;
}

/** Enough to find any failure of a month, and few enough for a browser to sort instantly. */
const MOST_JOBS = 3_000;

/** How many clients' images are read at a time. */
const CLIENTS_AT_ONCE = 10;

/** Of a client with more images than this, only the newest are judged. */
const MOST_IMAGES = 5_000;

const DAY_MS = 86_400_000;

/**
 * Makes a report from the answers to the queries. `progress` is told what is being read. Nothing of the canary is in a
 * report.
 */
export async function reportOf(
  ask: ReportQuestions,
  { primaries: asked, range, now, youngPercent, mostJobs = MOST_JOBS }: ReportScope,
  progress: (text: string) => void = () => {},
): Promise<Report> {
  const primaries = asked.filter((primary) => primary !== RESERVED_PRIMARY).sort();
  const tally = createTally(range, mostJobs);
  const expectations = await Array.fromAsync(ask.expectations());
  const [failing, overdue, unprotected, young]: [
    FailingSeries[],
    OverdueSeries[],
    UnprotectedClient[],
    YoungDeletions[],
  ] = [[], [], [], []];
  for (const primary of primaries) {
    const ofPrimary = expectations.filter((one) => one.primary === primary);
    progress(`${primary}: jobs`);
    // The index finds a job only by its latest run, which may have come after the range in which an earlier run ended.
    for await (const job of ask.jobs(primary, { from: range.from, to: Math.max(range.to, now) }, now))
      tally.addJob(primary, job);
    progress(`${primary}: series`);
    const series = await Array.fromAsync(ask.series(primary, now));
    failing.push(...failingOf(series, ofPrimary));
    unprotected.push(...unprotectedOf(primary, series, tally, range, ofPrimary));
    for await (const state of ask.overdue(primary)) overdue.push(overdueSeries(state));
    progress(`${primary}: images`);
    const losing = await countImages(ask, primary, range, now, tally);
    progress(`${primary}: images of ${losing.size} clients that lost images`);
    const judged = await settleInTurn([...losing.values()], CLIENTS_AT_ONCE, async (client) => {
      const known = await knownImages(ask, primary, client, range, now);
      const madeAt = Math.max(0, ...known.map(({ backupTime }) => backupTime * 1000));
      return isClientRetired(ofPrimary, { primary, client }, madeAt)
        ? []
        : youngOf(primary, known, range, youngPercent);
    });
    young.push(...judged.flat());
  }
  const figures = tally.figures();
  for (const { day, images } of young) {
    const ofDay = figures.days.find((one) => one.day === day);
    if (ofDay) ofDay.images.young += images;
  }
  return {
    version: 1,
    primaries,
    ...range,
    madeAt: now,
    ...figures,
    failing: failing.sort(longestFirst),
    overdue: overdue.sort(longestFirst),
    unprotected: unprotected.sort(longestFirst),
    youngPercent,
    young: young.sort(newestDayFirst),
    ...(await heardOf(ask, primaries, range)),
  };
}

/** Counts what happened to images. Returns the clients that lost some, by their names in lower case. */
async function countImages(
  ask: ReportQuestions,
  primary: string,
  range: Range,
  now: number,
  tally: Tally,
): Promise<Map<string, string>> {
  const losing = new Map<string, string>();
  for await (const { entry, receivedAt } of ask.imageEvents(primary, range, now)) {
    tally.addImageEvent(receivedAt, entry.operationId);
    if (LOSSES.has(entry.operationId)) losing.set(entry.clientName.toLowerCase(), entry.clientName);
  }
  return losing;
}

const LOSSES: ReadonlySet<string> = new Set(['DELETE', 'NO_LOCAL_COPY_AVAILABLE']);

/**
 * The images that it takes to judge a client: all with news since the range began, and half a page of earlier ones,
 * which tell the usual age.
 */
async function knownImages(
  ask: ReportQuestions,
  primary: string,
  client: string,
  range: Range,
  now: number,
): Promise<Image[]> {
  const known: Image[] = [];
  let usual = 0;
  for await (const image of ask.imagesOfClient(primary, client, now)) {
    known.push(image);
    if (image.receivedAt < range.from - DAY_MS) usual += 1;
    if (known.length % PAGE === 0 && (usual >= PAGE / 2 || known.length >= MOST_IMAGES)) break;
  }
  return known;
}

function failingOf(series: readonly Series[], expectations: readonly Expectation[]): FailingSeries[] {
  return series
    .filter((one) => one.streak > 0 && !isRetired(expectations, namesOf(one), one.lastAt))
    .map((one) => ({
      ...{ primary: one.primary, clientName: one.clientName, policyName: one.policyName },
      ...{ scheduleType: one.scheduleType, jobType: one.jobType },
      ...{ streak: one.streak, lastUsableAt: one.lastUsableAt || null, lastAt: one.lastAt },
      ...{ lastStatus: one.lastStatus, meaning: meaningOf(one.lastStatus) },
      check: statusCode(one.lastStatus)?.check ?? '',
    }));
}

const namesOf = ({ clientName, policyName }: Series) => ({ client: clientName, policy: policyName });

function overdueSeries(state: OverdueState): OverdueSeries {
  const { primary, client, policy, scheduleType = null, jobType = null, since, limit, rule, usual = null } = state;
  const lastUsableAt = state.lastUsableAt || null;
  return {
    ...{ primary, clientName: client, policyName: policy, scheduleType, jobType },
    ...{ lastUsableAt, since, limitMs: limit, rule, usualMs: usual },
  };
}

/**
 * The clients for which no usable backup ended in a range: those whose backups ended otherwise, and known clients that
 * had none. A known client whose last usable backup came after the range is left out, because its series does not say
 * when the one before was.
 */
function unprotectedOf(
  primary: string,
  series: readonly Series[],
  tally: Tally,
  range: Range,
  expectations: readonly Expectation[],
): UnprotectedClient[] {
  const tried = tally.clientsOf(primary);
  const byClient = Map.groupBy(series, ({ clientName }) => clientName.toLowerCase());
  return [...new Set([...tried.keys(), ...byClient.keys()])].flatMap((name) => {
    const [ended, its] = [tried.get(name), byClient.get(name) ?? []];
    const lastAt = Math.max(0, ...its.map((one) => one.lastAt));
    const lastUsableAt = Math.max(0, ...its.map((one) => one.lastUsableAt));
    const isKnown = ended || (lastUsableAt < range.from && its.some((one) => one.lastAt <= range.to));
    if (!isKnown || (ended?.usable ?? 0) > 0 || (lastUsableAt >= range.from && lastUsableAt <= range.to)) return [];
    const client = ended?.clientName ?? its[0]?.clientName ?? name;
    if (isClientRetired(expectations, { primary, client }, lastAt)) return [];
    if (its.length > 0 && its.every((one) => isRetired(expectations, namesOf(one), one.lastAt))) return [];
    const newest = its.find((one) => one.lastAt === lastAt);
    return [
      {
        ...{ primary, clientName: client, ended: ended?.ended ?? 0 },
        lastStatus: ended?.lastStatus ?? newest?.lastStatus ?? null,
        lastUsableAt: lastUsableAt > 0 && lastUsableAt < range.from ? lastUsableAt : null,
      },
    ];
  });
}

/** The gaps within a range, and the endpoints, which show for which times nothing is known. */
async function heardOf(
  ask: ReportQuestions,
  primaries: readonly string[],
  range: Range,
): Promise<Pick<Report, 'gaps' | 'endpoints'>> {
  const gaps: ReportGap[] = [];
  const endpoints: ReportEndpoint[] = [];
  const feeds = await Array.fromAsync(ask.feeds());
  for await (const endpoint of ask.endpoints()) {
    const { endpoint: name, primary, revokedAt } = endpoint;
    if (!primaries.includes(primary)) continue;
    for await (const { from, to } of ask.gaps(name))
      if (from <= range.to && to >= range.from) gaps.push({ primary, endpoint: name, from, to });
    const feed = feeds.find((one) => isFeedOf(one, endpoint));
    endpoints.push(reportEndpoint(endpoint, feed));
    if (revokedAt === undefined && feed?.lostFrom !== undefined && feed.lostFrom <= range.to)
      gaps.push({ primary, endpoint: name, from: feed.lostFrom, to: null });
  }
  return {
    gaps: gaps.sort(orderBy(({ from }) => -from)),
    endpoints: endpoints.sort(
      orderBy(
        ({ primary }) => primary,
        ({ endpoint }) => endpoint,
      ),
    ),
  };
}

/** Those that never had a usable run first, then by how long ago the last one was. */
const longestFirst = orderBy<{ lastUsableAt: number | null; primary: string; clientName: string; policyName?: string }>(
  ({ lastUsableAt }) => lastUsableAt ?? 0,
  ({ primary }) => primary,
  ({ clientName }) => clientName.toLowerCase(),
  ({ policyName = '' }) => policyName.toLowerCase(),
);

const newestDayFirst = orderBy<YoungDeletions>(
  ({ day }) => -Date.parse(day),
  ({ images }) => -images,
  ({ primary }) => primary,
  ({ clientName }) => clientName,
);
