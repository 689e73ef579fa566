import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../functions/alerts/alert-of.ts';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { partsOf } from '../../../functions/alerts/digest-parts.ts';
import { RECEIVED } from '../support.ts';
import { DAY, failure, HOUR, MINUTE, outage, recovery, SILENCE, wholeDigest } from './examples.ts';
import { render } from './rendering.ts';

const UTC = DEFAULT_ALERT_SETTINGS;
const digest = (whole: Digest, settings: AlertSettings = UTC) => render({ kind: 'FailureDigest', ...whole }, settings);
const jobs = (count: number, content: object = {}) =>
  Array.from({ length: count }, (_, index) => failure({ jobId: 1_000 + index, ...content }, undefined, index * 1_000));

describe('a digest', () => {
  it('of few failures names each of them', () => {
    const failures = [
      failure(
        { jobId: 1, status: 13, clientName: 'sql01' },
        { failures: 2, failingSince: RECEIVED - DAY, lastUsableAt: 0 },
      ),
      failure({ jobId: 2, status: 1, clientName: 'file01', policyName: '' }, undefined, 90_000, 'dr'),
    ];
    const { subject, email } = digest(wholeDigest(failures));
    expect(subject).toBe('ERROR 1 job failed in 1 minute, with status 13 [demo and dr]');
    expect(email).toBe(`1 job failed in 1 minute, with status 13: Reading a file or a connection failed.

  Primary servers: demo and dr
  Failures:        1 error and 1 warning
  First received:  2026-11-23 19:33:33 UTC
  Last received:   2026-11-23 19:35:03 UTC

By status
  1  status 13: Reading a file or a connection failed
  1  status 1: The job finished, but part of the data was skipped (warning)

Jobs
  1, sql01, vmware2 [demo]: status 13 (2nd in a row)
  2, file01 [dr]: status 1

What to do next
  1. Status 13: Read the client's bpbkar log for the last file read; check that disk and the network
     to the media server.
  2. Status 1: Open the job's details in Activity monitor and look for the files that were skipped;
     then read the client's bpbkar log.
  3. See every failed job: npx nbwatch jobs --failed

--
nbwatch FailureDigest, 1795462413034-0123456789abcdef0123456789abcdef
`);
  });

  it.each([
    [wholeDigest(jobs(3)), 'ERROR 3 jobs failed, all with status 156 [demo]'],
    [wholeDigest(jobs(2, { status: 1 })), 'WARNING 2 jobs ended with a warning, all with status 1 [demo]'],
    [wholeDigest(jobs(2, { status: 150 })), 'INFO 2 jobs ended needing no action, all with status 150 [demo]'],
    [wholeDigest([], [recovery(), recovery()]), 'OK again: 2 backups [demo]'],
    [wholeDigest(jobs(1, { status: 1 }), [recovery()]), 'WARNING 1 job ended with a warning, with status 1 [demo]'],
    [wholeDigest(jobs(12_000)), 'ERROR 12,000 jobs failed in 3 hours, all with status 156 [demo]'],
  ])('leads its subject with the worst that it holds', ({ failures, recovered }, subject) => {
    expect(digest(wholeDigest(failures, recovered)).subject).toBe(subject);
  });

  it('has the severity of the worst in it, recoveries included, and the counts, times and attributes of all', () => {
    const { message, machine } = digest(outage());
    expect(machine.severity).toBe('critical');
    expect(machine.counts).toEqual({ failures: 40, recovered: 1, information: 0, warning: 3, error: 36, critical: 1 });
    expect([machine.from, machine.until]).toEqual([RECEIVED, RECEIVED + 13 * MINUTE]);
    const { primary, policy, status, jobType } = message.MessageAttributes;
    expect(primary).toEqual({ DataType: 'String.Array', StringValue: '["demo","dr"]' });
    expect(JSON.parse(policy?.StringValue ?? '')).toContain('nightly');
    expect(jobType).toEqual({ DataType: 'String', StringValue: 'BACKUP' });
    expect(status).toEqual({ DataType: 'String.Array', StringValue: '[91,84,2074,1,0]' });
    expect(digest(wholeDigest([], [recovery({ statuses: [1] })])).machine.severity).toBe('warning');
  });

  it('has the status of each job and recovery as an attribute, unless they are too many', () => {
    const statusOf = (of: Digest) => digest(of).message.MessageAttributes.status;
    expect(statusOf(wholeDigest(jobs(2)))).toEqual({ DataType: 'Number', StringValue: '156' });
    expect(statusOf(wholeDigest([...jobs(2), ...jobs(1, { status: 84 })]))).toEqual({
      ...{ DataType: 'String.Array', StringValue: '[156,84]' },
    });
    expect(statusOf(wholeDigest([], [recovery()]))).toEqual({ DataType: 'Number', StringValue: '0' });
    const many = Array.from({ length: 2_000 }, (_, index) => failure({ status: 100_000 + index }));
    expect(statusOf(wholeDigest(many))).toBeUndefined();
  });

  it('leaves out an attribute if one of its jobs has no value for it', () => {
    const { MessageAttributes } = digest(wholeDigest([...jobs(2), failure({ policyName: '' })])).message;
    expect(MessageAttributes).not.toHaveProperty('policy');
    expect(MessageAttributes.client?.StringValue).toBe('DummyTestVM');
  });

  it('gives each failure and recovery the dedup key that its own message would have', () => {
    const series = { failures: 2, failingSince: RECEIVED - DAY, lastUsableAt: 0 };
    const [failed, back] = [failure({ jobId: 9 }, series), recovery()];
    const { machine } = digest(wholeDigest([failed], [back]));
    const alone = [
      render({ kind: 'JobFailed', failures: [failed] }),
      render({ kind: 'JobRecovered', recovered: back }),
    ];
    expect([machine.failures[0].dedupKey, machine.recovered[0].dedupKey]).toEqual(
      alone.map(({ machine }) => machine.dedupKey),
    );
  });

  it('of recoveries alone says that they work again, with the severity of their failures', () => {
    const { subject, email, message } = digest(wholeDigest([], [recovery()]));
    expect(subject).toBe('OK again: 1 backup [demo]');
    expect(email).toMatch(/^1 backup works again\.\n/);
    expect(message.MessageAttributes.severity?.StringValue).toBe('error');
  });

  it('counts clients and policies regardless of case, and separately for each primary', () => {
    const failures = [
      ...jobs(10),
      failure({ clientName: 'DUMMYTESTVM', policyName: 'VMware2' }),
      failure({}, undefined, 0, 'dr'),
    ];
    expect(digest(wholeDigest(failures)).email).toContain(`
By policy
  11  vmware2 [demo]
   1  vmware2 [dr]

By client
  11  DummyTestVM [demo]
   1  DummyTestVM [dr]
`);
  });

  it('shows ten entries of each list and how many more there are', () => {
    const failures = Array.from({ length: 12 }, (_, index) =>
      failure({ policyName: `p${index}`, status: 9_000 + index }),
    );
    const { email } = digest(
      wholeDigest(
        failures,
        Array.from({ length: 13 }, () => recovery()),
      ),
    );
    expect(email.match(/^ {2}and 2 more$/gm)).toHaveLength(2);
    expect(email.match(/^ {2}and 3 more$/gm)).toHaveLength(1);
    expect(email.match(/^ {2}sql01, nightly, ST_FULL: after 3 failures in 3 days$/gm)).toHaveLength(10);
  });

  it('points to what most failures share, if they share anything', () => {
    const steps = (failures: Digest['failures']) => digest(wholeDigest(failures)).card.content.nextSteps?.[0];
    expect(steps(jobs(4, { status: 84 }))).toBe('First look at what they share: 4 of 4 point to media/storage.');
    expect(steps([...jobs(2), ...jobs(2, { status: 84 })])).toMatch(/^Status 156: Read the bpfis log/);
    expect(steps(jobs(2))).toMatch(/^Read the bpfis log/);
    expect(steps(jobs(4, { status: 99_999 }))).toMatch(/^See every failed job/);
  });
});

