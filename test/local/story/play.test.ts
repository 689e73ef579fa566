import stringWidth from 'string-width';
import { expect, it } from 'vitest';
import { createNarrator } from '../../../local/story/narrator.ts';
import { whileServing } from '../../../local/story/next-steps.ts';
import { play } from '../../../local/story/play.ts';
import { startNbwatch } from '../../cli/nbwatch.ts';

it('the story passes its checks in 80 columns, and the commands that it suggests next show what it left', async () => {
  const { run, endpoint, published, chat, troubles, nbwatch } = await startNbwatch();
  const lines: string[] = [];
  const { missed, told } = await play(
    { run, endpoint, published, chat },
    createNarrator((line) => lines.push(line), false),
  );
  expect(missed).toEqual([]);
  expect(troubles).toEqual([]);
  const next = whileServing('.nbwatch/demo.endpoint.json', told);
  expect([...lines, ...next].filter((line) => stringWidth(line) > 80)).toEqual([]);
  const text = lines.join('\n');
  expect(text).toMatch(/ 21 notifications, each stored, then acknowledged: \d+ ms/);
  for (const subject of ['ERROR sql01: BACKUP', 'OK again sql01: BACKUP', 'CRITICAL nothing left to restore of fs01'])
    expect(text).toContain(`✉ ${subject}`);
  for (const shown of [
    '│   1. Run bptestbpcd',
    'a card with the same 3',
    'JSON: kind JobFailed, severity error, status 58',
  ])
    expect(text).toContain(shown);
  expect(text).not.toContain(endpoint.token);
  expect(text).not.toContain('✗ jobs');

  const commands = next.flatMap(
    (line) => /^ {2}npx nbwatch ((?:status|jobs|image|alerts)\b.*?)(?: {2}|$)/.exec(line)?.[1] ?? [],
  );
  const answers = await Promise.all(commands.map((command) => nbwatch(...command.split(' '))));
  expect(commands.map((command, index) => [command.split(' ')[0], answers[index]?.code, answers[index]?.err])).toEqual([
    ['status', 4, ''],
    ['jobs', 0, ''],
    ['image', 0, ''],
    ['alerts', 0, ''],
  ]);
  expect(answers.map(({ out }) => out)).toEqual([
    expect.stringContaining('images of a primary server vanished'),
    expect.stringMatching(/ 2111 .* 58 .* sql01 /),
    expect.stringMatching(/fs01_\d+ on demo: DELETED/),
    expect.stringContaining('BACKUP 2111 of client sql01 failed with status 58.'),
  ]);
});
