import { describe, expect, it } from 'vitest';
import { alertOf } from '../../../functions/alerts/alert-of.ts';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { readIntent } from '../../../functions/alerts/intent.ts';
import { type EndedSilence, plan } from '../../../functions/publisher/plan.ts';
import { NEW_STATE, readState } from '../../../functions/publisher/state.ts';
import { RECEIVED } from '../support.ts';
import { failed, imagesDeleted, nameOf, recovered } from './intents.ts';
import {
  alone,
  BOTH,
  busiestHour,
  HOUR,
  kinds,
  longestWait,
  MINUTE,
  names,
  type Sent,
  simulate,
  toPeople,
} from './simulation.ts';

describe('in quiet times', () => {
  it('a failure is sent at once', () => {
    const sent = simulate([failed(alone(1))]);
    expect(sent).toMatchObject([{ at: RECEIVED, people: BOTH, severity: 'error', content: { kind: 'JobFailed' } }]);
  });

  it('vanished images are reported at once: before a failure of that moment, and after five single failures', () => {
    expect(kinds(simulate([failed(alone(1)), imagesDeleted()]))).toEqual(['ImagesDeleted', 'JobFailed']);
    const five = [1, 2, 3, 4, 5].map((id) => failed(alone(id)));
    const last = simulate([...five, imagesDeleted(RECEIVED + MINUTE)]).at(-1);
    expect(last).toMatchObject({ at: RECEIVED + MINUTE, people: BOTH, content: { kind: 'ImagesDeleted' } });
  });

  it('of seven failures at once, five are sent singly, the worst first, and two wait a minute for a digest', () => {
    const policyType = 'NBU-CATALOG';
    const sent = simulate([1, 2, 3, 4, 5, 6, 7].map((id) => failed(alone(id, id === 6 ? { policyType } : {}))));
    expect(kinds(sent)).toEqual([...Array(5).fill('JobFailed'), 'FailureDigest']);
    expect(sent[0]).toMatchObject({ severity: 'critical', members: [{ entry: { jobId: 6 } }] });
    expect(sent.at(-1)).toMatchObject({
      at: RECEIVED + MINUTE,
      members: [{ entry: { jobId: 5 } }, { entry: { jobId: 7 } }],
    });
  });

  it.each([
    [[156], 'error', BOTH],
    [[156, 91], 'critical', BOTH],
    [[1], 'warning', []],
  ])(
    'a recovery is sent with the severity of the worst failure that it ended: %j is %s',
    (statuses, severity, people) => {
      const kind = 'JobRecovered';
      expect(simulate([recovered(1, RECEIVED, statuses)])).toMatchObject([{ severity, people, content: { kind } }]);
    },
  );
});

describe('in a quiet night', () => {
  it('nothing but the summary is mailed, despite warnings, housekeeping and jobs that somebody stopped', () => {
    const night = Array.from({ length: 300 }, (_, index) => {
      const at = RECEIVED + index * 2 * MINUTE;
      const kinds = [
        { status: 1 },
        { status: 1, jobType: 'IMAGEDELETE', policyName: '' },
        { status: 191, jobType: 'IMAGEDELETE', policyName: '' },
        { status: 150 },
      ];
      return failed(alone(index + 1, kinds[index % kinds.length]), at);
    });
    const summary = readIntent({
      ...{ pk: 'notice#d', sk: 'intent#DailySummary#d', kind: 'DailySummary', date: '2026-11-23', from: 0, until: 1 },
      ...{ primaries: [], statuses: [], receivedAt: RECEIVED + 9 * HOUR, pendingSince: RECEIVED + 9 * HOUR },
    });
    const sent = simulate([...night, summary], DEFAULT_ALERT_SETTINGS, 12 * HOUR);
    expect(kinds(toPeople(sent))).toEqual(['DailySummary']);
    expect(names(sent)).toHaveLength(301);
  });
});

describe('alerts that the settings send to no person', () => {
  it('go to programs a minute later, all in one message, and spend no budget', () => {
    const warnings = Array.from({ length: 40 }, (_, id) => failed(alone(id + 1, { status: 1 })));
    const sent = simulate([...warnings, failed(alone(99), RECEIVED + 5 * MINUTE)]);
    expect(sent).toMatchObject([
      { at: RECEIVED + MINUTE, people: [], severity: 'warning', content: { kind: 'FailureDigest' } },
      { at: RECEIVED + 5 * MINUTE, people: BOTH, after: { sent: [{ at: RECEIVED + 5 * MINUTE }] } },
    ]);
  });

  it('are an ordinary alert if there is only one', () => {
    expect(simulate([failed(alone(1, { status: 1 }))])).toMatchObject([{ people: [], content: { kind: 'JobFailed' } }]);
  });
});

