import { createExpectations } from '../../functions/registry/expectations.ts';
import { DAY, HOUR, MINUTE, type Scenario } from './scenario.ts';
import type { PrimaryServer, World } from './world.ts';

const WEEK = 7 * DAY;

/** Backs up these clients now, each with a job that succeeds. */
async function backUp(server: PrimaryServer, clients: readonly string[], policyName = 'nightly'): Promise<void> {
  await Promise.all(clients.map((clientName) => server.job({ clientName, policyName })));
}

/** Plays `count` nights, each followed by a day. */
async function nights({ pass }: World, count: number, night: (index: number) => Promise<void>): Promise<void> {
  for (let index = 0; index < count; index++) {
    await night(index);
    await pass(DAY, 6 * HOUR);
  }
}

const clientsOf = (count: number) => Array.from({ length: count }, (_, index) => `sql${index + 1}`);

/** Backups that become overdue, and backups that do not. */
export const BACKUP_SCENARIOS: readonly Scenario[] = [
  {
    name: 'missed-nights',
    title: 'After two weeks one of three clients is no longer backed up; three weeks later it is again',
    tells: ['BackupOverdue', 'BackupOverdue', 'BackupOverdue', 'BackupResumed'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      await nights(world, 14, () => backUp(demo, clientsOf(3)));
      say('somebody takes sql3 out of its policy by mistake');
      await nights(world, 20, () => backUp(demo, clientsOf(2)));
      say('sql3 is backed up again');
      await nights(world, 2, () => backUp(demo, clientsOf(3)));
    },
  },
  {
    name: 'stopped-scheduler',
    title: 'The scheduler of a primary server with thirty clients stops for three days; its connection stays up',
    tells: ['BackupOverdue', 'BackupResumed'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const clients = clientsOf(30);
      await nights(world, 8, () => backUp(demo, clients));
      say('the scheduler stops; no job runs, so none fails');
      await nights(world, 3, async () => {});
      say('the scheduler runs again');
      await backUp(demo, clients);
      await world.pass(6 * HOUR, HOUR);
    },
  },
  {
    name: 'weekly-and-monthly',
    title: 'Half a year of backups: every Saturday in four streams, and on the first of every month',
    tells: [],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      say('from now on: four streams a week, one full backup a month');
      for (let day = 0; day < 180; day++) {
        const date = new Date(world.now());
        if (date.getUTCDay() === 6)
          for (let stream = 0; stream < 4; stream++)
            await demo.job({ clientName: 'file1', policyName: 'weekly', scheduleType: 'ST_INCR' });
        if (date.getUTCDate() === 1) await demo.job({ clientName: 'file1', policyName: 'monthly' });
        await world.pass(DAY, DAY);
      }
    },
  },
  {
    name: 'weekdays-only',
    title: 'Eight weeks of backups from Monday to Friday, and none at weekends',
    tells: [],
    async play(world) {
      const demo = await world.primary('demo');
      await demo.connect();
      for (let day = 0; day < 56; day++) {
        const weekday = new Date(world.now()).getUTCDay();
        if (weekday !== 0 && weekday !== 6) await backUp(demo, clientsOf(1), 'office');
        await world.pass(DAY, 12 * HOUR);
      }
    },
  },
  {
    name: 'first-weeks',
    title: 'A client is backed up four times and then no more: too few occasions to expect another',
    tells: [],
    async play(world) {
      const demo = await world.primary('demo');
      await demo.connect();
      await nights(world, 4, () => backUp(demo, ['trial']));
      await world.pass(3 * WEEK, DAY);
    },
  },
  {
    name: 'retired-client',
    title: 'A client is taken out of service with nbwatch expect --retire',
    tells: [],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      await nights(world, 8, () => backUp(demo, ['old']));
      say('old is retired');
      const { client, registry } = world.database;
      await createExpectations(client, registry).retire({ primary: 'demo', client: 'OLD' }, world.now());
      await world.pass(2 * WEEK, DAY);
    },
  },
  {
    name: 'never-seen',
    title: 'A new client is declared with nbwatch expect --every 24h, but nobody puts it into a policy for three days',
    tells: ['BackupOverdue', 'BackupResumed'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      say('new1 is expected every 24 hours under nightly');
      const { client, registry } = world.database;
      const backups = { primary: 'demo', client: 'new1', policy: 'nightly' };
      await createExpectations(client, registry).declare(backups, DAY, world.now());
      await world.pass(3 * DAY, 2 * HOUR);
      say('its first backup ends');
      await backUp(demo, ['new1']);
      await world.pass(6 * HOUR, HOUR);
    },
  },
  {
    name: 'unheard-nights',
    title: 'The feed is lost for three nights: no backup of that time is overdue, and the time does not count',
    tells: ['FeedLost', 'FeedLost', 'FeedLost', 'FeedRestored'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      await nights(world, 8, () => backUp(demo, clientsOf(5)));
      say('the network of demo is cut; its backups go on');
      await demo.lose(false);
      await world.pass(2.75 * DAY, 3 * HOUR);
      say('the network is back; nbwatch hears of the next night');
      await demo.connect();
      await world.pass(0.25 * DAY, 30 * MINUTE);
      await nights(world, 3, () => backUp(demo, clientsOf(5)));
    },
  },
  {
    name: 'weekly-gaps',
    title: 'A weekly backup stops, and the feed is lost for an hour every week: the gaps reset nothing',
    tells: ['FeedLost', 'FeedRestored', 'BackupOverdue', 'FeedLost', 'FeedRestored', 'BackupResumed'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      for (let run = 0; run < 6; run++) {
        await backUp(demo, clientsOf(1), 'weekly');
        await world.pass(WEEK, 2 * DAY);
      }
      say('its schedule is changed by mistake; every week the network is down for an hour');
      for (let week = 0; week < 2; week++) {
        await world.pass(3 * DAY, 12 * HOUR);
        await demo.lose(true);
        await world.pass(HOUR, 30 * MINUTE);
        await demo.connect();
        await world.pass(4 * DAY - HOUR, 12 * HOUR);
      }
      say('the backup runs again');
      await backUp(demo, clientsOf(1), 'weekly');
      await world.pass(6 * HOUR, HOUR);
    },
  },
];
