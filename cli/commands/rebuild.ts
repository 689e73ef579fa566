import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { createProjection } from '../../functions/projection/context.ts';
import { type Rebuilt, rebuild } from '../../functions/projection/rebuild.ts';
import { settleAll } from '../../functions/runtime/settle.ts';
import { ledgerPartitions } from '../ledger-partitions.ts';
import { type CommonOptions, common } from '../options.ts';
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
        const from = options.fromStart ? undefined : readPlace(place);
        if (from !== undefined) streams.err('Going on where the last rebuild stopped. --from-start begins anew.\n');
        const counts: Record<Rebuilt, number> = { same: 0, missing: 0, different: 0 };
        let partitions = 0;
        for await (const page of ledgerPartitions(tables.client, tables.ledger, from)) {
          for (let first = 0; first < page.partitions.length; first += AT_ONCE) {
            const some = page.partitions.slice(first, first + AT_ONCE);
            const found = await settleAll(some.map((pk) => rebuild(context, pk)));
            for (const [index, results] of found.entries()) {
              for (const result of results) {
                counts[result] += 1;
                if (result !== 'same' && options.json)
                  streams.out(`${JSON.stringify({ partition: some[index], was: result })}\n`);
                else if (result !== 'same') streams.out(`${some[index]} was ${result}\n`);
              }
            }
            partitions += some.length;
          }
          keepPlace(place, page.next);
          streams.err(`${partitions} jobs and images, ${counts.missing} missing, ${counts.different} different …\n`);
        }
        streams.err(
          `Done: ${counts.same} records were right, ${counts.missing} missing, ${counts.different} different; all are right now.\n`,
        );
      }),
    );
}

function readPlace(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function keepPlace(file: string, next: string | undefined): void {
  if (next === undefined) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, next);
}
