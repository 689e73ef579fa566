import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import * as v from 'valibot';
import { createProjection } from '../../functions/projection/context.ts';
import { type Rebuilt, rebuild } from '../../functions/projection/rebuild.ts';
import { nonEmpty } from '../../functions/runtime/environment.ts';
import { settleAll } from '../../functions/runtime/settle.ts';
import { CliError } from '../errors.ts';
import { ledgerPartitions } from '../ledger-partitions.ts';
import { type CommonOptions, common } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';

interface RebuildOptions extends CommonOptions {
  fromStart?: boolean;
}

/** How many partitions are made again at a time. */
const AT_ONCE = 8;

export function addRebuildCommand(program: Command, streams: Streams): void {
  common(program.command('rebuild'))
    .description('make every record again from the ledger, while traffic flows; raises no alert, says what was wrong')
    .option('--from-start', 'do not go on where an interrupted rebuild stopped')
    .addHelpText(
      'after',
      '\nAn interrupted rebuild goes on where it stopped. Differences are mended as they are found.',
    )
    .action((options: RebuildOptions) =>
      withSession(options, streams, async ({ tables, target }) => {
        const context = createProjection(tables.client, tables, target.outputs.ImageRecordDays);
        const place = join(process.env.NBWATCH_FOLDER ?? '.nbwatch', `rebuild-${tables.ledger}.json`);
        // Before anything else: should this rebuild stop early, the next must not go on at the older place.
        if (options.fromStart) rmSync(place, { force: true });
        const from = readPlace(place, streams);
        const counts: Record<Rebuilt, number> = { same: 0, missing: 0, different: 0 };
        let partitions = 0;
        // Said at once: what was mended is right from then on, so a rebuild that stops here is the last to know of it.
        const mend = async (partition: string) => {
          for (const was of await rebuild(context, partition)) {
            counts[was] += 1;
            if (was === 'same') continue;
            streams.out(options.json ? `${JSON.stringify({ partition, was })}\n` : `${partition} was ${was}\n`);
          }
        };
        try {
          for await (const page of ledgerPartitions(tables.client, tables.ledger, from)) {
            for (let first = 0; first < page.partitions.length; first += AT_ONCE) {
              const some = page.partitions.slice(first, first + AT_ONCE);
              await settleAll(some.map(mend));
              partitions += some.length;
            }
            keepPlace(place, page.next);
            streams.err(`${partitions} jobs and images, ${counts.missing} missing, ${counts.different} different …\n`);
          }
        } catch (error) {
          throw new CliError(
            `The rebuild stopped after ${partitions} jobs and images. ${error}`,
            'Mend the cause; then nbwatch rebuild goes on where it stopped.',
          );
        }
        streams.err(
          `Done${from === undefined ? '' : ' with the rest'}: ${counts.same} records were right, ${counts.missing} missing, ${counts.different} different; all are right now.\n`,
        );
      }),
    );
}

/** Where an interrupted rebuild stopped: the key of the last item of the ledger that it is done with. */
const placeSchema = v.pipe(v.string(), v.parseJson(), v.strictObject({ pk: nonEmpty, sk: nonEmpty }));

/** Says what it found. What cannot be read costs time only: a rebuild from the start is always right. */
function readPlace(file: string, { err }: Streams): string | undefined {
  let at: number;
  let text: string;
  try {
    at = statSync(file).mtimeMs;
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  if (!v.is(placeSchema, text)) {
    err(`${file} does not say where a rebuild stopped: starting anew.\n`);
    return undefined;
  }
  err(`Going on where the rebuild of ${showTime(at)} UTC stopped. --from-start begins anew.\n`);
  return text;
}

/** The file is whole at any moment, also when this process is killed. */
function keepPlace(file: string, next: string | undefined): void {
  if (next === undefined) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, next);
  renameSync(`${file}.new`, file);
}
