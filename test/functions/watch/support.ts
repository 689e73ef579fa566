import { vi } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import type { EndpointState } from '../../../functions/registry/endpoint.ts';
import { log } from '../../../functions/runtime/log.ts';
import type { WatchContext } from '../../../functions/watch/context.ts';
import { newOverdueMemory } from '../../../functions/watch/overdue-memory.ts';
import type { Thresholds } from '../../../functions/watch/thresholds.ts';

/** A registered endpoint of a primary. */
export function endpointOf(primary: string, other: Partial<EndpointState> = {}): EndpointState {
  return { endpoint: primary, primary, group: 'g', priority: 1, createdAt: 0, tokenHash: 'h', ...other };
}

/** The defaults of the settings. */
const THRESHOLDS: Thresholds = {
  ...{ feedLostMinutes: 15, overdueRuns: 5, overdueGaps: 2, overdueHours: 26 },
  ...{ deletedImages: 20, deletedAgePercent: 50 },
};

async function* none(): AsyncGenerator<never> {}

/** A context in which nothing is found, at a minute at which only connections are checked. */
export function contextOf(other: Partial<WatchContext> = {}): WatchContext {
  return {
    endpoints: { list: none, connections: none },
    registry: { closed: async () => {} },
    liveness: async () => ({}),
    feeds: { list: none, put: async () => {}, addGap: async () => {}, gaps: none },
    expectations: { list: none },
    overdues: { list: none, put: async () => {}, remove: async () => {} },
    overdueLease: { take: async () => true, release: async () => {} },
    series: {
      withoutUsableRunSince: none,
      read: async () => undefined,
      habit: async () => ({ habit: undefined, until: 0 }),
    },
    overdueMemory: newOverdueMemory(),
    thresholds: THRESHOLDS,
    topics: [],
    certificate: { host: 'h', read: undefined, seen: { get: async () => undefined, put: async () => {} } },
    records: { read: async () => undefined, writeOnce: async () => undefined },
    day: { jobs: none, imageEvents: none, asides: none, seriesFailing: none },
    counted: new Map(),
    images: { events: none, ofClient: none, restorable: none },
    deletions: { told: none, saveTold: async () => {}, dismissals: none },
    lost: new Map(),
    outbox: { pendingSince: none, remembered: async () => ({ memory: undefined, unpublished: [] }) },
    givenUp: async () => 0,
    failed: new Set(),
    settings: { ...DEFAULT_ALERT_SETTINGS, summaryHour: 'off' },
    now: () => Date.parse('2026-11-24T08:00Z'),
    ...other,
  };
}

/** Captures what is logged at a level instead of writing it. Undo it after each test with `vi.restoreAllMocks`. */
export function logged(level: 'info' | 'warn' | 'error') {
  return vi.spyOn(log, level).mockReturnValue(undefined).mock.calls;
}
