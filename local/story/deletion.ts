import { imageEntry, imageOf, images, NIGHT, PRIMARY, type Work } from './estate.ts';
import { kindsOf, startOf } from './night.ts';
import type { Scene } from './scene.ts';

const DAY = 86_400;

/** How old the images are that a client has of earlier nights, in days. */
const AGES = [28, 6, 5, 4, 3, 2, 1];

/** An image expires as retention wants, and nobody is told; then all others of its client go. Returns the id of the first. */
export async function deletion(scene: Scene): Promise<string> {
  const { narrator, begin, look, stage } = scene;
  const index = NIGHT.findIndex(({ clientName }) => clientName === 'fs01');
  const client = NIGHT[index] as Work;
  const now = Math.floor(Date.now() / 1000);
  const [oldest = 0, ...others] = [...AGES.map((age) => begin - age * DAY), startOf(scene, index)];

  narrator.act('An image expires, and then images vanish');
  await scene.send(images(...[oldest, ...others.slice(0, -1)].map((at) => imageEntry(client, at, 'CREATE', at))));
  await stage.run.idle();
  const expired = imageOf(client, oldest);
  narrator.does(
    `${client.clientName} has ${AGES.length + 1} images; the oldest, of four weeks ago, is deleted: ${expired}`,
  );
  await scene.send(images(imageEntry(client, oldest, 'DELETE', now)));
  await stage.run.idle();
  const history = async () => (await look.imageHistory(PRIMARY, expired)).map(({ entry }) => entry.operationId);
  scene.check('that is how retention works: its history is kept, nobody is told', [
    { what: 'watch', expected: 'ok', actual: await watch(scene) },
    { what: `image ${expired}`, expected: 'DELETED', actual: (await look.image(PRIMARY, expired))?.condition },
    { what: `history of ${expired}`, expected: 'CREATE, DELETE', actual: (await history()).join(', ') },
    { what: 'alerts', expected: 'JobFailed, JobRecovered', actual: kindsOf(scene) },
  ]);
  await narrator.pause(1_200);

  narrator.does(
    `the other ${others.length} images of ${client.clientName} are deleted, all at once and before their time`,
  );
  await scene.send(images(...others.map((at) => imageEntry(client, at, 'DELETE', now))));
  await stage.run.idle();
  const watched = await watch(scene);
  const { alert } = await scene.told('ImagesDeleted');
  const { nothingLeft } = JSON.parse(alert?.bodies.default ?? '{}');
  scene.check('people are told at once, whatever else there is', [
    { what: 'watch', expected: 'ok', actual: watched },
    { what: 'alerts', expected: 'JobFailed, JobRecovered, ImagesDeleted', actual: kindsOf(scene) },
    { what: 'clients with nothing left', expected: client.clientName, actual: String(nothingLeft) },
  ]);
  if (alert) narrator.email(alert, { facts: /^How old:/, steps: 2 });
  return expired;
}

/** What happens each minute. The story does not wait for it. */
async function watch({ stage: { run } }: Scene): Promise<string> {
  const { id = '' } = run.deployment.functions.find((one) => one.id.startsWith('Watch')) ?? {};
  const invocation = await run.functions.invoke(id, { source: 'aws.events' });
  await run.idle();
  return invocation.ok ? 'ok' : invocation.failure.message;
}
