import * as v from 'valibot';
import { fitsName, includesStatus, isZone } from '../alerts/alert-settings.ts';
import { isInWindow, nextChange, parseWindow, type WeeklyWindow } from './window.ts';

/**
 * A time in which failures that fit are held back, to be sent together when it ends. All that it names must fit; upper
 * and lower case in names do not matter.
 */
export const silence = v.object({
  id: v.string(),
  reason: v.string(),
  /** Epoch ms. */
  createdAt: v.number(),
  /** Epoch ms: from when, and until when at the latest; no `until` means for good. */
  from: v.number(),
  until: v.optional(v.number()),
  /** Only in this window of each week, `Sun 02:00-04:00`, by the clock of `zone`. */
  every: v.optional(v.string()),
  zone: v.string(),
  primary: v.optional(v.string()),
  client: v.optional(v.string()),
  policy: v.optional(v.string()),
  jobType: v.optional(v.string()),
  /** `1,41,150-160` */
  status: v.optional(v.string()),
});
export type Silence = v.InferOutput<typeof silence>;

/** A silence as programs get it, with the field names that a job has. */
export function silenceForm({ client, policy, status, ...silence }: Silence) {
  return { ...silence, clientName: client, policyName: policy, statuses: status };
}

/** The part of a job that a silence looks at. */
export interface SilencedJob {
  primary: string;
  clientName: string;
  policyName: string;
  jobType: string;
  status: number;
}

const FOR_GOOD = Number.POSITIVE_INFINITY;

/** Whether failures that fit and are received at a time (epoch ms) are held back. */
export function isActive({ from, until = FOR_GOOD, every, zone }: Silence, at: number): boolean {
  if (at < from || at >= until) return false;
  if (every === undefined) return true;
  const window = windowOf(every, zone);
  return window !== undefined && isInWindow(window, zone, at);
}

/** Whether the failure of a job, received at a time (epoch ms), is held back. */
export function covers(silence: Silence, job: SilencedJob, at: number): boolean {
  return fits(silence, job) && isActive(silence, at);
}

function fits({ primary, client, policy, jobType, status }: Silence, job: SilencedJob): boolean {
  return (
    fitsName(primary, job.primary) &&
    fitsName(client, job.clientName) &&
    fitsName(policy, job.policyName) &&
    fitsName(jobType, job.jobType) &&
    (status === undefined || includesStatus(status, job.status))
  );
}

/**
 * When a silence that is active at a time stops being active (epoch ms); undefined if it is not active, or never stops.
 */
export function activeUntil(silence: Silence, at: number): number | undefined {
  if (!isActive(silence, at)) return undefined;
  const end = Math.min(silence.until ?? FOR_GOOD, windowChange(silence, at) ?? FOR_GOOD);
  return end === FOR_GOOD ? undefined : end;
}

/** When a silence next becomes active after a time (epoch ms); undefined if it never does again. */
export function nextStart(silence: Silence, at: number): number | undefined {
  const { from, until = FOR_GOOD } = silence;
  const after = isActive(silence, at) ? activeUntil(silence, at) : Math.max(at, from);
  if (after === undefined || after >= until) return undefined;
  const start = isActive(silence, after) ? after : windowChange(silence, after);
  return start !== undefined && start < until ? start : undefined;
}

/** When the clock next enters or leaves the window of a silence; undefined for a silence without one. */
function windowChange({ every, zone }: Silence, at: number): number | undefined {
  const window = every === undefined ? undefined : windowOf(every, zone);
  return window && nextChange(window, zone, at);
}

const windows = new Map<string, WeeklyWindow | undefined>();

/**
 * The window, parsed once; undefined if this runtime cannot read it or its zone. Then the silence holds nothing back:
 * better one alert too many.
 */
function windowOf(every: string, zone: string): WeeklyWindow | undefined {
  const key = `${zone} ${every}`;
  if (!windows.has(key)) windows.set(key, isZone(zone) ? attempt(every) : undefined);
  return windows.get(key);
}

function attempt(every: string): WeeklyWindow | undefined {
  try {
    return parseWindow(every);
  } catch {
    return undefined;
  }
}
