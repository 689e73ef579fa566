import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MessageContent } from '../../../functions/alerts/alert-of.ts';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { LIST_LIMIT_BYTES } from '../../../functions/alerts/attributes.ts';
import { partsOf } from '../../../functions/alerts/digest-parts.ts';
import type { JobFailedIntent, JobIntents, JobRecoveredIntent } from '../../../functions/alerts/intent.ts';
import { renderText, type SnsMessage } from '../../../functions/alerts/message.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { type Content, must, RECEIVED } from '../support.ts';
import {
  failure,
  imagesDeleted,
  lostFeed,
  overdue,
  overdueBackup,
  recovery,
  restoredFeed,
  resumed,
  SILENCE,
  summary,
} from './examples.ts';
import { type Rendered, render } from './rendering.ts';

/** The zone with the longest name. */
const FAR: AlertSettings = { ...DEFAULT_ALERT_SETTINGS, zone: 'America/Argentina/ComodRivadavia' };

/** Amazon SNS API Reference, Publish: message and attributes together. */
const SNS_BYTES = 262_144;
/** Amazon DynamoDB Developer Guide, "Item sizes". */
const ITEM_BYTES = 409_600;

/** Amazon SQS API Reference, SendMessage; line breaks, which it takes, are escaped in JSON. */
const REFUSED_BY_SQS = /[^\P{Cc}\x7f-\x9f]|[\ufffe\uffff]/u;

const bytes = (...texts: readonly string[]) => Buffer.byteLength(texts.join(''), 'utf8');

function sizeOf({ Subject, Message, MessageAttributes }: SnsMessage): number {
  const attributes = Object.entries(MessageAttributes).flatMap(([name, value]) => [name, ...Object.values(value)]);
  return bytes(Subject, Message, ...attributes);
}

/** The limits of SNS, what receivers rely on, and whether the message fits into an item of DynamoDB. */
function check({ alert, message, card, machine }: Rendered, members: readonly { pk: string; sk: string }[] = []): void {
  expect(message.Subject).toMatch(/^[\x21-\x7E][\x20-\x7E]{0,98}$/);
  expect(sizeOf(message)).toBeLessThanOrEqual(SNS_BYTES);
  const text = renderText(alert);
  const places = members.map(({ pk, sk }) => bytes(pk, sk) + 12);
  expect(bytes(JSON.stringify(message), text) + places.reduce((a, b) => a + b, 0)).toBeLessThan(ITEM_BYTES - 2_000);
  expect(REFUSED_BY_SQS.test(message.Message)).toBe(false);
  for (const { DataType, StringValue } of Object.values(message.MessageAttributes)) {
    expect(StringValue).not.toBe('');
    expect(REFUSED_BY_SQS.test(StringValue)).toBe(false);
    if (DataType === 'Number') expect(Number.isFinite(Number(StringValue))).toBe(true);
    if (DataType === 'String.Array') expect(JSON.parse(StringValue).length).toBeGreaterThan(1);
  }
  expect(machine).toMatchObject({ version: 1, kind: alert.kind, severity: alert.severity });
  expect(Object.keys(card).toSorted()).toEqual(['content', 'id', 'metadata', 'source', 'version']);
  const known = ['description', 'keywords', 'nextSteps', 'textType', 'title'];
  expect(known).toEqual(expect.arrayContaining(Object.keys(card.content)));
  expect(Object.keys(card.metadata).toSorted()).toEqual(['additionalContext', 'eventType', 'summary', 'threadId']);
  expect(card.content.description.length).toBeLessThan(3_000);
  // Only a long word or a command makes a line longer than 100 columns.
  for (const line of text.split('\n')) {
    if ([...line].length > 100 && !line.trimStart().startsWith('npx nbwatch'))
      expect(Math.max(...line.split(' ').map((word) => [...word].length))).toBeGreaterThan(40);
  }
}

/** Characters by how much escaping makes them grow: not at all, twofold, fourfold, sevenfold; and in bytes. */
const CHARACTERS = ['x', ' ', '"', '\\', '\n', '\0', '\u007f', '<', 'é', '€', '\uffff', '😀'];
/** Those that grow most in one of the forms of a message. */
const GROWING = ['"', '\0', '<', '\uffff', '😀'];
const filled = (character: string, size: number) => character.repeat(Math.floor(size / Buffer.byteLength(character)));

const name = (min: number, max: number) =>
  fc
    .string({
      unit: fc.oneof(fc.constantFrom(...CHARACTERS), anyCharacter),
      maxLength: max,
    })
    .filter((value) => bytes(value) <= max && bytes(value) >= min);

const job = fc.record({
  ...{ clientName: name(1, 512), policyName: name(0, 512), jobType: name(0, 128), scheduleType: name(0, 128) },
  ...{ policyType: name(0, 128), jobId: fc.maxSafeNat(), status: fc.integer().filter((status) => status !== 0) },
});
const series = fc.option(
  fc.record({ failures: fc.nat(2_000), failingSince: fc.nat(RECEIVED), lastUsableAt: fc.nat(RECEIVED) }),
  { nil: undefined },
);
const failed = fc.tuple(job, series, fc.nat(86_400_000)).map(([content, note, after]) => failure(content, note, after));
const recovered = fc
  .tuple(job, fc.array(fc.integer(), { maxLength: 5 }))
  .map(([{ status: _, ...content }, statuses]) => recovery({ ...content, statuses }));

