import { createDeletions } from '../../functions/registry/deletions.ts';
import { createExpectations } from '../../functions/registry/expectations.ts';
import { DAY, HOUR, MINUTE, type Scenario } from './scenario.ts';
import type { PrimaryServer, World } from './world.ts';

interface Image {
  clientName: string;
  /** Epoch seconds. */
  backupTime: number;
}

const seconds = (ms: number) => Math.floor(ms / 1000);

/** Reports that something happened to images just now. */
async function report({ now }: World, server: PrimaryServer, operationId: string, images: readonly Image[]) {
  const createdTime = seconds(now());
  // A message holds at most 900 entries, so many images come in several messages.
  for (let begin = 0; begin < images.length; begin += 500) {
    const entries = images.slice(begin, begin + 500).map(({ clientName, backupTime }) => {
      const backupId = `${clientName}_${backupTime}`;
      return { backupId, operationId, createdTime, backupTime, clientName, clientType: 'STANDARD' };
    });
    await server.images(...entries);
  }
}

/**
 * Backs up every client every day, and deletes images older than `keptDays`. Returns the images that are left, oldest
 * first.
 */
async function days(
  world: World,
  server: PrimaryServer,
  { clients, count, keptDays }: { clients: number; count: number; keptDays: number },
): Promise<Image[]> {
  let there: Image[] = [];
  for (let day = 0; day < count; day++) {
    const backupTime = seconds(world.now());
    const made = Array.from({ length: clients }, (_, index) => ({ clientName: `file${index + 1}`, backupTime }));
    await report(world, server, 'CREATE', made);
    const isOver = (image: Image) => image.backupTime < backupTime - keptDays * 86_400;
    await report(world, server, 'DELETE', there.filter(isOver));
    there = [...there.filter((image) => !isOver(image)), ...made];
    await world.pass(DAY, DAY);
  }
  return there;
}

const YOUNGEST_FIRST = (a: Image, b: Image) => b.backupTime - a.backupTime;
const OLDEST_FIRST = (a: Image, b: Image) => a.backupTime - b.backupTime;

