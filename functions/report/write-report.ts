import { noticeItem, pendingSince, type ReportIntent } from '../alerts/intent.ts';
import { isoDay } from '../keys/indexes.ts';
import { noticeKey } from '../keys/records.ts';
import { RESERVED_PRIMARY } from '../registry/endpoint.ts';
import { log } from '../runtime/log.ts';
import { summaryDue } from '../watch/summary-due.ts';
import type { ReportContext } from './context.ts';
import { endedOf } from './ends.ts';
import { renderReport } from './page.ts';
import type { ReportQuestions } from './questions.ts';
import type { Report } from './report.ts';
import { reportOf } from './report-of.ts';

const DAY_MS = 86_400_000;

/** How many days a report covers. */
const DAYS = 30;

/** How long a fact that came just before the hour may take to reach its record, ms. */
const SETTLES_MS = 120_000;

/** Writes the report of a day to the bucket, and the intent to send it, once it is due. */
export async function writeReport(context: ReportContext): Promise<void> {
  const { records, zone, reportHour, youngPercent, now } = context;
  const day = summaryDue(now() - SETTLES_MS, { zone, summaryHour: reportHour });
  if (!day) return;
  // The report is named by the day on which it is made; `day.date` is the day before.
  const date = isoDay(Date.parse(day.date) + DAY_MS);
  if (await records.read(noticeKey(day.until, 'Report', [date]))) return;
  const at = now();
  const questions = context.questions(at);
  const range = { from: day.until - DAYS * DAY_MS, to: day.until - 1 };
  const primaries = await primariesOf(questions, range.from);
  if (primaries.length === 0) return;
  const report = await reportOf(questions, { primaries, range, now: at, youngPercent });
  const name = `reports/${date.slice(0, 4)}/nbwatch-report-${date}`;
  const [key, jsonKey] = [`${name}.html`, `${name}.json`];
  await context.put(jsonKey, 'application/json', JSON.stringify(report));
  await context.put(key, 'text/html; charset=utf-8', renderReport(report));
  // Last: if a run dies before this, the next one writes the same objects again.
  const intent = intentOf(report, { date, bucket: context.bucket, region: context.region, key, jsonKey });
  const item = noticeItem<ReportIntent>({ ...intent, receivedAt: day.until }, [date]);
  await records.writeOnce({ ...item, ...pendingSince(now()) });
  log.info('Wrote a report', { date, key, primaries: primaries.length });
}

/**
 * Every primary that has or had an endpoint since a time. A primary whose endpoints were revoked earlier is silent for
 * good.
 */
async function primariesOf(ask: ReportQuestions, from: number): Promise<string[]> {
  const primaries = new Set<string>();
  for await (const { primary, revokedAt = Number.POSITIVE_INFINITY } of ask.endpoints())
    if (primary !== RESERVED_PRIMARY && revokedAt > from) primaries.add(primary);
  return [...primaries].sort();
}

/** The most primaries that are named, because the room in an item is limited. */
const PRIMARIES = 1_000;

function intentOf(report: Report, where: Pick<ReportIntent, 'date' | 'bucket' | 'region' | 'key' | 'jsonKey'>) {
  const { from, to, primaries, backups, successPercent, failing, overdue, unprotected, young, gaps } = report;
  return {
    ...{ kind: 'Report' as const, ...where, from, to, primaries: primaries.slice(0, PRIMARIES) },
    ...{ ended: endedOf(backups), failed: backups.failed, successPercent },
    ...{ failing: failing.length, overdue: overdue.length, unprotected: unprotected.length, gaps: gaps.length },
    young: young.reduce((sum, { images }) => sum + images, 0),
  };
}