describe('an alert of the canary', () => {
  const ofCanary = (jobId: number, at = RECEIVED) => failed(alone(jobId), at, 'canary');

  it('goes to the probe alone, at once, in a message of its own, and spends no budget', () => {
    const healed = { ...recovered(3), primary: 'canary' };
    const child = failed({ jobId: 4, parentJobId: 40 }, RECEIVED, 'canary');
    const sent = simulate([ofCanary(1), ofCanary(2, RECEIVED + 1), healed, child, failed(alone(1, { status: 1 }))]);
    expect(sent.map(({ at, topics, people, members }) => [at - RECEIVED, topics, people, members.length])).toEqual([
      ...Array(3).fill([0, ['probe'], [], 1]),
      [1, ['probe'], [], 1],
      [MINUTE, ['alerts'], [], 1],
    ]);
    expect(sent.at(-1)?.after).toEqual(NEW_STATE);
  });

  it('does not wait in a storm, and changes no other message of it', () => {
    const storm = Array.from({ length: 400 }, (_, id) => failed(alone(id + 1), RECEIVED + id * 9_000));
    const probes = [10, 20, 30].map((minute) => ofCanary(1_000 + minute, RECEIVED + minute * MINUTE));
    const [quiet, probed] = [simulate(storm), simulate([...storm, ...probes])];
    const isForProbe = ({ topics }: Sent) => topics.includes('probe');
    expect(probed.filter(isForProbe).map(({ at }) => at - RECEIVED)).toEqual(
      [10, 20, 30].map((minute) => minute * MINUTE),
    );
    expect(probed.filter((one) => !isForProbe(one))).toEqual(quiet);
  });
});

describe('a parent and its children', () => {
  const child = (jobId: number, at = RECEIVED) => failed({ jobId, parentJobId: 100 }, at);

  it('that fail within a minute are one message, led by the parent', () => {
    const children = Array.from({ length: 10 }, (_, index) => child(101 + index, RECEIVED + index * 1_000));
    const sent = simulate([...children, failed(alone(100), RECEIVED + 30_000)]);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ at: RECEIVED + 30_000, members: { length: 11, 0: { entry: { jobId: 100 } } } });
  });

  it('are sent when the parent ends, except the first child, which is sent after a minute', () => {
    const sent = simulate([child(101), child(102, RECEIVED + 5 * MINUTE), failed(alone(100), RECEIVED + 9 * MINUTE)]);
    expect(sent.map(({ at, members }) => [at - RECEIVED, members.length])).toEqual([
      [MINUTE, 1],
      [9 * MINUTE, 2],
    ]);
  });

  it('are sent even if the parent never fails, later children a quarter of an hour after they failed', () => {
    const sent = simulate([child(101), child(102, RECEIVED + 5 * MINUTE)]);
    expect(sent.map(({ at }) => at - RECEIVED)).toEqual([MINUTE, 20 * MINUTE]);
  });

  it('become a digest in parts that names all of them if they are too many for one message', () => {
    const children = Array.from({ length: 2_000 }, (_, index) => child(101 + index));
    const sent = simulate([...children, failed(alone(100))]);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent[0]).toMatchObject({ at: RECEIVED, people: BOTH, content: { kind: 'FailureDigest', part: 1 } });
    expect(names(sent)).toHaveLength(2_001);
    expect(toPeople(sent)).toHaveLength(1);
  });

  it.each([300, 505, 519, 600])('are all named: %i children of a parent with large unknown fields', (count) => {
    const parent = failed(alone(1, { note: 'x'.repeat(9_000) }));
    const children = Array.from({ length: count }, (_, index) => failed({ jobId: 100 + index, parentJobId: 1 }));
    const messages = simulate([parent, ...children]).map(({ content }) => alertOf(content, DEFAULT_ALERT_SETTINGS));
    const named = messages.flatMap(({ data }) =>
      [...JSON.stringify(data).matchAll(/"jobId":(\d+)/g)].map(([, id]) => id),
    );
    expect(new Set(named).size).toBe(count + 1);
  });

  it('follow within two minutes if the parent was sent before them: it has ended, and no more will fail', () => {
    const sent = simulate([failed(alone(100)), child(101, RECEIVED + 2_000), child(102, RECEIVED + 3_000)]);
    expect(sent.map(({ at, members }) => [at - RECEIVED, members.length])).toEqual([
      [0, 1],
      [2 * MINUTE, 2],
    ]);
  });

  it('of two primaries are two messages, although their job ids are equal', () => {
    expect(simulate([failed(alone(100)), failed(alone(100), RECEIVED, 'other')])).toHaveLength(2);
  });
});

