import { setTimeout } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { addAlertsCommands } from './commands/alerts.ts';
import { addEndpointCommands } from './commands/endpoint.ts';
import { addExpectCommand } from './commands/expect.ts';
import { addImageCommands } from './commands/image.ts';
import { addJobCommands } from './commands/job.ts';
import { addAsideCommand } from './commands/quarantine.ts';
import { addRebuildCommand } from './commands/rebuild.ts';
import { addRedriveCommand } from './commands/redrive.ts';
import { addReportCommand } from './commands/report.ts';
import { addSeriesCommand } from './commands/series.ts';
import { addSilenceCommands } from './commands/silence.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addStatusCommand } from './commands/status.ts';
import { CliError, EndWith, EXIT, nextStep } from './errors.ts';

/** Where a command writes. Answers go to standard output and nothing else does, so that it can be piped. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** Lets so many ms pass. */
export type Wait = (ms: number) => Promise<void>;

const DESCRIPTION = `What NetBackup told nbwatch, and who may tell it.

Every command asks the one-machine run of this folder if it is up, else the stack "Nbwatch" of the AWS account of this shell.
--local and --stack NAME choose.`;

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed; standard error says why and what to do
  2  wrong usage
  3  not found: no such run, stack, endpoint, silence, message, job, image, client or policy
  4  nbwatch status: something needs attention`;

/** The command line. `run` returns the exit code and never throws. */
export async function run(argv: readonly string[], streams: Streams, wait: Wait = setTimeout): Promise<number> {
  const program = new Command('nbwatch')
    .description(DESCRIPTION)
    .addHelpText('after', EXIT_CODES)
    .configureOutput({ writeOut: streams.out, writeErr: streams.err })
    .showHelpAfterError('See nbwatch --help')
    .exitOverride();
  addStatusCommand(program, streams);
  addEndpointCommands(program, streams, wait);
  addAlertsCommands(program, streams, wait);
  addImageCommands(program, streams);
  addJobCommands(program, streams);
  addSeriesCommand(program, streams);
  addReportCommand(program, streams);
  addAsideCommand(program, streams);
  addRebuildCommand(program, streams);
  addRedriveCommand(program, streams);
  addSilenceCommands(program, streams);
  addSimulateCommand(program, streams);
  addExpectCommand(program, streams);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Commander has said what was wrong; help and version are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof EndWith) return error.exitCode;
    if (error instanceof CliError) {
      streams.err(`${error.message}\n${error.next}\n`);
      return error.exitCode;
    }
    const next = nextStep(error);
    streams.err(`${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}\n`);
    if (next !== undefined) streams.err(`${next}\n`);
    return EXIT.failed;
  }
}
