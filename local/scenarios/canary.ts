import { HOUR, type Scenario } from './scenario.ts';

/** The probe that nbwatch runs on itself. */
export const CANARY_SCENARIOS: readonly Scenario[] = [
  {
    name: 'canary',
    title: 'For a day the probe reports a failed and a recovered job every hour, then the probe is turned off',
    tells: [],
    async play({ primary, canary, pass, told }, say) {
      const demo = await primary('demo');
      await demo.connect();
      say('every hour a job of the canary fails, and its next run succeeds');
      for (let hour = 0; hour < 24; hour++) {
        await canary();
        await pass(HOUR, HOUR);
      }
      say(`the probe's queue got ${told.filter(({ topic }) => topic === 'probe').length} messages; people got none`);
      say('the probe is turned off; nbwatch does not expect its backups any more');
      await pass(96 * HOUR, 6 * HOUR);
    },
  },
];
