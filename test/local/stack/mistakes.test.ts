import { describe, expect, it } from 'vitest';
import type { Template } from '../../../local/template/template.ts';
import { changedAssembly, removeActions, setVariable } from '../../support/changed-assembly.ts';
import { readExample } from '../../support/examples.ts';
import { startTestRun, type TestRun } from '../../support/test-run.ts';

/*
 * Mistakes in the stack that AWS would show only after a deployment. Each has to show on a laptop.
 */

/** A stack with a mistake, to which a connected primary has sent a failed job. Nothing waits for the acknowledgement. */
async function afterFailedJob(mistake: (template: Template) => void): Promise<TestRun> {
  const test = await startTestRun({ assembly: changedAssembly(mistake) });
  const primary = test.primary();
  await primary.start();
  void primary.notify(readExample('08-job-failed.json').payload).catch(() => {});
  return test;
}

const answers = ({ frames }: TestRun) =>
  frames.filter(({ direction }) => direction === 'out').map(({ data }) => JSON.parse(data).type);

describe('ingest stays silent, and its log says so, when', () => {
  it.each([
    [
      'it may not put into the ledger',
      (template: Template) => removeActions(template, 'Ingest', 'dynamodb:PutItem', 'StoresLedger'),
      /^IngestRole\w+: denied dynamodb:PutItem on .*table\/StoresLedger/,
    ],
    [
      'its ledger is another table',
      (template: Template) => setVariable(template, 'Ingest', 'LEDGER_TABLE', 'Elsewhere'),
      /^IngestRole\w+: denied dynamodb:PutItem on .*table\/Elsewhere/,
    ],
  ])('%s', async (_, mistake, trouble) => {
    const test = await afterFailedJob(mistake);
    await expect.poll(() => test.logs.filter((line) => line.includes('silent'))).not.toEqual([]);
    // On a busy machine the first try may be too late to get that far; the primary server sends again.
    await expect.poll(() => test.troubles).toContainEqual(expect.stringMatching(trouble));
    expect(answers(test)).toEqual(['CONNECT']);
    expect(await test.items('LedgerTable')).toEqual([]);
  });

  it('its callback URL is another API’s', async () => {
    const test = await startTestRun({
      assembly: changedAssembly((template) =>
        setVariable(
          template,
          'Ingest',
          'AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI',
          'https://elsewhere.execute-api.us-east-1.amazonaws.com/nbwss',
        ),
      ),
    });
    void test
      .primary()
      .start()
      .catch(() => {});
    await expect.poll(() => test.logs.filter((line) => line.includes('silent'))).not.toEqual([]);
    expect(answers(test)).toEqual([]);
  });
});

it('a function whose environment lacks a value names the variable in its log', async () => {
  const mistake = (template: Template) => setVariable(template, 'Ingest', 'LEDGER_TABLE', '');
  const test = await startTestRun({ assembly: changedAssembly(mistake) });
  void test
    .primary()
    .start()
    .catch(() => {});
  await expect.poll(() => test.logs.filter((line) => line.includes('LEDGER_TABLE'))).not.toEqual([]);
});

describe('a fact is stored and acknowledged, and a denied call shows the mistake behind the stream, when', () => {
  it.each([
    [
      'the projection’s ledger is another table',
      (template: Template) => setVariable(template, 'Projection', 'LEDGER_TABLE', 'Elsewhere'),
      /^ProjectionRole\w+: denied dynamodb:Query on .*table\/Elsewhere/,
    ],
    [
      'the projection may not write records',
      (template: Template) => removeActions(template, 'Projection', 'dynamodb:PutItem'),
      /^ProjectionRole\w+: denied dynamodb:PutItem on .*table\/StoresRecords/,
    ],
    [
      'the publisher may not publish',
      (template: Template) => removeActions(template, 'Publisher', 'sns:Publish'),
      /^PublisherRole\w+: denied sns:Publish on .*AlertsTopic/,
    ],
    [
      'the publisher’s topic is another one',
      (template: Template) =>
        setVariable(template, 'Publisher', 'ALERTS_TOPIC_ARN', 'arn:aws:sns:us-east-1:000000000000:Elsewhere'),
      /^PublisherRole\w+: denied sns:Publish on .*:Elsewhere/,
    ],
  ])('%s', async (_, mistake, trouble) => {
    const test = await afterFailedJob(mistake);
    await expect.poll(() => test.troubles).toContainEqual(expect.stringMatching(trouble));
    expect(answers(test)).toEqual(['CONNECT', 'NOTIFICATION']);
    expect(await test.items('LedgerTable')).toHaveLength(1);
    expect(test.published).toEqual([]);
  });
});
