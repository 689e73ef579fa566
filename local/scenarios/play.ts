import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { log } from '../../functions/runtime/log.ts';
import { startDynamoDbLocal } from '../dynamodb/dynamodb-local.ts';
import { synthesize } from '../stack/synthesize.ts';
import { BEGIN, type Scenario } from './scenario.ts';
import { createWorld, type PublishedMessage } from './world.ts';

/** Shows a scenario to a person. Times are ms since the scenario began. */
export interface Spectator {
  /** Called for what goes on before the scenario begins. */
  progress(text: string): void;
  happens(at: number, what: string): void;
  told(message: PublishedMessage): void;
}

/** The scenarios need only the functions' environment, not their bundles. */
const NO_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

/** Plays a scenario on a database of its own. Returns the messages to the alerts topic: people get those by mail. */
export async function playScenario(scenario: Scenario, spectator: Spectator): Promise<PublishedMessage[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nbwatch-scenario-'));
  try {
    spectator.progress('Reading the settings of the stack, starting DynamoDB Local');
    const [dynamodb, assembly] = await Promise.all([startDynamoDbLocal(), synthesize(folder, NO_BUNDLES)]);
    // The functions' logs are meant for CloudWatch.
    log.setLogLevel('SILENT');
    const mailed: PublishedMessage[] = [];
    const world = await createWorld(assembly, { url: dynamodb.url, accessKeyId: 'scenario' }, BEGIN, (message) => {
      if (message.topic !== 'alerts') return;
      const told = { ...message, at: message.at - BEGIN };
      mailed.push(told);
      spectator.told(told);
    });
    try {
      await scenario.play(world, (what) => spectator.happens(world.now() - BEGIN, what));
      return mailed;
    } finally {
      world.end();
      await dynamodb.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
