import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readSettings, SETTINGS, SettingError, type SettingName } from '../../lib/settings.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';

const given = (name: string, value: unknown) => readSettings({ [`nbwatch:${name}`]: value });

const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:alerts';
const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:incidents';

const STREAM = 'arn:aws:dynamodb:eu-central-1:123456789012:table/Ledger-1.a_b/stream/2026-11-27T15:18:17.123';

/** What is accepted, as given and as read: everything is text on the command line, but not always in cdk.json. */
const ACCEPTED: Record<SettingName, readonly [given: unknown, read: unknown][]> = {
  emails: [
    ['a@example.com', ['a@example.com']],
    [' a@example.com , b@example.org,', ['a@example.com', 'b@example.org']],
    ['', []],
    [
      ['a@example.com', 'b@example.org'],
      ['a@example.com', 'b@example.org'],
    ],
    [[], []],
  ],
  subscriptions: [
    ['', []],
    [' [] ', []],
    [
      [{ protocol: 'email', endpoint: 'a@example.com', clients: ['SQL01', 'sql01'] }],
      [{ protocol: 'email', endpoint: 'a@example.com', minSeverity: 'error', summary: true, clients: ['sql01'] }],
    ],
    [
      '[{"protocol":"https","endpoint":"https://example.com/x?k=v","primaries":["demo"]}]',
      [
        {
          protocol: 'https',
          endpoint: 'https://example.com/x?k=v',
          minSeverity: 'information',
          summary: false,
          primaries: ['demo'],
        },
      ],
    ],
    [
      [{ protocol: 'sqs', endpoint: QUEUE, minSeverity: 'critical', summary: true, policies: ['Nightly'] }],
      [{ protocol: 'sqs', endpoint: QUEUE, minSeverity: 'critical', summary: true, policies: ['nightly'] }],
    ],
    ...[FUNCTION, `${FUNCTION}:live`, `${FUNCTION}:$LATEST`].map((endpoint): [unknown, unknown] => [
      [{ protocol: 'lambda', endpoint }],
      [{ protocol: 'lambda', endpoint, minSeverity: 'information', summary: false }],
    ]),
  ],
  zone: [
    ['Europe/Berlin', 'Europe/Berlin'],
    ['UTC', 'UTC'],
  ],
  severities: [
    ['', []],
    ['[{"status":"1,41,150-160","severity":"warning"}]', [{ status: '1,41,150-160', severity: 'warning' }]],
    [
      [{ jobType: 'RESTORE', policy: 'p', client: 'c', severity: 'critical' }],
      [{ jobType: 'RESTORE', policy: 'p', client: 'c', severity: 'critical' }],
    ],
  ],
  alertSingles: [
    ['0', 0],
    [60, 60],
  ],
  alertsPerHour: [
    ['1', 1],
    [60, 60],
  ],
  reportHour: [
    ['off', 'off'],
    ['0', 0],
    [23, 23],
  ],
  reportDays: [
    ['forever', 'forever'],
    ['30', 30],
  ],
  summaryHour: [
    ['0', 0],
    [23, 23],
    ['off', 'off'],
  ],
  feedLostMinutes: [
    ['5', 5],
    [1_440, 1_440],
  ],
  overdueRuns: [
    ['2', 2],
    [100, 100],
  ],
  overdueGaps: [
    [1, 1],
    ['20', 20],
  ],
  overdueHours: [
    ['1', 1],
    [8_784, 8_784],
  ],
  deletedImages: [
    ['0', 0],
    [100_000, 100_000],
  ],
  deletedAgePercent: [
    ['1', 1],
    [100, 100],
  ],
  chatMinSeverity: [
    ['information', 'information'],
    ['critical', 'critical'],
  ],
  // Both or neither: tests below read them together.
  slackWorkspaceId: [['', '']],
  slackChannelId: [['', '']],
  domainName: [['', '']],
  certificateArn: [['', '']],
  adoptLedger: [
    ['', ''],
    [STREAM, STREAM],
  ],
  adoptRecords: [
    ['', ''],
    [STREAM.replace('aws:', 'aws-us-gov:'), STREAM.replace('aws:', 'aws-us-gov:')],
  ],
  adoptRegistry: [
    ['', ''],
    ['Nbwatch-StoresRegistry1A2B', 'Nbwatch-StoresRegistry1A2B'],
  ],
  operationsEmails: [
    ['a@example.com', ['a@example.com']],
    ['', []],
  ],
  allowedCidrs: [
    ['192.0.2.0/24, 2001:db8::/32', ['192.0.2.0/24', '2001:db8::/32']],
    [['192.0.2.1/32'], ['192.0.2.1/32']],
    ['', []],
  ],
  acknowledgementPayload: [
    ['array', 'array'],
    ['object', 'object'],
    ['none', 'none'],
  ],
  requestsPerSecond: [
    ['10', 10],
    [2_500, 2_500],
  ],
  deadlineMs: [
    ['500', 500],
    [500, 500],
    ['1900', 1_900],
    [1_900, 1_900],
  ],
  jobDays: [
    ['1', 1],
    [36_500, 36_500],
    ['forever', 'forever'],
  ],
  imageFactDays: [
    ['365', 365],
    [1, 1],
    ['forever', 'forever'],
  ],
  imageRecordDays: [
    ['36500', 36_500],
    [30, 30],
    ['forever', 'forever'],
  ],
  logDays: [
    ['1', 1],
    [90, 90],
    ['3653', 3_653],
  ],
  canary: [
    ['true', true],
    ['false', false],
    [true, true],
    [false, false],
  ],
  archive: [
    ['governance', 'governance'],
    ['compliance', 'compliance'],
    ['off', 'off'],
  ],
  archiveDays: [
    ['1', 1],
    [36_500, 36_500],
  ],
  keepData: [
    ['true', true],
    ['false', false],
    [true, true],
    [false, false],
  ],
};

