import { setTimeout } from 'node:timers/promises';
import { type Command, CommanderError } from 'commander';
import { addAlertsCommands } from './commands/alerts.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addEndpointCommands } from './commands/endpoint.ts';
import { addExpectCommand } from './commands/expect.ts';
import { addExportCommands } from './commands/export.ts';
import { addImageCommand } from './commands/image.ts';
import { addImagesCommand } from './commands/images.ts';
import { addJobCommands } from './commands/job.ts';
import { addAsideCommand } from './commands/quarantine.ts';
import { addRebuildCommand } from './commands/rebuild.ts';
import { addRedriveCommand } from './commands/redrive.ts';
import { addReportCommand } from './commands/report.ts';
import { addSeriesCommand } from './commands/series.ts';
import { addSilenceCommands } from './commands/silence.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addStatusCommand } from './commands/status.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { addWatchCommand } from './commands/watch.ts';
import { CliError, EndWith, EXIT, nextStep } from './errors.ts';
import { WrappedCommand } from './help.ts';
import { ReaderGone } from './streams.ts';
import type { Terminal } from './table.ts';
import { versionOf } from './version.ts';

/** Where a command writes. Answers go to standard output and nothing else does, so that it can be piped. */
export interface Streams {
  /** A command with much output awaits this, so that it writes no faster than the reader reads. */
  out(text: string): void | Promise<void>;
  err(text: string): void;
  /** The screen that answers go to; absent if there is none. */
  terminal?: Terminal;
}

/** Waits this many ms. Rejects if the signal comes first. */
export type Wait = (ms: number, value?: undefined, options?: { signal?: AbortSignal }) => Promise<void>;

const DESCRIPTION = `Shows what NetBackup reported to nbwatch, and manages alerts and endpoints.

Every command uses the one-machine run of this folder if it is up, otherwise the stack "Nbwatch" in the AWS account of this shell.
Choose with --local or --stack NAME.`;

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed; standard error says why and what to do
  2  wrong usage
  3  not found: no such run, stack, primary, endpoint, silence, message, job, image, declaration, scenario or file; a filter that matches nothing ends with 0
  4  status, doctor, verify: something needs attention`;

const START = `nbwatch records what NetBackup does, and sends an alert when a backup fails.

  npx nbwatch status                  is all well?
  npx nbwatch jobs --failed           what failed in the last day
  npx nbwatch series --without 26h    backups without a usable run for that long
  npx nbwatch image sql01_1458601200  what happened to a backup image
  npx nbwatch watch                   follow events as they happen
  npx nbwatch --help                  every command; each has --help

Nothing deployed yet? npm start -- --exit shows it all on this machine.
`;

/** The command line as a tree of commands. */
export function createProgram(streams: Streams, wait: Wait): Command {
  const program = new WrappedCommand('nbwatch')
    .description(DESCRIPTION)
    .version(versionOf(), '--version', 'print the version')
    .addHelpText('after', EXIT_CODES)
    .configureOutput({ writeOut: (text) => void streams.out(text), writeErr: streams.err })
    .exitOverride();
  program.commandsGroup('Look:');
  addStatusCommand(program, streams);
  addJobCommands(program, streams);
  addImageCommand(program, streams);
  addImagesCommand(program, streams);
  addSeriesCommand(program, streams);
  addReportCommand(program, streams);
  addAsideCommand(program, streams);
  addVerifyCommand(program, streams);
  addWatchCommand(program, streams, wait);
  addExportCommands(program, streams);
  program.commandsGroup('Alerts:');
  addAlertsCommands(program, streams, wait);
  addSilenceCommands(program, streams);
  addExpectCommand(program, streams);
  program.commandsGroup('Set up and repair:');
  addEndpointCommands(program, streams, wait);
  addDoctorCommand(program, streams, wait);
  addRedriveCommand(program, streams);
  addRebuildCommand(program, streams);
  addSimulateCommand(program, streams);
  addCompletionCommand(program, streams);
  sayWhereHelpIs(program, program.name());
  return program;
}

/** Points to `--help` after a usage error, for this command and every command below it. */
function sayWhereHelpIs(command: Command, path: string): void {
  command.showHelpAfterError(`See npx ${path} --help`);
  for (const sub of command.commands) sayWhereHelpIs(sub, `${path} ${sub.name()}`);
}

/** Runs a command. Returns the exit code and never throws. */
export async function run(argv: readonly string[], streams: Streams, wait: Wait = setTimeout): Promise<number> {
  try {
    if (argv.length === 0) await streams.out(START);
    else await createProgram(streams, wait).parseAsync([...argv], { from: 'user' });
    // Some commands write without awaiting; this shows whether those writes succeeded.
    await streams.out('');
    return EXIT.ok;
  } catch (error) {
    // Commander has printed what was wrong. It also throws for help and version, which are no errors.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (error instanceof EndWith) return error.exitCode;
    if (error instanceof ReaderGone) return EXIT.ok;
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
