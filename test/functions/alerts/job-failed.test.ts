import { describe, expect, it } from 'vitest';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import type { JobFailedIntent, SeriesNote } from '../../../functions/alerts/intent.ts';
import { type Content, exampleText, RECEIVED } from '../support.ts';
import { DAY, failure, family, HOUR, recovery } from './examples.ts';
import { type Rendered, render } from './rendering.ts';

const UTC = DEFAULT_ALERT_SETTINGS;
const tell = (failures: readonly [JobFailedIntent, ...JobFailedIntent[]], settings: AlertSettings = UTC): Rendered =>
  render({ kind: 'JobFailed', failures }, settings);
const one = (content: Content = {}, series?: SeriesNote, settings: AlertSettings = UTC) =>
  tell([failure(content, series)], settings);

describe('the alert of a failed job without a series', () => {
  it('has an email that says what happened and what to do next', () => {
    const { subject, email } = one({
      clientName: 'file01',
      status: 13,
      policyName: '',
      jobType: 'RESTORE',
      jobId: 77,
      parentJobId: 76,
    });
    expect(subject).toBe('ERROR file01: RESTORE 77 failed, status 13 [demo]');
    expect(email).toBe(`RESTORE 77 of client file01 failed with status 13. Reading a file or a connection failed.

  Severity:           error
  Primary server:     demo
  Client:             file01
  Policy:             (none)
  Policy type:        VMWARE
  Schedule:           ST_FULL
  Job ID:             77
  Parent job ID:      76
  Where to look:      client/network
  Likely cause:       The client's data, its disk or the network gave an error while it was read.
  Received:           2026-11-23 19:33:33 UTC
  Start time as sent: 1459830500 (read as UTC 2016-04-05 04:28:20; may run whole hours ahead)

What to do next
  1. Read the client's bpbkar log for the last file read; check that disk and the network to the
     media server.
  2. Open job 77 in the NetBackup web UI of demo: Activity monitor, Jobs.
  3. To read what NetBackup says about status 13, run bperror -S 13 -r on the primary server.

--
nbwatch JobFailed, 1795462413034-0123456789abcdef0123456789abcdef
`);
  });

  it('shows a status that is not in the catalogue as a number, and says where to look it up', () => {
    const { subject, email, machine } = one({ status: 99_999 });
    expect(subject).toBe('ERROR DummyTestVM: BACKUP 148 failed, status 99999 [demo]');
    expect(email).toContain("BACKUP 148 of client DummyTestVM failed with status 99999. Not in nbwatch's catalogue.\n");
    expect(email).not.toMatch(/Where to look|Likely cause/);
    expect(email).toContain(`
  1. Open job 148 in the NetBackup web UI of demo: Activity monitor, Jobs.
  2. To learn what status 99999 means, run bperror -S 99999 -r on the primary server, or look for
     the NetBackup Status Codes Reference Guide at https://www.veritas.com/support/en_US
`);
    expect(machine).not.toHaveProperty('statusCode');
  });

  it('leaves out what NetBackup did not send', () => {
    const { subject, email, message } = one({
      policyName: '',
      policyType: '',
      jobType: '',
      scheduleType: '',
      parentJobId: undefined,
    });
    expect(subject).toBe('ERROR DummyTestVM: Job 148 failed, status 156 [demo]');
    expect(email).not.toMatch(/Policy type|Schedule|Parent/);
    expect(Object.keys(message.MessageAttributes)).toEqual(['kind', 'severity', 'part', 'primary', 'client', 'status']);
  });
});

