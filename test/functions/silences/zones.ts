import fc from 'fast-check';

export const BERLIN = 'Europe/Berlin';
export const NEW_YORK = 'America/New_York';
export const LORD_HOWE = 'Australia/Lord_Howe';
export const UTC = 'UTC';

/** When clocks change in 2026. */
export const CHANGES: readonly [zone: string, at: string][] = [
  [BERLIN, '2026-03-29T01:00Z'],
  [BERLIN, '2026-10-25T01:00Z'],
  [NEW_YORK, '2026-03-08T07:00Z'],
  [NEW_YORK, '2026-11-01T06:00Z'],
  [LORD_HOWE, '2026-04-04T15:00Z'],
  [LORD_HOWE, '2026-10-03T15:30Z'],
];

/**
 * Zones whose clocks change by an hour, by half an hour, at midnight or never. Some are far from UTC, one by quarters of
 * an hour.
 */
export const zones = fc.constantFrom(
  ...[BERLIN, NEW_YORK, LORD_HOWE, UTC, 'Asia/Kathmandu', 'America/Santiago', 'Pacific/Apia', 'Africa/Casablanca'],
);

const HOUR = 3_600_000;

/** Epoch ms: any time of this century, often within days of a clock change, often on the minute. */
export const somewhen = fc
  .oneof(
    fc.integer({ min: Date.parse('2000-01-01'), max: Date.parse('2099-12-31') }),
    fc
      .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -72 * HOUR, max: 72 * HOUR }))
      .map(([[, change], away]) => Date.parse(change) + away),
  )
  .chain((at) => fc.constantFrom(at, at - (at % 60_000), at - (at % 1_800_000)));

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Minutes of a day: often around the hours at which clocks change, on whole and half hours. */
const minute = fc.oneof(
  fc.integer({ min: 0, max: 1_439 }),
  fc.integer({ min: 0, max: 9 }).map((half) => half * 30),
);

/** A window as text, with its meaning: day 0 is Sunday. */
export const windowText = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }), minute, fc.oneof(minute, fc.constant(1_440)))
  .filter(([, start, end]) => start !== end)
  .map(([days, start, end]) => {
    const names = days.map((day) => ['sun', 'MON', 'Tuesday', 'Wed', 'Thurs', 'fri', 'Sat'][day]);
    return { text: `${names.join(',')} ${clock(start)}-${clock(end)}`, days, start: clock(start), end: clock(end) };
  });
