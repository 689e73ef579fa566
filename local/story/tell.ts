import { styleText } from 'node:util';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { EndpointFile } from '../../client/endpoint-file.ts';
import type { Listener } from '../listener.ts';
import type { Run } from '../run.ts';
import { createNarrator } from './narrator.ts';
import type { StoryResult } from './next-steps.ts';
import { play } from './play.ts';

/** Whether a run has received nothing yet: the story needs empty tables. */
export async function hasReceivedNothing({ dynamodb, deployment }: Run): Promise<boolean> {
  const { Count } = await dynamodb.send(new ScanCommand({ TableName: deployment.outputs.LedgerTable, Limit: 1 }));
  return Count === 0;
}

/** Plays the story in a run. Returns what it left to look at, or undefined after naming every check that failed. */
export async function tellStory(
  run: Run,
  endpoint: EndpointFile,
  { published, chat, troubles }: Listener,
  print: (line: string) => void,
  live: boolean,
): Promise<StoryResult | undefined> {
  const narrator = createNarrator(print, live);
  const { missed, checked, told } = await play({ run, endpoint, published, chat }, narrator);
  print('');
  for (const { what, expected, actual } of missed)
    print(styleText('red', `✗ ${what}: expected ${expected}, got ${actual}`));
  for (const trouble of troubles) print(styleText('red', `✗ ${trouble}`));
  if (missed.length + troubles.length > 0) {
    print('The story did not go as expected. Please report it with the lines above.');
    return undefined;
  }
  print(`${styleText('green', '✓')} All ${checked} checks passed.`);
  return told;
}