describe('the outcome of a job', () => {
  it.each([
    [
      { status: 1 },
      'WARNING DummyTestVM: BACKUP 148 partly succeeded, status 1 [demo]',
      'partly succeeded with status 1. The job',
    ],
    [
      { status: 150 },
      'INFO DummyTestVM: BACKUP 148 stopped, status 150 [demo]',
      'was stopped with status 150. Somebody',
    ],
    [
      { status: 191, jobType: 'IMAGEDELETE' },
      'INFO DummyTestVM: IMAGEDELETE 148 ended, status 191 [demo]',
      'ended with status 191. No image',
    ],
    [
      { status: 196 },
      'ERROR DummyTestVM: BACKUP 148 failed, status 196 [demo]',
      'failed with status 196. The backup window',
    ],
    [
      { status: 84, policyType: 'NBU-Catalog' },
      'CRITICAL DummyTestVM: BACKUP 148 failed, status 84 [demo]',
      'failed with status 84.',
    ],
    [
      { status: 1, policyType: 'NBU-Catalog' },
      'WARNING DummyTestVM: BACKUP 148 partly succeeded, status 1 [demo]',
      'partly succeeded with status 1.',
    ],
    [{ status: -1 }, 'ERROR DummyTestVM: BACKUP 148 failed, status -1 [demo]', 'failed with status -1.'],
  ])('is named in the subject and the email: %j', (content, subject, words) => {
    const rendered = one(content);
    expect(rendered.subject).toBe(subject);
    expect(rendered.email.replaceAll('\n', ' ')).toContain(words);
  });

  it('has the severity that the settings give it, in every form of the message', () => {
    const settings: AlertSettings = { ...UTC, severities: [{ client: 'DUMMYTESTVM', severity: 'critical' }] };
    const { subject, message, machine, card } = one({}, undefined, settings);
    expect(subject).toMatch(/^CRITICAL /);
    expect(message.MessageAttributes.severity).toEqual({ DataType: 'String', StringValue: 'critical' });
    expect(machine.severity).toBe('critical');
    expect(card.content.keywords).toEqual(['critical', 'JobFailed']);
  });
});

describe('the series of a job', () => {
  const note = (failures: number, lastUsableAt = RECEIVED - 2 * DAY - HOUR): SeriesNote => ({
    ...{ failures, failingSince: RECEIVED - 30 * HOUR, lastUsableAt },
  });
  const words = (content: Content, series?: SeriesNote) =>
    one(content, series).email.split('\n\n')[0]?.replaceAll('\n', ' ');

  it.each([
    [note(1), 'First failure, last good backup 2 days ago.'],
    [note(2), 'Second failure in a row, last good backup 2 days ago.'],
    [note(13, RECEIVED - 26 * HOUR), '13th failure in a row, last good backup 26 hours ago.'],
    [note(1, 0), 'First failure, no good backup that nbwatch knows of.'],
    [note(4, 0), 'Fourth failure in a row, no good backup that nbwatch knows of.'],
  ])('is described in one sentence: %j', (series, sentence) => {
    expect(words({}, series)).toBe(
      `BACKUP 148 of client DummyTestVM failed with status 156. The snapshot could not be made or used. ${sentence}`,
    );
  });

  it('names its last good run, not backup, if its jobs are not backups', () => {
    expect(words({ jobType: 'SNAPSHOT' }, note(2))).toContain('Second failure in a row, last good run 2 days ago.');
    expect(words({ jobType: 'DBBACKUP' }, note(2))).toContain('last good backup');
  });

  it('does not count a run that somebody stopped, and adds no sentence to a usable one', () => {
    expect(words({ status: 150 }, note(2))).toMatch(/It follows 2 failures in a row, last good backup 2 days ago\.$/);
    expect(words({ status: 1 }, note(0))).toMatch(/was skipped\.$/);
  });

  it('appears in the subject from the second failure on', () => {
    expect(one({}, note(1)).subject).toBe('ERROR DummyTestVM: BACKUP 148 failed, status 156 [demo]');
    expect(one({}, note(2)).subject).toBe('ERROR DummyTestVM: BACKUP 148 failed, status 156 (2nd in a row) [demo]');
    expect(one({ status: 150 }, note(2)).subject).not.toContain('in a row');
  });

  it('adds two facts to the email: since when it has been failing, and its last good backup', () => {
    const { email } = one({}, note(2));
    expect(email).toContain('\n  Failing since:      2026-11-22 13:33:33 UTC\n');
    expect(email).toContain('\n  Last good backup:   2026-11-21 18:33:33 UTC\n');
    expect(one({}, note(1, 0)).email).toContain('\n  Last good backup:   none that nbwatch knows of\n');
  });

  it('gives the failures and the recovery of a streak one dedup key that no other streak or series has', () => {
    const series = { failures: 1, failingSince: RECEIVED, lastUsableAt: 0 };
    const job = { clientName: 'sql01', policyName: 'nightly' };
    const key = (content: Content, note?: SeriesNote) => one(content, note).machine.dedupKey;
    const first = key({ ...job, jobId: 1 }, series);
    expect(key({ ...job, jobId: 2, startTime: 5 }, { ...series, failures: 2 })).toBe(first);
    expect(key({ clientName: 'SQL01', policyName: 'Nightly', jobId: 3 }, { ...series, failures: 3 })).toBe(first);
    const recovered = recovery({ ...job, series: { ...series, failures: 3 } });
    expect(render({ kind: 'JobRecovered', recovered }).machine.dedupKey).toBe(first);
    expect(render({ kind: 'JobRecovered', recovered }).card.metadata.threadId).toBe(first);

    const others = [
      key({ ...job, jobId: 4 }, { ...series, failingSince: RECEIVED + DAY }),
      key({ ...job, jobId: 4, scheduleType: 'ST_CINC' }, series),
      key({ ...job, jobId: 4 }),
      key({ ...job, jobId: 5 }),
      key({ ...job, jobId: 5, startTime: 7 }),
      key({ ...job, jobId: 6, status: 1 }, { ...series, failures: 0 }),
      key({ ...job, jobId: 7, status: 1 }, { ...series, failures: 0 }),
    ];
    expect(new Set([first, ...others]).size).toBe(others.length + 1);
  });
});