/** Every part of a digest, or of what a silence held back, as the publisher sends it. */
function parts(failures: JobFailedIntent[], back: JobRecoveredIntent[], silence = false): [JobIntents, Rendered][] {
  const all = partsOf(failures, back);
  return all.map((part, index) => {
    const told = { ...part, whole: { failures, recovered: back }, part: index + 1, parts: all.length };
    const content: MessageContent = silence
      ? { kind: 'SilenceEnded', silence: { ...SILENCE, reason: '"'.repeat(5_000) }, ...told }
      : { kind: 'FailureDigest', ...told };
    return [part, render(content, FAR)];
  });
}

/**
 * `count` jobs, all of whose names are of this character and as long as NetBackup may send them. With `few`, only as
 * many names differ as fill the list of an attribute: with one more, the attribute would be left out.
 */
function longest(character: string, count: number, few = false): JobFailedIntent[] {
  const listed = (size: number) => Math.floor((LIST_LIMIT_BYTES - 2) / (bytes(JSON.stringify(named(size, 0))) + 1));
  const named = (size: number, number: number) => filled(character, size - 6) + String(number).padStart(6, '0');
  const different = (size: number, index: number) => named(size, few ? index % listed(size) : index);
  return Array.from({ length: count }, (_, index) => {
    const [name, term] = [different(512, index), different(128, index)];
    const ids = { jobId: Number.MAX_SAFE_INTEGER - index, parentJobId: Number.MAX_SAFE_INTEGER };
    const note = { failures: 999, failingSince: RECEIVED, lastUsableAt: RECEIVED };
    const content = { clientName: name, policyName: name, jobType: term, policyType: term, scheduleType: term };
    const primary = `${'p'.repeat(57)}${String(index % 120).padStart(6, '0')}`;
    return failure({ ...content, ...ids, status: -2_000_000_000 - index }, note, index, primary);
  });
}

describe('a message about any job', () => {
  it('stays within the limits of SNS and its receivers, for a failure as for a recovery', () => {
    fc.assert(
      fc.property(failed, (intent) => check(render({ kind: 'JobFailed', failures: [intent] }, FAR))),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(recovered, (intent) => check(render({ kind: 'JobRecovered', recovered: intent }, FAR))),
      { numRuns: 100 },
    );
  });

  it.each(CHARACTERS)('stays within the limits with as many unknown fields as NetBackup can send: %j', (character) => {
    const more = filled(character, 120_000 / JSON.stringify(character).length);
    const { machine, ...rendered } = render({ kind: 'JobFailed', failures: [failure({ more })] });
    check({ machine, ...rendered });
    expect(machine.job).toMatchObject({ jobId: 148, status: 156, clientName: 'DummyTestVM' });
  });

  it.each(GROWING)(
    'stays within the limits with hundreds of children with the longest names, and counts those left out: %j',
    (character) => {
      const [first, ...others] = longest(character, 400, true) as [JobFailedIntent, ...JobFailedIntent[]];
      for (const failures of [
        [first, ...others] as const,
        [{ ...first, entry: { ...first.entry, parentJobId: null } }, ...others] as const,
      ]) {
        const rendered = render({ kind: 'JobFailed', failures }, FAR);
        check(rendered, failures.slice(0, rendered.machine.children.length + 1));
        expect(rendered.machine.children.length + rendered.machine.childrenLeftOut).toBe(others.length);
        expect(rendered.machine.children.length).toBeGreaterThan(10);
      }
    },
  );
});

