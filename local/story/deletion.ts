import { imageEntry, imageOf, images, NIGHT, PRIMARY, type Work } from './estate.ts';
import { kindsOf, startOf } from './night.ts';
import type { Scene } from './scene.ts';

const DAY = 86_400;

/** The ages of a client's images from earlier nights, in days. */
const AGES = [28, 6, 5, 4, 3, 2, 1];

/**
 * An image expires as its retention demands, without an alert. Then all others of its client are deleted. Returns the
 * id of the first.
 */
export async function deletion(scene: Scene): Promise<string> {
  const { narrator, begin, look, stage } = scene;
  const index = NIGHT.findIndex(({ clientName }) => clientName === 'fs01');
  const client = NIGHT[index] as Work;
  const now = Math.floor(Date.now() / 1000);
  const [oldest = 0, ...others] = [...AGES.map((age) => begin - age * DAY), startOf(scene, index)];

  narrator.act('An image expires, and then others vanish');
  await scene.send(images(...[oldest, ...others.slice(0, -1)].map((at) => imageEntry(client, at, 'CREATE', at))));
  await stage.run.idle();
  const expired = imageOf(client, oldest);
  narrator.does(
    `${client.clientName} has ${AGES.length + 1} images. The oldest, four weeks old, is deleted: ${expired}`,
  );
  await scene.send(images(imageEntry(client, oldest, 'DELETE', now)));
  await stage.run.idle();
  const history = async () => (await look.imageHistory(PRIMARY, expired)).map(({ entry }) => entry.operationId);
  scene.check('this is normal retention: nbwatch keeps its history and sends no alert', [
    { what: 'watch', expected: 'ok', actual: await watch(scene) },
    { what: `image ${expired}`, expected: 'DELETED', actual: (await look.image(PRIMARY, expired))?.condition },
    { what: `history of ${expired}`, expected: 'CREATE, DELETE', actual: (await history()).join(', ') },
    { what: 'alerts', expected: 'JobFailed, JobRecovered', actual: kindsOf(scene) },
  ]);
  await narrator.pause(1_200);

  narrator.does(
    `the other ${others.length} images of ${client.clientName} are deleted, all at once and before they expire`,
  );
  await scene.send(images(...others.map((at) => imageEntry(client, at, 'DELETE', now))));
  await stage.run.idle();
  const watched = await watch(scene);
  const { alert } = await scene.told('ImagesDeleted');
  const { nothingLeft } = JSON.parse(alert?.bodies.default ?? '{}');
  scene.check('nbwatch sends an alert at once, however many others are due', [
    { what: 'watch', expected: 'ok', actual: watched },
    { what: 'alerts', expected: 'JobFailed, JobRecovered, ImagesDeleted', actual: kindsOf(scene) },
    { what: 'clients with nothing left', expected: client.clientName, actual: String(nothingLeft) },
  ]);
  if (alert) narrator.email(alert, { facts: /^How old:/, steps: 2 });
  return expired;
}

/** Runs `Watch`, which its schedule invokes every minute: the story does not wait for that. */
async function watch({ stage: { run } }: Scene): Promise<string> {
  const { id = '' } = run.deployment.functions.find((one) => one.id.startsWith('Watch')) ?? {};
  const invocation = await run.functions.invoke(id, { source: 'aws.events' });
  await run.idle();
  return invocation.ok ? 'ok' : invocation.failure.message;
}
