import { styleText } from 'node:util';
import { DONE } from '../../functions/nbwss/job.ts';
import { ended, imageOf, jobEntry, jobs, NIGHT, PRIMARY, type Work } from './estate.ts';
import { kindOf, type Scene } from './scene.ts';

/** The first job of the story. */
const FIRST_JOB = 2101;

/** Pause between two changes of the board, for people who watch. */
const BEAT_MS = 90;

/** How many jobs run at a time. */
const RUNNING = 3;

/** The id of the job for a piece of the night's work. */
const jobOf = (index: number) => FIRST_JOB + index;

/** When the job starts, epoch seconds. */
export const startOf = ({ begin }: Scene, index: number) => begin + index * 420;

/** The next job after the night. */
export const AFTER_NIGHT = jobOf(NIGHT.length);

const HEADING = row('Job', 'Client', 'Policy', 'Job type', 'State', 'Image');

export function row(...cells: readonly string[]): string {
  const widths = [6, 8, 13, 10, 11, 0];
  return `   ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('')}`.trimEnd();
}

export function jobRow(work: Work, jobId: number, state: string, image = ''): string {
  return row(String(jobId), work.clientName, work.policyName || '-', work.jobType, state, image);
}

/** An ordinary night: each job is queued, runs and succeeds, and each backup leaves an image. */
export async function night(scene: Scene): Promise<void> {
  const { narrator, stage, look } = scene;
  narrator.act('An ordinary night');
  const board = narrator.board();
  const states = NIGHT.map(() => '· QUEUED');
  const show = async () => {
    const rows = NIGHT.map((work, index) => {
      const state = states[index] ?? '';
      const image = state.includes(DONE) && work.jobType === 'BACKUP' ? imageOf(work, startOf(scene, index)) : '';
      return jobRow(work, jobOf(index), state, image);
    });
    board.show([styleText('dim', HEADING), ...rows]);
    await narrator.pause(BEAT_MS);
  };
  await scene.send(jobs(...NIGHT.map((work, index) => jobEntry(work, jobOf(index), 'QUEUED', 0, 0))));
  await show();
  for (let turn = 0; turn < NIGHT.length + RUNNING; turn++) {
    const [starting, ending] = [NIGHT[turn], NIGHT[turn - RUNNING]];
    if (starting) {
      await scene.send(jobs(jobEntry(starting, jobOf(turn), 'ACTIVE', 0, startOf(scene, turn))));
      states[turn] = '▸ ACTIVE';
    }
    if (ending) {
      const index = turn - RUNNING;
      await scene.send(ended(ending, jobOf(index), 0, startOf(scene, index)));
      states[index] = '✓ DONE 0';
    }
    await show();
  }
  board.end();

  await stage.run.idle();
  const backups = NIGHT.flatMap((work, index) =>
    work.jobType === 'BACKUP' ? [imageOf(work, startOf(scene, index))] : [],
  );
  const [records, kept] = await Promise.all([
    Promise.all(NIGHT.map((_, index) => look.job(PRIMARY, jobOf(index)))),
    Promise.all(backups.map((backupId) => look.image(PRIMARY, backupId))),
  ]);
  const isGood = (record: (typeof records)[number]) => record?.state === DONE && record.status === 0;
  scene.check(`${NIGHT.length} jobs succeeded; ${backups.length} images to restore from; no alerts`, [
    { what: 'jobs that are DONE with 0', expected: NIGHT.length, actual: records.filter(isGood).length },
    {
      what: 'images to restore from',
      expected: backups.length,
      actual: kept.filter((image) => image?.condition === 'RESTORABLE').length,
    },
    { what: 'alerts', expected: '', actual: kindsOf(scene) },
  ]);
  const sorted = scene.waits.toSorted((a, b) => a - b);
  const median = Math.round(sorted[sorted.length >> 1] ?? 0);
  narrator.held(`${sorted.length} notifications, each stored, then acknowledged: ${median} ms (median)`);
}

/** The kinds of the alerts sent so far, without the daily summary, which may come at any time. */
export function kindsOf({ stage }: Scene): string {
  const kinds = stage.published.map((one) => kindOf(one));
  return kinds.filter((kind) => kind !== 'DailySummary').join(', ');
}
