import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import * as v from 'valibot';
import { keyPrefix } from '../../functions/keys/key.ts';
import { createRebuild, type Found, rebuild, sweep, type Was } from '../../functions/projection/rebuild.ts';
import { nonEmpty } from '../../functions/runtime/environment.ts';
import { settleInTurn } from '../../functions/runtime/settle.ts';
import { CliError } from '../errors.ts';
import { type CommonOptions, common, examples } from '../options.ts';
import { showTime } from '../output.ts';
import { partitionsOf } from '../partitions.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { jsonLine, readable } from '../table.ts';

interface RebuildOptions extends CommonOptions {
  fromStart?: boolean;
}

/** How many partitions are processed at a time. */
const AT_ONCE = 8;

const HELP = `
Makes two passes. The first goes through every job and image of the ledger, with its runs and failures. The second goes through
every job and series of Records, deletes those that the ledger has no facts of (orphan) and folds series again. Differences are
fixed as they are found. Images are never deleted: their records may outlive their facts.
An interrupted rebuild goes on where it stopped.
docs/repair.md says when to use it and what it costs.
${examples('npx nbwatch rebuild', 'npx nbwatch rebuild --from-start --json > fixed.jsonl')}`;

/**
 * The passes in their order, by the table that each goes through: which partitions it takes, and what it does with
 * each.
 */
const PASSES = {
  ledger: { of: 'jobs and images', kinds: ['job', 'image'], work: rebuild },
  records: { of: 'jobs and series of Records', kinds: ['job', 'series'], work: sweep },
} as const;

export function addRebuildCommand(program: Command, streams: Streams): void {
  common(program.command('rebuild'))
    .description('rebuild every record from the ledger while traffic flows; raises no alerts, lists what was wrong')
    .option('--from-start', 'start over instead of going on where an interrupted rebuild stopped')
    .addHelpText('after', HELP)
    .action((options: RebuildOptions) =>
      withSession(options, streams, async ({ tables, target }) => {
        const context = createRebuild(tables.client, tables, target.outputs.ImageRecordDays);
        // Names both tables: if Records was replaced by another table, none of that one is done yet.
        const name = `rebuild-${tables.ledger}-${tables.records}.json`;
        const file = join(process.env.NBWATCH_FOLDER ?? '.nbwatch', name);
        // Removed first: if this rebuild stops early, the next one must not go on at the older place.
        if (options.fromStart) rmSync(file, { force: true });
        const from = readPlace(file, streams);
        const counts: Record<Was, number> = { same: 0, missing: 0, different: 0, orphan: 0 };
        // Printed at once: what is fixed is right from then on, so if this rebuild stops, no later one would report it.
        const tell = ({ was, what, pk, sk }: Found) => {
          counts[was] += 1;
          if (was === 'same') return;
          streams.out(options.json ? jsonLine({ pk, sk, what, was }) : `${readable(`${was} ${what}: ${pk} ${sk}`)}\n`);
        };
        const wrong = () => `${counts.missing} missing, ${counts.different} different, ${counts.orphan} orphan`;

        const go = async (table: keyof typeof PASSES, after: Place['after']) => {
          const { of, kinds, work } = PASSES[table];
          let partitions = 0;
          try {
            for await (const page of partitionsOf(tables.client, tables[table], after)) {
              const ours = page.partitions.filter((pk) => kinds.some((kind) => pk.startsWith(keyPrefix(kind))));
              await settleInTurn(ours, AT_ONCE, async (pk) => (await work(context, pk)).forEach(tell));
              partitions += ours.length;
              if (page.last) keepPlace(file, { table, after: page.last });
              streams.err(`${partitions} ${of}, ${wrong()} …\n`);
            }
          } catch (error) {
            throw new CliError(
              `The rebuild stopped after ${partitions} ${of}. ${error}`,
              'Fix the cause; npx nbwatch rebuild then goes on where it stopped.',
            );
          }
        };
        if (from?.table !== 'records') {
          await go('ledger', from?.after);
          keepPlace(file, { table: 'records' });
        }
        await go('records', from?.table === 'records' ? from.after : undefined);
        rmSync(file, { force: true });
        streams.err(
          `Done${from ? ' with the rest' : ''}: ${counts.same} items were right, ${wrong()}; all are right now.\n`,
        );
      }),
    );
}

/**
 * Where an interrupted rebuild stopped: the pass, and the key of the last item done in it; none if the pass has only
 * begun.
 */
const placeSchema = v.strictObject({
  table: v.picklist(['ledger', 'records']),
  after: v.optional(v.strictObject({ pk: nonEmpty, sk: nonEmpty })),
});
type Place = v.InferOutput<typeof placeSchema>;

/** Reports what it found. A file that cannot be read only costs time: a rebuild from the start is always right. */
function readPlace(file: string, { err }: Streams): Place | undefined {
  let at: number;
  let text: string;
  try {
    at = statSync(file).mtimeMs;
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), placeSchema), text);
  if (!read.success) {
    err(`${file} does not say where a rebuild stopped: starting from the beginning.\n`);
    return undefined;
  }
  err(`Going on where the rebuild of ${showTime(at)} UTC stopped. --from-start starts over.\n`);
  return read.output;
}

/** Replaces the file in one step, so that it is whole even if this process is killed. */
function keepPlace(file: string, place: Place): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(place));
  renameSync(`${file}.new`, file);
}
