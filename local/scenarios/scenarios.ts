import { FEED_SCENARIOS } from './feeds.ts';
import type { Scenario } from './scenario.ts';

/** Every scenario that `nbwatch simulate` plays. */
export const SCENARIOS: readonly Scenario[] = [...FEED_SCENARIOS];