describe('a part of a digest', () => {
  const failures = [...jobs(3, { status: 1 }), ...jobs(2, { policyName: 'other', policyType: 'STANDARD' })];
  const whole = { failures, recovered: [recovery()] };
  const first = digest({ failures: failures.slice(0, 3), recovered: [], whole, part: 1, parts: 2 });
  const second = digest({ failures: failures.slice(3), recovered: whole.recovered, whole, part: 2, parts: 2 });

  it('is for people if it is the first, and then speaks for the whole digest', () => {
    expect(first.subject).toBe('ERROR 2 jobs failed, all with status 156 [demo] (1 of 2)');
    expect(first.email).toContain('2 errors and 3 warnings');
    expect(first.email).toMatch(/, part 1 of 2\n$/);
    expect(first.message.MessageAttributes.severity?.StringValue).toBe('error');
    expect(first.message.MessageAttributes.policy?.StringValue).toBe('["vmware2","other","nightly"]');
  });

  it('is for programs after the first, with the attributes and the severity of the jobs that it names', () => {
    expect(second.subject).toBe('ERROR 2 jobs failed, all with status 156 [demo] (2 of 2)');
    expect(second.email).toMatch(
      /^Part 2 of 2, for programs: 2 jobs failed, all with status 156: [^-]+\n\n--\n[^\n]+part 2 of 2\n$/,
    );
    expect(second.message.MessageAttributes.policy?.StringValue).toBe('["other","nightly"]');
    expect(second.message.MessageAttributes.part).toEqual({ DataType: 'Number', StringValue: '2' });
    expect(second.card.content.description).toMatch(/\n_All jobs: npx nbwatch jobs --failed_$/);
    const third = digest({ failures: failures.slice(0, 1), recovered: [], whole, part: 3, parts: 3 });
    expect(third.machine.severity).toBe('warning');
  });

  it('names jobs that no other part names, and has the counts and the dedup key of the whole digest', () => {
    const idsOf = ({ machine }: typeof first) =>
      machine.failures.map(({ job }: { job: { jobId: number } }) => job.jobId);
    expect([...idsOf(first), ...idsOf(second)]).toEqual(failures.map(({ entry }) => entry.jobId));
    expect([first.machine.recovered.length, second.machine.recovered.length]).toEqual([0, 1]);
    expect(second.machine.counts).toEqual(first.machine.counts);
    expect(second.machine.dedupKey).toBe(first.machine.dedupKey);
    expect(digest(wholeDigest(jobs(1))).machine.dedupKey).toBe(digest(wholeDigest(jobs(2))).machine.dedupKey);
    expect(digest(wholeDigest(jobs(2).slice(1))).machine.dedupKey).not.toBe(
      digest(wholeDigest(jobs(2))).machine.dedupKey,
    );
  });

  it('is the only one if everything fits into it', () => {
    expect(partsOf([], [])).toEqual([{ failures: [], recovered: [] }]);
    expect(partsOf(failures, whole.recovered)).toEqual([whole]);
  });
});

