import { BACKUP_SCENARIOS } from './backups.ts';
import { CANARY_SCENARIOS } from './canary.ts';
import { FEED_SCENARIOS } from './feeds.ts';
import { IMAGE_SCENARIOS } from './images.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario that `nbwatch simulate` plays. */
export const SCENARIOS: readonly Scenario[] = [
  ...FEED_SCENARIOS,
  ...BACKUP_SCENARIOS,
  ...IMAGE_SCENARIOS,
  ...CANARY_SCENARIOS,
];
