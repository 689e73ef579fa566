import type { Command } from 'commander';
import { CHECKS } from '../doctor/checks.ts';
import { type Doctor, withDoctor } from '../doctor/doctor.ts';
import { examine } from '../doctor/examine.ts';
import { type Finding, needsAttention } from '../doctor/finding.ts';
import { EndWith, EXIT } from '../errors.ts';
import { type CommonOptions, examples, tabular } from '../options.ts';
import type { Streams } from '../program.ts';
import { withSession } from '../session.ts';
import { type Colour, type Columns, sentence } from '../table.ts';

const HELP = `
Nothing is changed. What you may not see is unknown, and no fault. Exit code ${EXIT.attention}: something needs attention.
`;

const COLOURS: Readonly<Record<Finding['state'], Colour>> = {
  ...{ ok: 'green', warning: 'yellow', failed: 'red', unknown: 'gray' },
};

const COLUMNS: Columns<Finding> = {
  check: ({ check }) => check,
  state: ({ state }) => ({ text: state, colour: COLOURS[state] }),
  what: ({ what }) => sentence(what),
};

export function addDoctorCommand(program: Command, streams: Streams): void {
  tabular(program.command('doctor'))
    .description('is it set up well? subscriptions, streams, tables, permissions, quotas, clock, endpoint, certificate')
    .addHelpText('after', HELP + examples('nbwatch doctor', 'nbwatch doctor --json'))
    .action((options: CommonOptions) =>
      withSession(options, streams, (session) => withDoctor(session, (doctor) => report(doctor, options, streams))),
    );
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
