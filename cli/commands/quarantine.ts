import type { Command } from 'commander';
import { asidesByDay } from '../../functions/questions/asides.ts';
import { type CommonOptions, common, type RangeOptions, ranged, rangeOf } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { each } from './image.ts';

interface QuarantineOptions extends CommonOptions, RangeOptions {
  primary?: string;
}

export function addAsideCommand(program: Command, streams: Streams): void {
  ranged(common(program.command('quarantine')))
    .description('what was received and put aside because it could not be used, and why; --json shows it whole')
    .option('--primary <name>', 'only of this primary')
    .addHelpText('after', '\nExample:\n  nbwatch quarantine --since 30d --json')
    .action((options: QuarantineOptions) =>
      withSession(options, streams, async ({ tables, now, print, primaries }) => {
        const names = await primaries(options.primary);
        await print(
          each(names, (primary) => asidesByDay(tables, primary, rangeOf(options, now), now)),
          ({ primary, reason, receivedAt, content }) => ({
            'received (UTC)': showTime(receivedAt),
            primary,
            reason,
            content: content.length > 60 ? `${content.slice(0, 59)}…` : content,
          }),
          'Nothing was put aside in this time.',
        );
      }),
    );
}
