import type { Command } from 'commander';
import { CHECKS } from '../doctor/checks.ts';
import { type Doctor, withDoctor } from '../doctor/doctor.ts';
import { examine } from '../doctor/examine.ts';
import { type Finding, needsAttention } from '../doctor/finding.ts';
import { PROBE_JOBS, PROBE_MINUTES, type ProbeCommandOptions, runProbe } from '../doctor/run-probe.ts';
import { CliError, EndWith, EXIT } from '../errors.ts';
import { type CommonOptions, examples, tabular, wholeNumber } from '../options.ts';
import type { Streams, Wait } from '../program.ts';
import { withSession } from '../session.ts';
import { type Colour, type Columns, sentence } from '../table.ts';

const HELP = `
Nothing is changed. What you may not see is unknown, and no fault. Exit code ${EXIT.attention}: something needs attention.

--probe finds out what docs/limits.md does not know, and prints it as text for an issue. It connects as a primary server, with the
endpoint file of --endpoint, else to the one-machine run; make a file for it: nbwatch endpoint create --primary probe. It reports
a hundred restores of the client nbwatch-doctor, of which nobody is told, and sends 20 messages at once: where an account may run ten
functions, others are throttled for that moment, and come again. Ctrl-C ends it and prints what is settled so far.
`;

interface DoctorOptions extends CommonOptions, Omit<ProbeCommandOptions, 'json'> {
  probe?: boolean;
}

const COLOURS: Readonly<Record<Finding['state'], Colour>> = {
  ...{ ok: 'green', warning: 'yellow', failed: 'red', unknown: 'gray' },
};

const COLUMNS: Columns<Finding> = {
  check: ({ check }) => check,
  state: ({ state }) => ({ text: state, colour: COLOURS[state] }),
  what: ({ what }) => sentence(what),
};

export function addDoctorCommand(program: Command, streams: Streams, wait: Wait): void {
  tabular(program.command('doctor'))
    .description('is it set up well? subscriptions, streams, tables, permissions, quotas, clock, endpoint, certificate')
    .option('--probe', 'instead find out how the gateway behaves, through a real connection')
    .option('--minutes <n>', `how long (default: ${PROBE_MINUTES}; less than 12 leaves points open)`, wholeNumber(0))
    .option('--jobs <n>', `how many to report to measure (default: ${PROBE_JOBS})`, wholeNumber(1))
    .option('--endpoint <file>', 'probe the endpoint of this file, as NetBackup gets it; else the one-machine run')
    .option('--ca <file>', 'accept this certificate (PEM)')
    .addHelpText(
      'after',
      HELP +
        examples(
          'nbwatch doctor',
          'nbwatch doctor --json',
          'nbwatch doctor --probe --endpoint probe.endpoint.json > issue.md',
          'nbwatch doctor --probe --minutes 1',
        ),
    )
    .action(async (options: DoctorOptions) => {
      if (options.probe) {
        refuse(options, ['csv'], '--probe prints no table.');
        return runProbe(options, streams, wait);
      }
      refuse(options, ['minutes', 'jobs', 'endpoint', 'ca'], 'Only --probe connects as a primary server.');
      await withSession(options, streams, (session) =>
        withDoctor(session, (doctor) => report(doctor, options, streams)),
      );
    });
}

/** Refuses options that would change nothing. */
function refuse(options: DoctorOptions, meaningless: readonly (keyof DoctorOptions)[], why: string): void {
  const given = meaningless.find((option) => options[option] !== undefined);
  if (given !== undefined)
    throw new CliError(`${why} --${given} means nothing here.`, 'See nbwatch doctor --help', EXIT.usage);
}

async function report(doctor: Doctor, options: CommonOptions, streams: Streams): Promise<void> {
  const found: Finding[] = [];
  async function* noted() {
    for await (const finding of examine(doctor, CHECKS)) {
      found.push(finding);
      yield finding;
    }
  }
  await doctor.session.print(noted(), COLUMNS, '');
  const steps = found.flatMap(({ check, next }) => (next === undefined ? [] : [`  ${check}: ${next}`]));
  if (steps.length > 0 && !options.json && !options.csv)
    await streams.out(`\nWhat to do\n${[...new Set(steps)].join('\n')}\n`);
  if (found.some(needsAttention)) throw new EndWith(EXIT.attention);
}