describe('a job and its children', () => {
  const parent = failure({ clientName: 'vcenter01', jobId: 144, parentJobId: 144, status: 1 });
  const child = (jobId: number, content: Content = {}) =>
    failure({ jobId, parentJobId: 144, clientName: `vm${jobId}`, ...content });

  it('are one message, which leads with the jobs that failed and lists every child', () => {
    const { subject, email, message, machine } = tell([
      parent,
      child(146),
      child(145, { status: 84 }),
      child(147, { status: 1 }),
    ]);
    expect(subject).toBe("ERROR vcenter01: 2 of BACKUP 144's jobs failed, status 156 and 84 [demo]");
    expect(email.replaceAll('\n', ' ')).toMatch(
      /^2 jobs of BACKUP 144 failed, status 156 and 84\. The snapshot could not be made or used\. BACKUP 144 itself, of client vcenter01, partly succeeded with status 1\. [^.]+ skipped\. 1 of its other jobs did not succeed either\. /,
    );
    expect(email).toContain(`
Child jobs that did not succeed
  145, vm145: status 84, Writing the backup to tape or disk failed
  146, vm146: status 156, The snapshot could not be made or used
  147, vm147: status 1, The job finished, but part of the data was skipped

What to do next
  1. Status 156: Read the bpfis log`);
    expect(message.MessageAttributes.client).toEqual({
      DataType: 'String.Array',
      StringValue: '["vcenter01","vm146","vm145","vm147"]',
    });
    expect(message.MessageAttributes.policy).toEqual({ DataType: 'String', StringValue: 'vmware2' });
    expect(message.MessageAttributes.status).toEqual({ DataType: 'Number', StringValue: '156' });
    expect(machine.job.jobId).toBe(144);
    expect(machine.statusCode.code).toBe(1);
    expect(machine.children.map(({ job }: { job: Content }) => job.jobId)).toEqual([146, 145, 147]);
  });

  it('lead with the children if those ended worse than their parent', () => {
    const { subject, email, message } = render(family());
    expect(subject).toBe("ERROR vcenter01: 10 of BACKUP 144's jobs failed, mostly status 156 [demo]");
    expect(email).toContain('\n  Where to look:      snapshot/VMware\n');
    expect(email).toContain('\n  1. Status 156: ');
    expect(email).toContain(' bperror -S 156 -r ');
    expect(message.MessageAttributes.status?.StringValue).toBe('156');
  });

  it.each([
    [156, [156, 84, 84], 'ERROR vcenter01: BACKUP 144 failed, status 156 and 3 of its jobs [demo]', '156'],
    [1, [84], "ERROR vcenter01: 1 of BACKUP 144's jobs failed, status 84 [demo]", '84'],
    [1, [13, 84, 13], "ERROR vcenter01: 3 of BACKUP 144's jobs failed, mostly status 13 [demo]", '13'],
    [1, [91, 84, 84], "CRITICAL vcenter01: 3 of BACKUP 144's jobs failed, status 91 and 84 [demo]", '91'],
    [150, [1, 1, 150], "WARNING vcenter01: 2 of BACKUP 144's jobs partly succeeded, status 1 [demo]", '1'],
  ])('take subject, status and advice from the worst: job %i, children %j', (status, statuses, subject, filtered) => {
    const of = { ...parent, entry: { ...parent.entry, status } };
    const rendered = tell([of, ...statuses.map((status, index) => child(200 + index, { status }))]);
    expect(rendered.subject).toBe(subject);
    expect(rendered.message.MessageAttributes.status?.StringValue).toBe(filtered);
    expect(rendered.email).toContain(` bperror -S ${filtered} -r `);
    expect(rendered.email.replaceAll('\n', ' ')).toContain(`with status ${status}.`);
  });

  it('leave out an attribute if one of them has no value for it', () => {
    const { MessageAttributes } = tell([parent, child(145, { policyName: '' })]).message;
    expect(MessageAttributes).not.toHaveProperty('policy');
    expect(MessageAttributes.policyType?.StringValue).toBe('VMWARE');
  });

  it('give each child the dedup key that its own message would have', () => {
    const { machine } = tell([parent, child(145)]);
    expect(machine.children[0].dedupKey).toBe(tell([child(145)]).machine.dedupKey);
    expect(machine.children[0].dedupKey).not.toBe(machine.dedupKey);
  });

  it('are named as jobs of their parent if the parent itself is not among them', () => {
    const { subject, email, machine } = tell([child(145), child(146), child(147, { status: 84 })]);
    expect(subject).toBe('ERROR vmware2: 3 jobs of job 144 did not succeed, status 156 and 84 [demo]');
    expect(email).toBe(`3 jobs of job 144 did not succeed: status 156 and 84. Job 144 itself is not among them.

  Severity:       error
  Primary server: demo
  Policy:         vmware2
  Policy type:    VMWARE
  Schedule:       ST_FULL
  Parent job ID:  144
  First received: 2026-11-23 19:33:33 UTC

Child jobs that did not succeed
  145, vm145: status 156, The snapshot could not be made or used
  146, vm146: status 156, The snapshot could not be made or used
  147, vm147: status 84, Writing the backup to tape or disk failed

What to do next
  1. Status 156: Read the bpfis log on the client or backup host, then the state of VSS writers or
     the tasks in vCenter.
  2. Status 84: Read the bptm log; check free disk space and state with nbdevquery -listdv -U, or
     the drive and tape for errors.
  3. Open job 144 in the NetBackup web UI of demo: Activity monitor, Jobs.
  4. To read what NetBackup says about status 156, run bperror -S 156 -r on the primary server.

--
nbwatch JobFailed, 1795462413034-0123456789abcdef0123456789abcdef
`);
    expect(machine.job.jobId).toBe(145);
    expect(machine.children).toHaveLength(2);
  });

  it('are an ordinary alert if one child failed and nothing else', () => {
    expect(tell([child(145)]).subject).toBe('ERROR vm145: BACKUP 145 failed, status 156 [demo]');
  });

  it('list up to twenty children, and count those beyond', () => {
    const children = Array.from({ length: 22 }, (_, index) => child(200 + index));
    expect(tell([parent, ...children.slice(0, 20)]).email).not.toMatch(/ more\n/);
    expect(tell([parent, ...children]).email).toContain(
      '\n  219, vm219: status 156, The snapshot could not be made or used\n  and 2 more\n',
    );
  });
});

