import type { Command } from 'commander';
import { whereOf } from '../deployment.ts';
import { EndWith, EXIT } from '../errors.ts';
import { filtered } from '../filters.ts';
import { type CommonOptions, examples, tabular } from '../options.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { type Check, isAttentionNeeded, statusOf } from '../status.ts';
import { type Columns, sentence } from '../table.ts';

const HELP = `
Exit code ${EXIT.attention}: something needs attention. docs/watching.md says what each check looks at.
${examples('npx nbwatch status', 'npx nbwatch status --json', 'npx nbwatch status || echo "look at the backups"')}`;

const COLUMNS: Columns<Check> = {
  check: ({ check }) => check,
  state: ({ state }) => ({ text: state, colour: state === 'ok' ? 'green' : 'red' }),
  what: ({ what }) => sentence(what),
};

export function addStatusCommand(program: Command, streams: Streams): void {
  filtered(tabular(program.command('status')), 'primary')
    .description(
      'is all well? checks feeds, backups, images, what was received, projection and alerts; says what to do next',
    )
    .addHelpText('after', HELP)
    .action((options: CommonOptions & { primary?: string }) =>
      withSession(options, streams, async (session) => {
        const checks = await statusOf(session, options.primary);
        await session.print(checks, COLUMNS, '');
        const steps = checks.flatMap(({ next }) => (next === undefined ? [] : [`  ${next}${whereOf(options)}`]));
        if (steps.length > 0 && !options.json && !options.csv)
          await streams.out(`\nWhat to do next\n${steps.join('\n')}\n`);
        if (checks.some(isAttentionNeeded)) throw new EndWith(EXIT.attention);
      }),
    );
}
