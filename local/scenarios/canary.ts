import { HOUR, type Scenario } from './scenario.ts';

/** The probe that nbwatch runs on itself. */
export const CANARY_SCENARIOS: readonly Scenario[] = [
  {
    name: 'canary',
    title: 'For a day the probe reports a failed and a healed job each hour, then the probe is turned off',
    tells: [],
    async play({ primary, canary, pass, told }, say) {
      const demo = await primary('demo');
      await demo.connect();
      say('each hour: a job of the canary fails, and its next run succeeds');
      for (let hour = 0; hour < 24; hour++) {
        await canary();
        await pass(HOUR, HOUR);
      }
      say(
        `the queue of the probe got ${told.filter(({ topic }) => topic === 'probe').length} messages; people got none`,
      );
      say('the probe is turned off; nobody waits for its backups');
      await pass(96 * HOUR, 6 * HOUR);
    },
  },
];