describe('the JSON of a job alert', () => {
  it('holds the whole job, what identifies the message, and what the status means', () => {
    const [sent] = JSON.parse(exampleText('08-job-failed.json')).payload[0].data;
    expect(one({ ...sent, newField: { a: [1] } }).machine).toEqual({
      ...{ version: 1, id: '1795462413034-0123456789abcdef0123456789abcdef', kind: 'JobFailed', severity: 'error' },
      ...{ dedupKey: expect.stringMatching(/^[0-9a-f]{32}$/), part: 1, parts: 1 },
      ...{ primary: 'demo', receivedAt: RECEIVED, requestId: 'r-1', job: { ...sent, newField: { a: [1] } } },
      statusCode: {
        ...{ code: 156, severity: 'error', class: 'snapshot/VMware' },
        ...{ meaning: expect.any(String), cause: expect.any(String), check: expect.any(String) },
      },
      ...{ children: [], childrenLeftOut: 0 },
    });
  });

  it('holds a whole job of up to 16,384 characters, and a longer one without its unknown fields', () => {
    const entryOf = (more: string) => one({ more }).machine.job;
    const { length } = JSON.stringify(failure({ more: '' }).entry);
    expect(entryOf('x'.repeat(16_384 - length))).toHaveProperty('more');
    expect(Object.keys(entryOf('x'.repeat(16_385 - length)))).not.toContain('more');
  });

  it('has the job’s own id as its parent’s if NetBackup sent none', () => {
    expect(one({ parentJobId: undefined }).machine.job.parentJobId).toBe(148);
    expect(one({ parentJobId: null }).machine.job.parentJobId).toBe(148);
  });
});
