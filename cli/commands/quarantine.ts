import type { Command } from 'commander';
import { type Aside, asidesByDay } from '../../functions/questions/asides.ts';
import { merge } from '../../functions/questions/merge.ts';
import { type Unprojected, unprojectedByDay } from '../../functions/questions/unprojected.ts';
import { orderBy } from '../../functions/records/order.ts';
import { filtered, isNamed } from '../filters.ts';
import { type CommonOptions, examples, type RangeOptions, ranged, rangeOf, tabular } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, sentence } from '../table.ts';

interface QuarantineOptions extends CommonOptions, RangeOptions {
  primary?: string;
}

/** What was put aside on arrival, and what was stored but could not be projected. */
type Quarantined = ({ kind: 'put aside' } & Aside) | ({ kind: 'not projected' } & Unprojected);

const HELP = `
  put aside      It could not be stored as a fact; --json shows it in full.
  not projected  The ledger has this fact under the key shown, but no job, image or alert has it. With a version of nbwatch that can read it, npx nbwatch rebuild projects it, and raises no alert.
${examples('npx nbwatch quarantine', 'npx nbwatch quarantine --since 30d --json')}`;

export function addAsideCommand(program: Command, streams: Streams): void {
  filtered(ranged(tabular(program.command('quarantine'))), 'primary')
    .description('what was received but could not be used, and why: put aside on arrival, or not projected')
    .addHelpText('after', HELP)
    .action((options: QuarantineOptions) =>
      withSession(options, streams, async (session) => {
        await session.print(
          await find(session, options),
          COLUMNS,
          'Nothing was put aside in that time, and everything was projected.',
        );
      }),
    );
}

/** Newest first, by when it was put aside or noted. */
async function find({ tables, now, primaries }: Session, options: QuarantineOptions) {
  const range = rangeOf(options, now);
  async function* asides(primary: string): AsyncGenerator<Quarantined> {
    for await (const aside of asidesByDay(tables, primary, range, now)) yield { kind: 'put aside', ...aside };
  }
  async function* unprojected(): AsyncGenerator<Quarantined> {
    for await (const fact of unprojectedByDay(tables, range, now))
      if (isNamed(fact.primary, options.primary)) yield { kind: 'not projected', ...fact };
  }
  const names = await primaries(options.primary);
  return merge(
    [...names.map(asides), unprojected()],
    orderBy((one) => -timeOf(one)),
  );
}

const timeOf = (one: Quarantined) => (one.kind === 'put aside' ? one.receivedAt : one.notedAt);

const COLUMNS: Columns<Quarantined> = {
  'when (UTC)': (one) => showTime(timeOf(one)),
  primary: ({ primary }) => primary,
  kind: ({ kind }) => kind,
  reason: ({ reason }) => sentence(reason),
  what: (one) => sentence(one.kind === 'put aside' ? one.content : `${one.factPk} ${one.factSk}`),
};
