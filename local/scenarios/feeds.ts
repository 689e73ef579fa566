import { DAY, HOUR, MINUTE, type Scenario } from './scenario.ts';

/** API Gateway ends a connection that is silent for ten minutes. NetBackup opens the next one a minute later. */
const IDLE_CUT = 10 * MINUTE;
const RECONNECT = MINUTE;

/** Primary servers that stay connected, lose their connection, or never connect. */
export const FEED_SCENARIOS: readonly Scenario[] = [
  {
    name: 'idle-cuts',
    title: 'For a day the gateway cuts a silent connection every ten minutes, and reports only every second cut',
    tells: [],
    async play({ primary, pass }, say) {
      const demo = await primary('demo');
      say('demo connects. It has nothing to say for a day, and sends no pings');
      for (let time = 0, cuts = 0; time < DAY; time += IDLE_CUT + RECONNECT, cuts++) {
        await demo.connect();
        await demo.lose(cuts % 2 === 0);
        // The watch runs just before the next connection, when the last sign of life is oldest.
        await pass(IDLE_CUT + RECONNECT, IDLE_CUT + RECONNECT);
      }
    },
  },
  {
    name: 'two-hour-cuts',
    title:
      'For two days a primary server only pings; the gateway cuts it every two hours, and reports only every second cut',
    tells: [],
    async play({ primary, pass }, say) {
      const demo = await primary('demo');
      say('demo connects. For two days it sends only pings, which no function sees');
      await demo.connect();
      await pass(2 * DAY, 30 * MINUTE);
    },
  },
  {
    name: 'dead-primary',
    title: 'A primary server dies without a word, and comes back after two and a half days',
    tells: ['FeedLost', 'FeedLost', 'FeedLost', 'FeedRestored'],
    async play({ primary, pass }, say) {
      const [demo, other] = [await primary('demo'), await primary('other')];
      await demo.connect();
      await other.connect();
      await pass(HOUR, 10 * MINUTE);
      say('the server room of demo loses power; its connection ends without a word');
      await demo.lose(false);
      await pass(30 * MINUTE, MINUTE);
      await pass(60 * HOUR, HOUR);
      say('demo is back');
      await demo.connect();
      await pass(10 * MINUTE, MINUTE);
    },
  },
  {
    name: 'region-outage',
    title: 'Thirty primary servers lose the network to AWS for an hour, all at once',
    tells: ['FeedLost', 'FeedRestored'],
    async play({ primary, pass }, say) {
      const servers = await Promise.all(Array.from({ length: 30 }, (_, index) => primary(`domain-${index + 1}`)));
      for (const server of servers) await server.connect();
      await pass(10 * MINUTE, 5 * MINUTE);
      say('the network fails for all of them');
      for (const server of servers) await server.lose(false);
      await pass(HOUR, 5 * MINUTE);
      say('the network is back');
      for (const server of servers) await server.connect();
      await pass(10 * MINUTE, 5 * MINUTE);
    },
  },
  {
    name: 'never-connected',
    title: 'An endpoint that no primary server ever used, and one that was revoked',
    tells: [],
    async play({ primary, pass }, say) {
      await primary('planned');
      const gone = await primary('gone');
      await gone.connect();
      await gone.lose(true);
      say('planned was never set up; gone is revoked');
      await gone.revoke();
      await pass(2 * DAY, 3 * HOUR);
    },
  },
];