describe('a storm', () => {
  /** So many failures over a time (ms), which arrive every five seconds. */
  const storm = (count: number, over: number) =>
    Array.from({ length: count }, (_, index) =>
      failed(alone(index + 1), RECEIVED + Math.floor((index * over) / count / 5_000) * 5_000),
    );

  it.each([
    ['five minutes', 5 * MINUTE, [1, 5]],
    ['three hours', 3 * HOUR, [1, 5, 15, 30, 45]],
  ])('of 10,000 failures over %s alerts at once, keeps the budget and names every job once', (_, over, minutes) => {
    const failures = storm(10_000, over);
    const sent = simulate(failures);
    expect(sent[0]?.at).toBe(RECEIVED);
    expect(busiestHour(sent)).toBeLessThanOrEqual(12);
    expect(names(sent)).toEqual(failures.map(nameOf).sort());
    const digests = toPeople(sent).filter(({ content }) => content.kind === 'FailureDigest');
    const due = digests.map(({ at, after: { storms } }) => Math.floor((at - (storms.failures?.since ?? 0)) / MINUTE));
    expect(due.slice(0, minutes.length)).toEqual(minutes);
  });

  it('leaves single failures those messages of an hour that its digests do not need', () => {
    const sent = simulate(storm(1_000, HOUR - MINUTE), {
      ...DEFAULT_ALERT_SETTINGS,
      budget: { singles: 60, perHour: 12 },
    });
    const inHour = kinds(sent.filter(({ at }) => at < RECEIVED + HOUR));
    expect(inHour).toEqual([...Array(7).fill('JobFailed'), ...Array(5).fill('FailureDigest')]);
  });

  it('is over when a digest is due and nothing waits; failures are then sent one by one again', () => {
    const later = failed(alone(99), RECEIVED + 2 * HOUR);
    const sent = simulate([...storm(10, 1_000), later]);
    expect(sent.at(-1)).toMatchObject({ at: RECEIVED + 2 * HOUR, content: { kind: 'JobFailed' } });
  });

  it.each([1, 2, 3, 4, 7])('of a failure every %i minutes delays none by more than 15 minutes', (minutes) => {
    const steady = Array.from({ length: 60 }, (_, index) =>
      failed(alone(index + 1), RECEIVED + index * minutes * MINUTE),
    );
    expect(longestWait(simulate(steady))).toBeLessThanOrEqual(15 * MINUTE);
  });

  it('that goes on with one failure at a time sends each in a message of its own', () => {
    const later = Array.from({ length: 5 }, (_, index) =>
      failed(alone(900 + index), RECEIVED + (30 + index * 12) * MINUTE),
    );
    const sent = simulate([...storm(10, 1_000), ...later]);
    expect(kinds(sent.slice(6))).toEqual(Array(5).fill('JobFailed'));
  });

  it.each([0, 2, 17, 33])('sends a critical failure without waiting for a digest: minute %i', (minute) => {
    const critical = failed(alone(9_999, { policyType: 'NBU-CATALOG' }), RECEIVED + minute * MINUTE + 1_000);
    const sent = simulate([...storm(600, HOUR), critical]);
    expect(sent.find(({ severity }) => severity === 'critical')).toMatchObject({ at: critical.receivedAt });
  });
});