/** Images that vanish, and images that are deleted as they should be. */
export const IMAGE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'ransom-after-a-month',
    title: 'After a month of backups somebody deletes 200 images of all clients in ten minutes, the newest first',
    tells: ['ImagesDeleted'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const images = await days(world, demo, { clients: 10, count: 34, keptDays: 28 });
      say('somebody expires images, the newest first, 20 a minute');
      const doomed = images.sort(YOUNGEST_FIRST).slice(0, 200);
      for (let minute = 0; minute < 10; minute++) {
        await report(world, demo, 'DELETE', doomed.slice(minute * 20, minute * 20 + 20));
        await world.pass(MINUTE, MINUTE);
      }
    },
  },
  {
    name: 'ransom-at-night',
    title:
      'The same client by client, while backups run: each ends before the attack reaches its client, and its image stays',
    tells: ['ImagesDeleted'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const images = await days(world, demo, { clients: 4, count: 34, keptDays: 28 });
      const backupTime = seconds(world.now() - HOUR);
      say('every minute somebody expires all images of a client; the backups that run end meanwhile');
      for (let minute = 0; minute < 4; minute++) {
        const clientName = `file${minute + 1}`;
        await report(
          world,
          demo,
          'DELETE',
          images.filter((image) => image.clientName === clientName),
        );
        await report(world, demo, 'CREATE', [
          { clientName, backupTime },
          { clientName: `file${((minute + 1) % 4) + 1}`, backupTime },
        ]);
        await world.pass(MINUTE, MINUTE);
      }
      await world.pass(6 * MINUTE, MINUTE);
    },
  },
  {
    name: 'dismissed',
    title: 'Images of two clients are deleted on purpose; somebody dismisses the alert, and it goes on for three hours',
    tells: ['ImagesDeleted'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const images = await days(world, demo, { clients: 3, count: 34, keptDays: 28 });
      const doomed = images.filter(({ clientName }) => clientName < 'file3').sort(YOUNGEST_FIRST);
      say('all images of file1 and file2 are deleted');
      await report(world, demo, 'DELETE', doomed);
      await world.pass(10 * MINUTE, MINUTE);
      say('nbwatch alerts dismiss');
      const dismissal = { id: 'scenario', primary: 'demo', reason: 'CHG-1204', clients: ['file1', 'file2'] };
      const { client, registry } = world.database;
      const [createdAt, until] = [world.now(), world.now() + 7 * DAY];
      await createDeletions(client, registry).dismiss({ ...dismissal, threshold: doomed.length, createdAt, until });
      for (let hour = 0; hour < 3; hour++) {
        const made = ['file1', 'file2'].map((clientName) => ({ clientName, backupTime: seconds(world.now()) }));
        await report(world, demo, 'CREATE', made);
        await world.pass(HOUR / 2, 5 * MINUTE);
        await report(world, demo, 'DELETE', made);
        await world.pass(HOUR / 2, 5 * MINUTE);
      }
    },
  },
  {
    name: 'first-day',
    title: 'A new primary server: before its first night, retention deletes images that nbwatch never heard of',
    tells: [],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      say('images of 30 clients, two weeks and three months old, are deleted');
      const madeAt = (days: number) => seconds(world.now() - days * DAY);
      const old = Array.from({ length: 30 }, (_, index) =>
        [14, 15, 91].map((days) => ({ clientName: `file${index + 1}`, backupTime: madeAt(days) })),
      );
      await report(world, demo, 'DELETE', old.flat());
      await world.pass(HOUR, 5 * MINUTE);
    },
  },
  {
    name: 'ordinary-expiry',
    title: 'Seven weeks of daily backups, each kept for two weeks',
    tells: [],
    async play(world) {
      const demo = await world.primary('demo');
      await demo.connect();
      await days(world, demo, { clients: 12, count: 49, keptDays: 14 });
    },
  },
  {
    name: 'shorter-retention',
    title: 'Retention is cut from four weeks to one: 210 images expire in an hour, the oldest first',
    tells: [],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const images = await days(world, demo, { clients: 10, count: 34, keptDays: 28 });
      say('retention is cut to a week');
      const over = images.filter(({ backupTime }) => backupTime < seconds(world.now()) - 7 * 86_400);
      await report(world, demo, 'DELETE', over.sort(OLDEST_FIRST));
      await world.pass(HOUR, 5 * MINUTE);
    },
  },
  {
    name: 'decommissioned-client',
    title: 'A client is retired with nbwatch expect --retire, and all its images are deleted',
    tells: [],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const images = await days(world, demo, { clients: 3, count: 34, keptDays: 28 });
      say('file3 is retired, and its images are expired');
      const { client, registry } = world.database;
      await createExpectations(client, registry).retire({ primary: 'demo', client: 'file3' }, world.now());
      await report(
        world,
        demo,
        'DELETE',
        images.filter(({ clientName }) => clientName === 'file3').sort(YOUNGEST_FIRST),
      );
      await world.pass(HOUR, 5 * MINUTE);
    },
  },
  {
    name: 'storage-migration',
    title: 'All images move to other storage, a few at a time: each has a copy there within minutes',
    tells: [],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const images = await days(world, demo, { clients: 6, count: 20, keptDays: 28 });
      say('copies are made and the old ones expired: an UPDATE for each');
      await report(world, demo, 'UPDATE', images);
      await world.pass(HOUR, 10 * MINUTE);
      say('twelve at a time lose their local copy, and get one five minutes later: NO_LOCAL_COPY_AVAILABLE and CREATE');
      for (let begin = 0; begin < images.length; begin += 12) {
        const some = images.slice(begin, begin + 12);
        await report(world, demo, 'NO_LOCAL_COPY_AVAILABLE', some);
        await world.pass(5 * MINUTE, 5 * MINUTE);
        await report(world, demo, 'CREATE', some);
        await world.pass(MINUTE, MINUTE);
      }
      await world.pass(HOUR, 10 * MINUTE);
    },
  },
  {
    name: 'lost-storage',
    title: 'A storage server is lost: 120 images no longer have a local copy',
    tells: ['ImagesDeleted'],
    async play(world, say) {
      const demo = await world.primary('demo');
      await demo.connect();
      const images = await days(world, demo, { clients: 6, count: 20, keptDays: 28 });
      say('NO_LOCAL_COPY_AVAILABLE for all of them');
      await report(world, demo, 'NO_LOCAL_COPY_AVAILABLE', images);
      await world.pass(30 * MINUTE, MINUTE);
    },
  },
];
