import { ended, jobEntry, jobs, PRIMARY, SQL01 } from './estate.ts';
import { AFTER_NIGHT, jobRow, kindsOf } from './night.ts';
import type { Scene } from './scene.ts';

/** NetBackup's status code for a server that cannot connect to the client. */
const STATUS = 58;

/** A day, in seconds. */
const DAY = 86_400;

/** A backup fails, and nbwatch sends an alert. Returns the id of that message. */
export async function failure(scene: Scene): Promise<string> {
  const { narrator, stage } = scene;
  narrator.act('The next night, a backup fails');
  const jobId = AFTER_NIGHT;
  const { alert, ms } = await runs(scene, jobId, STATUS, DAY, 'JobFailed');
  const form = JSON.parse(alert?.bodies.default ?? '{}');
  scene.check(`nbwatch sends an alert within ${seconds(ms)}: by email, to Slack, and as JSON`, [
    { what: `job ${jobId}`, expected: `DONE ${STATUS}`, actual: await stateOf(scene, jobId) },
    { what: 'alerts', expected: 'JobFailed', actual: kindsOf(scene) },
    { what: 'its job and status', expected: `${jobId} ${STATUS}`, actual: `${form.job?.jobId} ${form.job?.status}` },
    { what: 'copies for the chat', expected: 1, actual: stage.chat.length },
  ]);
  if (alert) {
    narrator.email(alert, { facts: /^(Client|Policy|Likely cause|Last good backup):/, steps: 3 });
    narrator.copies(alert, stage.chat.at(-1));
  }
  return String(form.id);
}

/** The same backup succeeds, and nbwatch sends an alert of that, too. */
export async function recovery(scene: Scene): Promise<void> {
  const { narrator } = scene;
  narrator.act('The cause is fixed, and the backup runs again');
  const jobId = AFTER_NIGHT + 1;
  const { alert, ms } = await runs(scene, jobId, 0, DAY + 3_600, 'JobRecovered');
  scene.check(`nbwatch reports the recovery within ${seconds(ms)}`, [
    { what: `job ${jobId}`, expected: 'DONE 0', actual: await stateOf(scene, jobId) },
    { what: 'alerts', expected: 'JobFailed, JobRecovered', actual: kindsOf(scene) },
  ]);
  if (alert) narrator.email(alert);
}

/** The backup of sql01 runs, `later` seconds after the night, and ends with a status. */
async function runs(scene: Scene, jobId: number, status: number, later: number, kind: string) {
  const { narrator, begin } = scene;
  const board = narrator.board();
  const startTime = begin + later;
  board.show([jobRow(SQL01, jobId, '▸ ACTIVE')]);
  await scene.send(jobs(jobEntry(SQL01, jobId, 'ACTIVE', 0, startTime)));
  await narrator.pause(700);
  await scene.send(ended(SQL01, jobId, status, startTime));
  board.show([jobRow(SQL01, jobId, `${status === 0 ? '✓' : '✗'} DONE ${status}`)]);
  board.end();
  return scene.told(kind);
}

async function stateOf({ look }: Scene, jobId: number): Promise<string> {
  const job = await look.job(PRIMARY, jobId);
  return `${job?.state} ${job?.status}`;
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