const REFUSED: Record<SettingName, readonly unknown[]> = {
  emails: ['nobody', ['a@example.com', 'nobody'], 'a@example.com;b@example.com', [1], 1, true, null],
  subscriptions: [
    'nobody',
    '{}',
    'null',
    [1],
    [{ protocol: 'sms', endpoint: '+15550100' }],
    [{ protocol: 'lambda', endpoint: 'incidents' }],
    [{ protocol: 'lambda', endpoint: QUEUE }],
    [{ protocol: 'lambda', endpoint: `${FUNCTION}:live:1` }],
    [{ protocol: 'email', endpoint: 'nobody' }],
    [{ protocol: 'https', endpoint: 'http://example.com' }],
    [{ protocol: 'https', endpoint: 'https://' }],
    [{ protocol: 'sqs', endpoint: 'https://sqs.eu-central-1.amazonaws.com/123456789012/alerts' }],
    [{ protocol: 'sqs', endpoint: `${QUEUE}.fifo` }],
    [{ protocol: 'sqs', endpoint: QUEUE, minSeverity: 'summary' }],
    [{ protocol: 'sqs', endpoint: QUEUE, clients: [] }],
    [{ protocol: 'sqs', endpoint: QUEUE, clients: [''] }],
    [{ protocol: 'sqs', endpoint: QUEUE, policies: ['a"b'] }],
    [{ protocol: 'sqs', endpoint: QUEUE, kind: 'JobFailed' }],
    [{ endpoint: 'a@example.com' }],
    null,
  ],
  zone: ['', 'Berlin', 'CET+1', 1, null],
  severities: [
    'warning',
    '{"status":"1"}',
    [{ status: '1' }],
    [{ status: 1, severity: 'warning' }],
    [{ status: '1-', severity: 'warning' }],
    [{ severity: 'summary' }],
    [{ statuses: '1', severity: 'warning' }],
    null,
  ],
  alertSingles: ['-1', 61, 1.5, '', null],
  alertsPerHour: [0, '61', 'all', null],
  reportHour: [24, '-1', '8:00', 'never', '', null],
  reportDays: [0, '1.5', 'never', '', null],
  summaryHour: [24, '-1', '8:00', 'never', '', null],
  feedLostMinutes: [4, '1441', 1.5, 'off', '', null],
  overdueRuns: [1, '101', 2.5, 'off', '', null],
  overdueGaps: [0, '21', 1.5, 'off', '', null],
  overdueHours: ['0', 8_785, 1.5, '26h', '', null],
  deletedImages: [-1, '100001', 1.5, 'off', '', null],
  deletedAgePercent: [0, '101', 1.5, '50%', '', null],
  chatMinSeverity: ['summary', 'Error', '', null],
  slackWorkspaceId: ['T0 1', 't0123', 1, null],
  slackChannelId: ['#backup', 1, null],
  domainName: [
    'example',
    'Netbackup.example.com',
    'https://a.example.com',
    '*.example.com',
    '-a.example.com',
    '192.0.2.1',
    1,
  ],
  certificateArn: ['7e2f', 'arn:aws:iam::123456789012:server-certificate/a', null],
  adoptLedger: ['Ledger', STREAM.replace(/.stream.*/, ''), `${STREAM}/x`, 1, null],
  adoptRecords: ['Records', QUEUE, null],
  adoptRegistry: [STREAM, 'ab', 'a b', 1, null],
  operationsEmails: ['nobody', null],
  allowedCidrs: ['192.0.2.0', '192.0.2.0/33', '2001:db8::/129', '300.0.0.0/8', '192.0.2.0/24/8', ['x'], 1, null],
  acknowledgementPayload: ['', 'Array', '[]', [], null],
  requestsPerSecond: ['9', 9, '2501', 2_501, '100.5', 100.5, '1e3', '-600', ' 600', '', Number.NaN, true, null],
  deadlineMs: ['499', 499, '1901', 1_901, '1000.5', 1000.5, '1e3', '-600', ' 600', '', Number.NaN, true, null],
  jobDays: ['0', 0, '36501', 36_501, 'never', 'Forever', -1, 1.5, '', null],
  imageFactDays: ['0', 36_501, 'ever', [], null],
  imageRecordDays: [0, '36501', '7 years', {}, null],
  logDays: ['2', 2, 0, 3_654, 'forever', null],
  canary: ['yes', 'off', '', 0, 1, null],
  archive: ['on', 'GOVERNANCE', '', true, null],
  archiveDays: [0, '36501', 'forever', 1.5, '', null],
  keepData: ['yes', 'True', '', 0, 1, null],
};