describe('the parts of a digest', () => {
  it('lose nothing, keep the order and stay within the limits, whatever the failures and recoveries', () => {
    fc.assert(
      fc.property(fc.array(failed, { maxLength: 30 }), fc.array(recovered, { maxLength: 30 }), (failures, back) => {
        const all = parts(failures, back);
        for (const [part, rendered] of all) check(rendered, [...part.failures, ...part.recovered]);
        expect(all.flatMap(([part]) => part.failures)).toEqual(failures);
        expect(all.flatMap(([part]) => part.recovered)).toEqual(back);
        const named = all.flatMap(([, { machine }]) => machine.failures.map(({ job }: { job: Content }) => job.jobId));
        expect(named).toEqual(failures.map(({ entry }) => entry.jobId));
      }),
      { numRuns: 30 },
    );
  });

  it.each(GROWING)('stay within the limits with the longest names, and are well filled: %j', (character) => {
    for (const few of [false, true])
      for (const silence of [false, true]) {
        const failures = longest(character, 200, few);
        const back = longest(character, 30).map(({ entry: { entry: _, ...entry }, primary }) =>
          recovery({ ...entry, primary, statuses: Array.from({ length: 50 }, (_, index) => -2_000_000_000 - index) }),
        );
        const all = parts(failures, back, silence);
        for (const [part, rendered] of all) check(rendered, [...part.failures, ...part.recovered]);
        expect(all.flatMap(([part]) => [...part.failures, ...part.recovered])).toEqual([...failures, ...back]);
        for (const [{ failures, recovered }, { message }] of all.slice(0, -1)) {
          expect(failures.length + recovered.length).toBeGreaterThan(10);
          expect(sizeOf(message)).toBeGreaterThan(90_000);
        }
      }
  });

  it('are fewer than thirty for 10,000 ordinary failures, and lose none', () => {
    const failures = Array.from({ length: 10_000 }, (_, index) =>
      failure(
        {
          jobId: 500_000 + index,
          clientName: `vm${index % 4_000}.prod.example.com`,
          policyName: `vmware-tier${index % 90}`,
        },
        { failures: 1, failingSince: RECEIVED + index, lastUsableAt: RECEIVED - 80_000_000 },
        index * 30,
      ),
    );
    const all = parts(failures, []);
    expect(all.length).toBeLessThan(30);
    for (const [part, rendered] of all) check(rendered, [...part.failures, ...part.recovered]);
    expect(all.flatMap(([part]) => part.failures)).toEqual(failures);
  });
});

describe('a message about anything but a job', () => {
  it('stays within the limits, whatever its texts are and however much it names', () => {
    const settings = FAR;
    for (const character of CHARACTERS) {
      const text = filled(character, 100_000);
      const common = { pk: 'notice#2026-11-23', sk: 'intent#x', receivedAt: RECEIVED };
      check(render({ kind: 'Test', intent: { ...common, kind: 'Test', note: text } }, settings));
      const aside = { primary: 'p'.repeat(63), endpoint: 'e'.repeat(63), reason: text, requestId: 'r'.repeat(64) };
      check(render({ kind: 'Quarantined', intent: { ...common, kind: 'Quarantined', ...aside } }, settings));
    }
    for (const character of GROWING) {
      const [name, term] = [filled(character, 512), filled(character, 128)];
      const one = {
        ...overdueBackup,
        client: name,
        policy: name,
        scheduleType: term,
        jobType: term,
        reminder: 50,
        unheard: 86_400_000,
      };
      for (const count of [1, 2, 200]) {
        const primary = 'p'.repeat(63);
        const many = Array.from({ length: count }, (_, index) => ({ ...one, openedAt: RECEIVED + index }));
        const late = { ...overdue(many, count === 200 ? 10_000 : 0), primary };
        const back = { ...resumed(many.map((each) => ({ ...each, resumedAt: RECEIVED }))), primary };
        check(render({ kind: 'BackupOverdue', intent: late }, settings));
        check(render({ kind: 'BackupResumed', intent: back }, settings));
      }
    }
    const max = Number.MAX_SAFE_INTEGER / 1_000;
    for (const character of CHARACTERS) {
      const names = Array.from(
        { length: 3_000 },
        (_, index) => String(index).padStart(6, '0') + filled(character, 506),
      );
      const clients = names.slice(0, 20).map((clientName) => ({ clientName, images: max, nothingLeft: true }));
      const counts = { images: max, earlierImages: max, noLocalCopy: max, clientCount: max, nothingLeftBefore: max };
      const most = { ...counts, nothingLeftCount: max, since: RECEIVED };
      const times = { from: RECEIVED, until: RECEIVED, youngest: max, age: max, usualAge: max, agePercent: 100 };
      for (const threshold of [0, max])
        for (const nothingLeft of [[], names.slice(0, 1), names])
          check(render(imagesDeleted({ ...most, ...times, clients, nothingLeft, threshold }), settings));
    }
    const counts = { succeeded: max, warnings: max, cancelled: max, failed: max, imagesCreated: max };
    const primaries = Array.from({ length: 2_000 }, (_, index) => ({
      ...{ primary: `${'p'.repeat(57)}${String(index).padStart(6, '0')}`, ...counts },
      ...{ imagesDeleted: max, putAside: max, seriesFailing: max },
    }));
    const statuses = Array.from({ length: 2_000 }, (_, index) => ({ status: -2_000_000_000 - index, jobs: max }));
    check(render(summary(primaries, statuses), settings));
    const names = Array.from({ length: 500 }, (_, index) => ({
      primary: `${'p'.repeat(57)}${String(index).padStart(6, '0')}`,
      endpoint: `${'e'.repeat(57)}${String(index).padStart(6, '0')}`,
    }));
    const [lost, ...moreLost] = names.map((one) => lostFeed({ ...one, lostFrom: 0, reminder: max }));
    const [back, ...moreBack] = names.map((one) => restoredFeed({ ...one, from: 0 }));
    const [feeds, heard] = [[must(lost), ...moreLost] as const, [must(back), ...moreBack] as const];
    check(render({ kind: 'FeedLost', feeds }, settings), feeds);
    check(render({ kind: 'FeedRestored', feeds: heard }, settings), heard);
  });
});
