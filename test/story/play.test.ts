import { expect, it } from 'vitest';
import { createNarrator } from '../../local/story/narrator.ts';
import { play } from '../../local/story/play.ts';
import { startTestRun } from '../support/test-run.ts';

it('the story holds, and shows each message, its acknowledgement and the alert in every form', async () => {
  const { run, endpoint, published, chat, troubles } = await startTestRun();
  const told: string[] = [];
  const failed = await play(
    { run, endpoint, published, chat },
    createNarrator((line) => told.push(line)),
  );
  expect(failed).toEqual([]);
  expect(troubles).toEqual([]);
  const text = told.join('\n');
  expect(text.match(/stored, then acknowledged after \d+ ms/g)).toHaveLength(6);
  expect(text).toContain('the email');
  expect(text).toContain('"textType": "client-markdown"');
  expect(text).toContain('"kind": "JobFailed"');
  expect(text).not.toContain(endpoint.token);
});

it('an expectation that does not hold is named with what was expected and what is there', async () => {
  const { run, endpoint } = await startTestRun();
  const told: string[] = [];
  // A story that hears of no alert: as if the publisher were broken.
  const failed = await play(
    { run, endpoint, published: [], chat: [] },
    createNarrator((line) => told.push(line)),
  );
  expect(failed).toEqual([
    { what: 'alerts', expected: 1, actual: 0 },
    { what: 'alerts', expected: 1, actual: 0 },
  ]);
  expect(told.join('\n')).toContain('alerts: 0 (expected 1)');
});
