import { again } from './again.ts';
import { deletion } from './deletion.ts';
import { PRIMARY } from './estate.ts';
import { failure, recovery } from './failure.ts';
import type { Narrator } from './narrator.ts';
import type { StoryResult } from './next-steps.ts';
import { night } from './night.ts';
import { createScene, type Expectation, type Stage } from './scene.ts';

/** How the story went. */
export interface Played {
  /** Every expectation that was not met. */
  missed: readonly Expectation[];
  /** How many things were checked. */
  checked: number;
  /** What the story left to look at. */
  told: StoryResult;
}

/** Pause between two acts, for people who read along. */
const BETWEEN_ACTS_MS = 1_500;

/**
 * Plays the story through a real WebSocket on a stack that has received nothing yet: a connection, an ordinary night, a
 * failure, its recovery, and images that expire and vanish. Then it sends everything again over a new connection, and
 * nothing may change.
 */
export async function play(stage: Stage, narrator: Narrator): Promise<Played> {
  const { scene, missed, checked } = createScene(stage, narrator);
  narrator.act('A primary server connects');
  narrator.does(`Primary server ${PRIMARY} connects to ${stage.endpoint.url}`);
  narrator.does('CONNECT with its token ••••••••; nbwatch keeps only its SHA-256 hash');
  await scene.primary.start();
  narrator.held('CONNECT answered: valid');
  try {
    const next = () => narrator.pause(BETWEEN_ACTS_MS);
    await next();
    await night(scene);
    await next();
    const alert = await failure(scene);
    await next();
    await recovery(scene);
    await next();
    const image = await deletion(scene);
    await next();
    await again(scene);
    return { missed, checked: checked(), told: { image, alert } };
  } finally {
    await scene.primary.stop();
  }
}