describe('the end of a silence', () => {
  const end = (silence: object = {}, of = wholeDigest(jobs(1))) =>
    render({ kind: 'SilenceEnded', silence: { ...SILENCE, ...silence }, ...of }, UTC);

  it('says what the silence was for and what it held back', () => {
    expect(
      end({ client: 'sql01', status: '150-160', every: 'Sun 02:00-04:00' }, wholeDigest(jobs(1), [recovery({}, HOUR)]))
        .email,
    ).toBe(`The silence "SAN firmware" is over. 1 job failed while it lasted; nbwatch held this back until now.

  Primary servers: demo
  Failures:        1 error
  Works again:     1 backup
  First received:  2026-11-23 19:33:33 UTC
  Last received:   2026-11-23 20:33:33 UTC
  Silence:         s-7f3a
  Applied to:      client sql01, policy vmware2, status 150-160
  Every:           Sun 02:00-04:00, Europe/Berlin
  From:            2026-11-23 17:33:33 UTC
  Until:           2026-11-23 20:33:33 UTC

By status
  1  status 156: The snapshot could not be made or used

Jobs
  1000, DummyTestVM, vmware2: status 156

Works again
  sql01, nightly, ST_FULL: after 3 failures in 3 days

What to do next
  1. Read the bpfis log on the client or backup host, then the state of VSS writers or the tasks in
     vCenter.

--
nbwatch SilenceEnded, 1795462413034-0123456789abcdef0123456789abcdef
`);
  });

  it('says if the silence applied to every job, and leaves out times that it does not have', () => {
    expect(end({ until: undefined, policy: undefined }).email).toMatch(/Applied to: +every job\n +From: .*\n\n/);
    expect(end({ from: 0, until: 0, createdAt: 0 }).email).toMatch(/Applied to: +policy vmware2\n\n/);
  });

  it('says how many backups recovered while the silence lasted', () => {
    const { subject, email } = end({}, wholeDigest([], [recovery()]));
    expect(subject).toBe('OK again: Silence over, 1 backup recovered meanwhile: SAN firmware');
    expect(email).toContain(' is over. 1 backup recovered while it lasted; ');
  });

  it('has as much of the reason in its subject as there is room for', () => {
    expect(end().subject).toBe('ERROR Silence over, 1 job failed meanwhile: SAN firmware');
    expect(end({ reason: 'r'.repeat(5_000) }).subject).toMatch(
      /^ERROR Silence over, 1 job failed meanwhile: r+\.\.\.$/,
    );
    expect(end({ reason: 'r'.repeat(5_000) }).machine.silence.reason).toHaveLength(200);
  });
});
