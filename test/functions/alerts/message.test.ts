import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deservesAlert, intentItem, readIntent } from '../../../functions/alerts/intent.ts';
import { jobFailed } from '../../../functions/alerts/job-failed.ts';
import { renderMessage, renderText, type SnsMessage } from '../../../functions/alerts/message.ts';
import { type Content, exampleText, jobFact, RECEIVED } from '../support.ts';

const ID = '0123456789abcdef0123456789abcdef';

/** The message that a job makes on its way through its intent. */
function messageOf(content: Content): SnsMessage {
  return renderMessage(ID, jobFailed(readIntent(intentItem(jobFact(content), RECEIVED))));
}

const forms = ({ Message }: SnsMessage): Record<string, string> => JSON.parse(Message);
const [example08] = JSON.parse(exampleText('08-job-failed.json')).payload[0].data;

describe('the documented job that failed', () => {
  const message = messageOf(example08);

  it('has a subject that says all on a phone', () => {
    expect(message.Subject).toBe('DummyTestVM: BACKUP 148 ended with status 156 (demo)');
  });

  it('is an email that says what happened and what to do', () => {
    expect(forms(message).email).toBe(
      `
BACKUP 148 of client DummyTestVM ended with status 156.

  Primary server:     demo
  Client:             DummyTestVM
  Policy:             vmware2
  Policy type:        VMWARE
  Schedule:           ST_FULL
  Job type:           BACKUP
  Job ID:             148
  Parent job ID:      148
  Status code:        156
  Told to nbwatch:    2026-11-23T19:33:33.034Z (UTC)
  Start time as sent: 1459830500 (epoch seconds by the primary server's clock, which may run whole hours ahead)

What to do next
  - Open the job's details in the NetBackup web UI of demo: Activity monitor, Jobs, job ID 148 (policy vmware2).
  - Look up what status code 156 means: bperror -S 156 -r on the primary server.
`.slice(1),
    );
    expect(forms(message).default).toBe(forms(message).email);
  });

  it('can be filtered by what it is about', () => {
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    expect(message.MessageAttributes).toEqual({
      kind: text('JobFailed'),
      primary: text('demo'),
      client: text('DummyTestVM'),
      policy: text('vmware2'),
      jobType: text('BACKUP'),
      policyType: text('VMWARE'),
      status: { DataType: 'Number', StringValue: '156' },
      severity: text('error'),
    });
  });

  it('is for programs the job whole, with what identifies the message', () => {
    const { sqs = '', lambda } = forms(message);
    expect(lambda).toBe(sqs);
    expect(JSON.parse(sqs)).toEqual({
      ...{ version: 1, id: ID, kind: 'JobFailed', severity: 'error', primary: 'demo' },
      ...{ receivedAt: RECEIVED, requestId: 'r-1', job: example08 },
    });
  });

  it('is a Slack card of the fields that Amazon Q Developer knows, and of no other', () => {
    const card = JSON.parse(forms(message).https ?? '');
    expect(card).toEqual({
      version: '1.0',
      source: 'custom',
      id: ID,
      content: {
        textType: 'client-markdown',
        title: 'DummyTestVM: BACKUP 148 ended with status 156 (demo)',
        description: expect.stringContaining('*Status code:* 156'),
        nextSteps: [expect.stringContaining('Activity monitor'), expect.stringContaining('bperror -S 156')],
      },
      metadata: { threadId: ID, eventType: 'JobFailed' },
    });
  });
});

describe('a job', () => {
  it.each([
    [1, 'warning'],
    [2, 'error'],
    [150, 'error'],
    [-1, 'error'],
  ])('that ended with %d is a %s', (status, severity) => {
    const message = messageOf({ status });
    expect(message.MessageAttributes.severity?.StringValue).toBe(severity);
    expect(JSON.parse(forms(message).lambda ?? '').severity).toBe(severity);
  });

  it('without policy, types and schedule leaves out what is empty, in attributes and in text', () => {
    const message = messageOf({
      policyName: '',
      policyType: '',
      jobType: '',
      scheduleType: '',
      parentJobId: undefined,
    });
    expect(Object.keys(message.MessageAttributes)).toEqual(['kind', 'primary', 'client', 'status', 'severity']);
    expect(message.Subject).toBe('DummyTestVM: Job 148 ended with status 156 (demo)');
    const { email = '', https } = forms(message);
    expect(email).not.toMatch(/Policy type|Schedule|Job type/);
    expect(https).not.toMatch(/Policy type|Schedule|Job type/);
    expect(email).toMatch(/Policy: +\(none\)/);
    expect(email).toMatch(/Parent job ID: +148/);
    expect(email).toContain('(no policy)');
  });

  it('is worth an alert when it is DONE with any status but 0', () => {
    const statuses = [156, 1, -1, 0].map((status) => deservesAlert(jobFact({ status })));
    expect(statuses).toEqual([true, true, true, false]);
    for (const state of ['ACTIVE', 'QUEUED', 'done', 'INCOMPLETE'])
      expect(deservesAlert(jobFact({ state }))).toBe(false);
  });

  it('has an intent that outlives its fact by 30 days, or stays for good with it', () => {
    const expiry = (jobDays: number | undefined) =>
      intentItem(jobFact({}, {}, { jobDays, imageDays: undefined }), RECEIVED).expiresAt;
    expect(expiry(400)).toBe(1_795_462_413 + 430 * 86_400);
    expect(expiry(undefined)).toBeUndefined();
  });
});

