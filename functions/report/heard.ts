import type { EndpointState } from '../registry/endpoint.ts';
import type { FeedState } from '../registry/feed.ts';
import { type Html, html } from './html.ts';
import type { Report, ReportEndpoint } from './report.ts';
import { counted, timeTag } from './words.ts';

/*
 * For which times nbwatch can say that nothing is missing. Gaps exist only between signs of life: before an endpoint
 * first connected, and after it was revoked, there is neither a gap nor a sign of life.
 */

/** The time in which something could be heard through an endpoint. `feed`: its stored state. */
export function reportEndpoint(endpoint: EndpointState, feed: FeedState | undefined): ReportEndpoint {
  const { primary, createdAt, tokenUsedAt, previousTokenHash, revokedAt = null } = endpoint;
  // The first use of the token is the first use of the endpoint, unless there was a token before.
  const firstAt = previousTokenHash === undefined ? tokenUsedAt : undefined;
  const since = firstAt ?? (feed || tokenUsedAt !== undefined ? createdAt : null);
  return { primary, endpoint: endpoint.endpoint, since, until: revokedAt };
}

const covers = ({ since, until }: ReportEndpoint, from: number, to: number) =>
  since !== null && since <= from && (until === null || until >= to);

/** The primaries none of whose endpoints covers the whole time of a report. */
export function partlyKnown({ primaries, endpoints, from, to, madeAt }: Report): string[] {
  return primaries.filter(
    (name) => !endpoints.some((one) => one.primary === name && covers(one, from, Math.min(to, madeAt))),
  );
}

/** Whether anything at all can be known of the time of a report. */
export const isAnythingKnown = ({ endpoints, from, to }: Report): boolean =>
  endpoints.some(({ since, until }) => since !== null && since <= to && (until === null || until >= from));

/** A report that ends this long ago or less is about now: by default a feed is not lost before that. */
const ABOUT_NOW_MS = 15 * 60_000;

/** The note beneath the figure in the tile of the gaps. `lost`: how many feeds are lost. */
export function heardNote(report: Report, lost: number): string {
  if (lost > 0) return `${counted(lost, 'feed')} lost now`;
  if (!isAnythingKnown(report)) return 'no data for this period';
  const { primaries, endpoints, to, madeAt } = report;
  if (madeAt - to > ABOUT_NOW_MS)
    return partlyKnown(report).length > 0 ? 'part of this period not covered' : 'in this period';
  const isConnected = (name: string) =>
    endpoints.some(({ primary, since, until }) => primary === name && since !== null && until === null);
  const idle = primaries.filter((name) => !isConnected(name)).length;
  return idle > 0 ? `${counted(idle, 'server')} not connected` : 'all servers in contact now';
}

/** The times of which nothing is known, by primary and endpoint. */
export function unknownTimes(report: Report): Html | undefined {
  const lines = partlyKnown(report).flatMap((name) => {
    const its = report.endpoints.filter(({ primary }) => primary === name);
    return its.length === 0
      ? [html`<li>${name} has no endpoint: nbwatch has no data from it.</li>\n`]
      : its.map(lineOf);
  });
  return lines.length > 0 ? html`<ul>${lines}</ul>` : undefined;
}

function lineOf({ primary, endpoint, since, until }: ReportEndpoint): Html {
  const name = endpoint === primary ? primary : `${primary} (endpoint ${endpoint})`;
  if (since === null) return html`<li>${name} has not connected yet: nbwatch has no data from it.</li>\n`;
  return until === null
    ? html`<li>nbwatch has data from ${name} only since ${timeTag(since)} UTC.</li>\n`
    : html`<li>nbwatch has data from ${name} only from ${timeTag(since)} UTC until its endpoint was revoked at ${timeTag(until)} UTC.</li>\n`;
}