describe('warnings that the settings send to people', () => {
  const warnings = (count: number, over: number) =>
    Array.from({ length: count }, (_, index) =>
      failed(alone(index + 1, { status: 1 }), RECEIVED + Math.floor((index * over) / count)),
    );
  const settings: AlertSettings = { ...DEFAULT_ALERT_SETTINGS, mailFrom: 'warning' };

  it('delay no error and no critical failure of a storm by more than 16 minutes', () => {
    const failures = Array.from({ length: 600 }, (_, index) =>
      failed(alone(5_000 + index), RECEIVED + 16 * MINUTE + index * 5_000),
    );
    const critical = [32, 40, 50].map((minute) =>
      failed(alone(9_000 + minute, { policyType: 'NBU-CATALOG' }), RECEIVED + minute * MINUTE),
    );
    const sent = simulate([...warnings(120, 2 * HOUR), ...failures, ...critical], settings);
    expect(longestWait(sent.filter(({ severity }) => severity === 'error'))).toBeLessThanOrEqual(16 * MINUTE);
    const criticals = sent.filter(({ severity }) => severity === 'critical');
    expect(longestWait(criticals)).toBeLessThanOrEqual(16 * MINUTE);
  });

  it('do not delay a failure in a night full of them, and take a third of the messages of an hour', () => {
    const failure = failed(alone(9_999), RECEIVED + 40 * MINUTE);
    const sent = simulate([...warnings(1_000, 3 * HOUR), failure], settings);
    expect(sent.find(({ severity }) => severity === 'error')).toMatchObject({
      at: RECEIVED + 40 * MINUTE,
      content: { kind: 'JobFailed' },
    });
    expect(busiestHour(sent.filter(({ severity }) => severity === 'warning'))).toBe(4);
    expect(names(sent)).toHaveLength(1_001);
  });

  it('share no digest with failures', () => {
    const failures = Array.from({ length: 20 }, (_, index) => failed(alone(5_000 + index)));
    const digests = simulate([...warnings(20, 1), ...failures], settings).filter(
      ({ content }) => content.kind === 'FailureDigest',
    );
    expect(digests.map(({ severity, members }) => [severity, members.length])).toEqual([
      ['error', 15],
      ['warning', 19],
    ]);
  });

  it('go to the chat alone, the first of them at once, if only the chat takes warnings', () => {
    const forChat: AlertSettings = { ...DEFAULT_ALERT_SETTINGS, chatFrom: 'warning' };
    const sent = simulate(warnings(100, HOUR), forChat);
    expect(sent.map(({ people }) => people)).toEqual(sent.map(() => ['chat']));
    expect(sent[0]).toMatchObject({ at: RECEIVED, content: { kind: 'JobFailed' } });
  });
});

it('the memory of an earlier version is dropped, except for the silences that hold something back', () => {
  const earlier = {
    sent: [1],
    singles: [1],
    storm: { since: 1, digests: 2 },
    families: { f: 1 },
    silencing: { abc: 7 },
  };
  expect(readState(earlier)).toEqual({ ...NEW_STATE, silencing: { abc: 7 } });
  expect(readState(undefined)).toEqual(NEW_STATE);
});

describe('a silence that has ended', () => {
  const silence = { id: 'abc', reason: 'r', createdAt: 0, from: 0, zone: 'UTC' };
  const before = { ...NEW_STATE, silencing: { abc: RECEIVED, other: RECEIVED } };
  const planAt = (held: EndedSilence['held'], now: number) =>
    plan([], [{ silence, held, lastHeldAt: RECEIVED }], before, now, DEFAULT_ALERT_SETTINGS);

  it('sends everything that it held back, in parts of which people get only the first', () => {
    // Names that need many bytes, so that there are several parts.
    const held = Array.from({ length: 1_500 }, (_, index) =>
      failed(alone(index + 1, { clientName: '\u0001'.repeat(100), policyName: `p${index}` })),
    );
    const { messages, state } = planAt(held, RECEIVED);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.map(({ people }) => people)).toEqual(messages.map((_, index) => (index === 0 ? BOTH : [])));
    expect(messages.flatMap(({ members }) => members.map(nameOf)).sort()).toEqual(held.map(nameOf).sort());
    expect(state).toMatchObject({ silencing: before.silencing, sent: [{ at: RECEIVED }] });
  });

  it('is forgotten once it is empty and the index has had five minutes to show what it took last', () => {
    expect(planAt([], RECEIVED + 5 * MINUTE - 1).state.silencing).toEqual(before.silencing);
    expect(planAt([], RECEIVED + 5 * MINUTE).state.silencing).toEqual({ other: RECEIVED });
  });
});

