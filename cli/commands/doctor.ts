import type { Command } from 'commander';
import { type DoctorOptions, PROBE_JOBS, PROBE_MINUTES } from '../doctor/options.ts';
import { CliError, EXIT } from '../errors.ts';
import { examples, tabular, wholeNumber } from '../options.ts';
import type { Streams, Wait } from '../program.ts';
import { withSession } from '../session.ts';

const HELP = `
Changes nothing. What you are not permitted to see is unknown, which is not a fault. Exit code ${EXIT.attention}: something needs attention.

--probe finds out what docs/limits.md leaves open, and prints it as text for an issue. It connects as a primary server, with the
endpoint file of --endpoint, or else to the one-machine run; make a file for it: npx nbwatch endpoint create --primary probe. It
reports the restores of --jobs (100 by default) and one more, all of the client nbwatch-doctor, which raise no alert, and sends 20
messages at once: in an account that may run only ten functions at once, messages of others are throttled for that moment, and come
again. Ctrl-C ends it and prints what is settled so far.
`;

export function addDoctorCommand(program: Command, streams: Streams, wait: Wait): void {
  tabular(program.command('doctor'))
    .description(
      'is it set up well? checks subscriptions, streams, tables, permissions, quotas, clock, endpoint, certificate',
    )
    .option('--probe', 'instead, find out how the gateway behaves through a real connection')
    .option(
      '--minutes <n>',
      `how long to probe (default: ${PROBE_MINUTES}; less than 12 leaves points open)`,
      wholeNumber(0),
    )
    .option('--jobs <n>', `how many jobs to report for the measurement (default: ${PROBE_JOBS})`, wholeNumber(1))
    .option(
      '--endpoint <file>',
      'probe the endpoint of this file, as given to NetBackup (default: the one-machine run)',
    )
    .option('--ca <file>', 'accept this certificate (PEM)')
    .addHelpText(
      'after',
      HELP +
        examples(
          'npx nbwatch doctor',
          'npx nbwatch doctor --json',
          'npx nbwatch doctor --probe --endpoint probe.endpoint.json > issue.md',
          'npx nbwatch doctor --probe --minutes 1',
        ),
    )
    .action(async (options: DoctorOptions) => {
      if (options.probe) {
        refuse(options, ['csv'], '--probe prints no table.');
        const { runProbe } = await import('../doctor/run-probe.ts');
        return runProbe(options, streams, wait);
      }
      refuse(options, ['minutes', 'jobs', 'endpoint', 'ca'], 'Only --probe connects as a primary server.');
      // Only this command needs clients of so many services.
      const { report } = await import('../doctor/report.ts');
      await withSession(options, streams, (session) => report(session, options, streams));
    });
}

/** Refuses options that would have no effect. */
function refuse(options: DoctorOptions, meaningless: readonly (keyof DoctorOptions)[], why: string): void {
  const given = meaningless.find((option) => options[option] !== undefined);
  if (given !== undefined)
    throw new CliError(`${why} --${given} has no effect here.`, 'See npx nbwatch doctor --help', EXIT.usage);
}