describe('any job', () => {
  const text = (min: number, max: number) =>
    fc
      .string({
        unit: fc.oneof(
          fc.constantFrom('"', '\\', '\n', '\0', '€', '😀'),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
        maxLength: max,
      })
      .filter((value) => Buffer.byteLength(value) <= max && Buffer.byteLength(value) >= min);
  const job = fc.record({
    ...{ clientName: text(1, 512), policyName: text(0, 512), jobType: text(0, 128), scheduleType: text(0, 128) },
    ...{ policyType: text(0, 128), jobId: fc.maxSafeNat(), status: fc.integer().filter((status) => status !== 0) },
  });

  /** What SNS takes (Amazon SNS API Reference, Publish), and what its readers rely on. */
  function check(message: SnsMessage): void {
    expect(message.Subject).toMatch(/^[\x20-\x7E]{1,99}$/);
    expect(message.MessageStructure).toBe('json');
    const values = forms(message);
    expect(Object.keys(values).toSorted()).toEqual(['default', 'email', 'https', 'lambda', 'sqs']);
    for (const value of Object.values(values)) expect(typeof value).toBe('string');
    expect(JSON.parse(values.sqs ?? '')).toMatchObject({ version: 1, id: ID, kind: 'JobFailed' });
    expect(JSON.parse(values.https ?? '')).toMatchObject({ version: '1.0', source: 'custom' });
    for (const { DataType, StringValue } of Object.values(message.MessageAttributes)) {
      expect(StringValue).not.toBe('');
      if (DataType === 'Number') expect(Number.isFinite(Number(StringValue))).toBe(true);
    }
    const attributes = Object.entries(message.MessageAttributes).flatMap(([name, value]) => [
      name,
      ...Object.values(value),
    ]);
    const all = [message.Message, message.Subject, ...attributes].join('');
    expect(Buffer.byteLength(all, 'utf8')).toBeLessThan(262_144);
  }

  it('makes a message that SNS takes', () => {
    fc.assert(
      fc.property(job, (content) => check(messageOf(content))),
      { numRuns: 300 },
    );
  });

  it('of the longest names that are accepted makes one, too', () => {
    for (const character of ['x', '"', '\\', '\0', '\u007f']) {
      const [name, term] = [character.repeat(512), character.repeat(128)];
      check(messageOf({ clientName: name, policyName: name, jobType: term, policyType: term, scheduleType: term }));
    }
  });

  it('is for programs whole up to 16,384 characters of its entry, and without its unknown fields beyond', () => {
    const entryOf = (more: string) => JSON.parse(forms(messageOf({ more })).sqs ?? '').job;
    const { length } = JSON.stringify(jobFact({ more: '' }).entry);
    expect(entryOf('x'.repeat(16_384 - length))).toHaveProperty('more');
    expect(entryOf('x'.repeat(16_385 - length))).toEqual(example08);
  });

  it('with as many unknown fields as a message can bring makes one, too, that still says which job it was', () => {
    for (const filling of ['x', '"', '\\', '😀', '\n']) {
      const more = filling.repeat(120_000 / Buffer.byteLength(JSON.stringify(filling).slice(1, -1)));
      const message = messageOf({ more });
      check(message);
      expect(JSON.parse(forms(message).sqs ?? '').job).toMatchObject({
        jobId: 148,
        status: 156,
        clientName: 'DummyTestVM',
      });
    }
  });

  it('has a subject cut at 99 characters and not at 98', () => {
    const subject = (length: number) => renderMessage(ID, { ...alert, subject: 'x'.repeat(length) }).Subject;
    expect([98, 99, 100, 5_000].map((length) => subject(length).length)).toEqual([98, 99, 99, 99]);
    expect(subject(99)).toBe('x'.repeat(99));
    expect(subject(100)).toBe(`${'x'.repeat(96)}...`);
    expect(renderMessage(ID, { ...alert, subject: 'a\r\nb\té\0' }).Subject).toBe('a??b???');
  });
  const alert = jobFailed(readIntent(intentItem(jobFact(), RECEIVED)));

  it('has a text whose values begin in one column', () => {
    const text = renderText({ ...alert, headline: 'H', facts: { A: '1', Longer: '2', None: '' }, nextSteps: ['N'] });
    expect(text).toBe('H\n\n  A:      1\n  Longer: 2\n\nWhat to do next\n  - N\n');
  });
});