it('a test alert that somebody asked for is sent at once, in a storm too', () => {
  const test = readIntent({
    ...{ pk: 'notice#d', sk: 'intent#Test#1', kind: 'Test', note: 'hello' },
    ...{ receivedAt: RECEIVED + 2 * MINUTE, pendingSince: RECEIVED + 2 * MINUTE },
  });
  const failures = Array.from({ length: 50 }, (_, index) => failed(alone(index + 1)));
  const sent = simulate([...failures, test]);
  expect(sent.find(({ content }) => content.kind === 'Test')).toMatchObject({ at: RECEIVED + 2 * MINUTE });
});

it('neither test alerts nor silences that have ended keep a failure waiting', () => {
  const tests = Array.from({ length: 20 }, (_, index) => {
    const at = RECEIVED + index * 1_000;
    return readIntent({
      ...{ pk: 'notice#d', sk: `intent#Test#${index}`, kind: 'Test', note: 'hello', receivedAt: at, pendingSince: at },
    });
  });
  const critical = failed(alone(1, { policyType: 'NBU-CATALOG' }), RECEIVED + 6 * MINUTE);
  const sent = simulate([...tests, critical]);
  expect(sent.find(({ severity, content }) => severity === 'critical' && content.kind === 'JobFailed')).toMatchObject({
    at: RECEIVED + 6 * MINUTE,
  });
  expect(names(sent)).toHaveLength(21);

  const ended = Array.from({ length: 14 }, (_, index) => ({
    silence: { id: `s${index}`, reason: 'r', createdAt: 0, from: 0, zone: 'UTC' },
    held: [failed(alone(100 + index))],
    lastHeldAt: RECEIVED,
  }));
  const { messages, state } = plan([], ended, NEW_STATE, RECEIVED, DEFAULT_ALERT_SETTINGS);
  expect(messages.length).toBeGreaterThan(3);
  const later = RECEIVED + 90_000;
  const next = plan([failed(alone(1), later)], [], state, later, DEFAULT_ALERT_SETTINGS);
  expect(next.messages).toMatchObject([{ content: { kind: 'JobFailed' } }]);
});

it('a critical failure that is mailed does not wait for errors that only the chat takes', () => {
  const settings: AlertSettings = { ...DEFAULT_ALERT_SETTINGS, mailFrom: 'critical' };
  const errors = Array.from({ length: 600 }, (_, index) => failed(alone(index + 1), RECEIVED + index * 6_000));
  const critical = failed(alone(9_999, { policyType: 'NBU-CATALOG' }), RECEIVED + 33 * MINUTE);
  const sent = simulate([...errors, critical], settings);
  expect(sent.find(({ severity }) => severity === 'critical')).toMatchObject({ at: critical.receivedAt, people: BOTH });
});

describe('a recovery', () => {
  const NIGHTLY = { clientName: 'sql01', policyName: 'nightly', policyType: 'STANDARD' };
  /** A failure and the recovery of its series, 20 s later. */
  function row(content: object, statuses = [156]) {
    const recovery = recovered(999, RECEIVED + 20_000, statuses);
    return [failed({ ...NIGHTLY, ...content }, RECEIVED, 'demo', recovery.series), recovery];
  }

  it('is sent after its failure if that waits for the parent of its job', () => {
    expect(kinds(simulate(row({ jobId: 101, parentJobId: 100 })))).toEqual(['JobFailed', 'JobRecovered']);
  });

  it('is not sent before its failure if that waits for a digest', () => {
    const storm = Array.from({ length: 30 }, (_, index) => failed(alone(index + 1)));
    const sent = simulate([...storm, ...row(alone(500), [91, 156])]);
    const at = (kind: string, jobId: number) =>
      sent.findIndex(({ members }) =>
        members.some((one) => one.kind === kind && JSON.stringify(one).includes(`"jobId":${jobId}`)),
      );
    expect(at('JobFailed', 500)).toBeGreaterThan(-1);
    expect(at('JobRecovered', 999)).toBeGreaterThanOrEqual(at('JobFailed', 500));
  });

  it('is sent after its failure if only programs get that', () => {
    const sent = simulate(row(alone(500, { status: 1 }), [1, 156]));
    expect(kinds(sent)).toEqual(['JobFailed', 'JobRecovered']);
  });
});
