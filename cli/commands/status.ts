import type { Command } from 'commander';
import { EndWith, EXIT } from '../errors.ts';
import { type CommonOptions, common } from '../options.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { isAttentionNeeded, statusOf } from '../status.ts';

const HELP = `
Exit code ${EXIT.attention}: something needs attention. docs/watching.md says what each check looks at.

Examples:
  nbwatch status
  nbwatch status --json
  nbwatch status || echo "look at the backups"`;

export function addStatusCommand(program: Command, streams: Streams): void {
  common(program.command('status'))
    .description('is all well? what is heard, overdue, failing, put aside or not yet told; what to look at next')
    .option('--primary <name>', 'only of this primary')
    .addHelpText('after', HELP)
    .action((options: CommonOptions & { primary?: string }) =>
      withSession(options, streams, async (session) => {
        const checks = await statusOf(session, options.primary);
        await session.print(checks, ({ check, state, what }) => ({ check, state, what }), '');
        const steps = checks.flatMap(({ next }) => (next === undefined ? [] : [`  ${next}`]));
        if (steps.length > 0 && !options.json) streams.out(`\nWhat to do next\n${steps.join('\n')}\n`);
        if (checks.some(isAttentionNeeded)) throw new EndWith(EXIT.attention);
      }),
    );
}