describe('readSettings', () => {
  it('gives every setting its default when the context has none of them, and ignores other context', () => {
    expect(readSettings({ '@aws-cdk/core:checkSecretUsage': true, nbwatch: 'x', emails: 'nobody' })).toEqual({
      emails: [],
      subscriptions: [],
      zone: 'UTC',
      severities: [],
      alertSingles: 5,
      alertsPerHour: 12,
      summaryHour: 8,
      reportHour: 'off',
      reportDays: 400,
      feedLostMinutes: 15,
      overdueRuns: 5,
      overdueGaps: 2,
      overdueHours: 26,
      deletedImages: 20,
      deletedAgePercent: 50,
      chatMinSeverity: 'error',
      slackWorkspaceId: '',
      slackChannelId: '',
      domainName: '',
      certificateArn: '',
      adoptLedger: '',
      adoptRecords: '',
      adoptRegistry: '',
      operationsEmails: [],
      allowedCidrs: [],
      acknowledgementPayload: 'array',
      requestsPerSecond: 500,
      deadlineMs: 1_500,
      jobDays: 400,
      imageFactDays: 'forever',
      imageRecordDays: 2_557,
      logDays: 90,
      canary: true,
      archive: 'governance',
      archiveDays: 400,
      keepData: true,
    });
  });

  for (const [name, examples] of Object.entries(ACCEPTED)) {
    it.each(examples)(`reads ${name} from %j as %j`, (value, read) => {
      expect(given(name, value)).toMatchObject({ [name]: read });
    });
  }

  for (const [name, values] of Object.entries(REFUSED)) {
    it.each(values.map((value) => [value]))(`refuses ${name} %j, saying what it got and what it takes`, (value) => {
      const { takes } = SETTINGS[name as SettingName];
      expect(() => given(name, value)).toThrow(SettingError);
      expect(() => given(name, value)).toThrow(`nbwatch:${name} is ${JSON.stringify(value)}; it takes ${takes}`);
    });
  }

  it.each(['email', 'Emails', 'toString', '__proto__', ''])(
    'refuses the unknown setting %j, naming the settings that exist',
    (name) => {
      const read = () => given(name, 'x');
      expect(read).toThrow(`nbwatch:${name} is no setting; there are nbwatch:emails, nbwatch:`);
    },
  );

  it('takes a host name with its certificate, and neither without the other', () => {
    const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/7e2f-11';
    const domainName = 'netbackup.example.com';
    const both = { 'nbwatch:domainName': domainName, 'nbwatch:certificateArn': certificateArn };
    expect(readSettings(both)).toMatchObject({ domainName, certificateArn });
    const together = 'nbwatch:domainName and nbwatch:certificateArn belong together: set both or neither;';
    expect(() => given('domainName', domainName)).toThrow(`${together} nbwatch:certificateArn is not set`);
    expect(() => given('certificateArn', certificateArn)).toThrow(`${together} nbwatch:domainName is not set`);
  });

  it('refuses adopted tables that are the same table or in different Regions', () => {
    const adopt =
      (adoptLedger: string, adoptRecords: string, adoptRegistry = 'Registry') =>
      () =>
        readSettings({
          'nbwatch:adoptLedger': adoptLedger,
          'nbwatch:adoptRecords': adoptRecords,
          'nbwatch:adoptRegistry': adoptRegistry,
        });
    const records = STREAM.replace('Ledger-', 'Records-');
    expect(adopt(STREAM, records)()).toMatchObject({ adoptLedger: STREAM, adoptRecords: records });
    expect(adopt(STREAM, STREAM)).toThrow('Ledger-1.a_b is named twice');
    expect(adopt(STREAM, records, 'Records-1.a_b')).toThrow('Records-1.a_b is named twice');
    expect(adopt(STREAM, records.replace('eu-central-1', 'eu-west-1'))).toThrow(
      'nbwatch:adoptLedger is of eu-central-1:123456789012 and nbwatch:adoptRecords of eu-west-1:123456789012',
    );
  });

  it('takes a Slack channel with its workspace, and neither without the other', () => {
    const both = { 'nbwatch:slackWorkspaceId': 'T0123456789', 'nbwatch:slackChannelId': 'C0123456789' };
    expect(readSettings(both)).toMatchObject({ slackWorkspaceId: 'T0123456789', slackChannelId: 'C0123456789' });
    for (const [alone, missing] of [
      ['slackWorkspaceId', 'slackChannelId'],
      ['slackChannelId', 'slackWorkspaceId'],
    ] as const) {
      expect(() => given(alone, 'T0123456789')).toThrow(
        `nbwatch:slackWorkspaceId and nbwatch:slackChannelId belong together: set both or neither; nbwatch:${missing} is not set`,
      );
    }
  });

  it('refuses keepData=false with archive=compliance, a trial that nobody could remove', () => {
    const trial = { 'nbwatch:archive': 'compliance', 'nbwatch:keepData': 'false' };
    expect(() => readSettings(trial)).toThrow(
      'nbwatch:archive=compliance and nbwatch:keepData=false contradict each other',
    );
    expect(readSettings({ ...trial, 'nbwatch:archive': 'governance' })).toMatchObject({ keepData: false });
  });

  it('names every fault in one error, and then the places for settings', () => {
    const context = {
      'nbwatch:logDays': 2,
      'nbwatch:jobDay': 1,
      'nbwatch:keepData': 'maybe',
      'nbwatch:deadlineMs': 600,
    };
    const message = expect.stringMatching(
      /^nbwatch:jobDay is no setting.*\nnbwatch:logDays is 2;.*\nnbwatch:keepData is "maybe";.*\nSettings stand in cdk\.json/,
    );
    expect(() => readSettings(context)).toThrow(expect.objectContaining({ message }));
  });
});

it('a synth with wrong settings exits with 1, names each on stderr without a stack trace, and writes no template', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-settings-'));
  const context = { 'nbwatch:emails': 'nobody', 'nbwatch:retention': '1' };
  const env = { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) };
  try {
    const run = promisify(execFile)(process.execPath, ['bin/app.ts'], { cwd: PROJECT, env });
    const failure = await run.then(
      () => new Error('the synth succeeded'),
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ code: 1, stdout: '' });
    const { stderr } = failure as { stderr: string };
    expect(stderr.split('\n')).toEqual([
      expect.stringMatching(/^nbwatch:retention is no setting; there are /),
      'nbwatch:emails is "nobody"; it takes email addresses, as a list or separated by commas',
      'Settings stand in cdk.json under "context", or follow -c.',
      '',
    ]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
