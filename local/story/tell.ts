import { styleText } from 'node:util';
import { registerDemoEndpoint } from '../demo-endpoint.ts';
import { startDynamoDbLocal } from '../dynamodb/dynamodb-local.ts';
import { isAlert } from '../is-alert.ts';
import type { Published } from '../proxy/sns-rules.ts';
import { type Run, startRun } from '../run.ts';
import type { Assembly } from '../stack/synthesize.ts';
import type { Step } from '../steps.ts';
import { createNarrator } from './narrator.ts';
import { play } from './play.ts';

/**
 * Plays the story in a database of its own, in memory, so that it goes the same way every time. Returns how many expectations did
 * not hold, after naming them.
 */
export async function tellStory(assembly: Assembly, step: Step, print: (line: string) => void): Promise<number> {
  const dynamodb = await step('DynamoDB Local up, in memory', () => startDynamoDbLocal());
  const published: Published[] = [];
  const chat: Published[] = [];
  const troubles: string[] = [];
  let run: Run | undefined;
  try {
    run = await step('gateway, functions, streams and topics up', () =>
      startRun({
        assembly,
        dynamodb: { url: dynamodb.url, accessKeyId: 'story' },
        on: {
          published: (message) => (isAlert(message) ? published : chat).push(message),
          invoked: (functionId, failure) => failure && troubles.push(`${functionId} failed: ${failure}`),
          denied: (call, why) => troubles.push(`${call.role} was denied ${call.action} on ${call.resource} ${why}`),
        },
      }),
    );
    const endpoint = await registerDemoEndpoint(run);
    const missed = await play({ run, endpoint, published, chat }, createNarrator(print));
    const failed = [
      ...missed.map(({ what, expected, actual }) => `${what}: expected ${expected}, got ${actual}`),
      ...troubles,
    ];
    print('');
    for (const failure of failed) print(styleText('red', `✗ ${failure}`));
    print(
      failed.length === 0
        ? `${styleText('green', '✓')} Everything held: nothing changed by the repetition, and the failed job raised one alert.`
        : 'The story did not go as it must. Please report it with the lines above.',
    );
    return failed.length;
  } finally {
    await run?.stop();
    await dynamodb.stop();
  }
}
