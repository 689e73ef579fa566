import type { Command } from 'commander';
import type { Scenario } from '../../local/scenarios/scenario.ts';
import type { Told } from '../../local/scenarios/world.ts';
import { CliError, EXIT } from '../errors.ts';
import { renderTable } from '../output.ts';
import type { Streams } from '../program.ts';

const HELP = `
A scenario is played with a clock that is moved, so that months pass in seconds: by the rules and settings of this folder's
stack, on a DynamoDB Local of its own. Nothing reaches AWS, a one-machine run, or anybody's mailbox. Needs Java 17.

Examples:
  nbwatch simulate
  nbwatch simulate dead-primary
  nbwatch simulate dead-primary --emails`;

interface SimulateOptions {
  json?: boolean;
  emails?: boolean;
}

export function addSimulateCommand(program: Command, streams: Streams): void {
  program
    .command('simulate')
    .argument('[scenario]', 'which; without one they are listed')
    .description('play what could happen, and see what people would be told')
    .option('--emails', 'print what is told whole, and not its subject alone')
    .option('--json', 'print JSON, one message a line')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, options: SimulateOptions) => {
      // Only this command needs what the one-machine run is made of.
      const { SCENARIOS } = await import('../../local/scenarios/scenarios.ts');
      if (name === undefined) return list(SCENARIOS, options, streams);
      const scenario = SCENARIOS.find((one) => one.name === name);
      if (!scenario)
        throw new CliError(`There is no scenario ${name}.`, 'See them with: nbwatch simulate', EXIT.notFound);
      await play(scenario, options, streams);
    });
}

function list(scenarios: readonly Scenario[], { json }: SimulateOptions, streams: Streams): void {
  const rows = scenarios.map(({ name, title, tells }) => ({ scenario: name, what: title, tells }));
  if (json) for (const row of rows) streams.out(`${JSON.stringify(row)}\n`);
  else streams.out(`${renderTable(rows.map((row) => ({ ...row, tells: countKinds(row.tells) })))}\n`);
}

async function play(scenario: Scenario, { json, emails }: SimulateOptions, streams: Streams): Promise<void> {
  const { playScenario } = await import('../../local/scenarios/play.ts');
  if (!json) streams.out(`${scenario.name}: ${scenario.title}\n\n`);
  const told = await playScenario(scenario, {
    progress: (text) => streams.err(`${text}\n`),
    happens(at, what) {
      if (!json) streams.out(`  ${whenOf(at)}        ${what}\n`);
    },
    told(message) {
      if (json) streams.out(`${JSON.stringify(message)}\n`);
      else streams.out(`  ${whenOf(message.at)}  told  ${message.subject}\n`);
      if (emails && !json) streams.out(`${indented(message.text)}\n`);
    },
  });
  const kinds = told.map(({ kind }) => kind);
  const expected = countKinds(scenario.tells);
  if (JSON.stringify(kinds) === JSON.stringify(scenario.tells)) {
    if (!json) streams.out(`\nAs it should be: ${expected}.\n`);
    return;
  }
  throw new CliError(
    `It told ${countKinds(kinds)}, and should have told ${expected}.`,
    'With other thresholds than the defaults that may be right: docs/settings.md. With the defaults it is a fault of nbwatch.',
  );
}

/** `nothing`; `3 FeedLost, 1 FeedRestored` */
function countKinds(kinds: readonly string[]): string {
  const counts = Array.from(
    Map.groupBy(kinds, (kind) => kind),
    ([kind, all]) => `${all.length} ${kind}`,
  );
  return counts.length === 0 ? 'nothing' : counts.join(', ');
}

const MINUTE_MS = 60_000;

/** `day 3 07:15`, since the scenario began. `at`: ms since then. */
function whenOf(at: Told['at']): string {
  const minutes = Math.floor(at / MINUTE_MS);
  const two = (n: number) => String(n).padStart(2, '0');
  return `day ${String(Math.floor(minutes / 1_440) + 1).padStart(3)} ${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

const indented = (text: string) => text.replaceAll(/^/gm, '      | ');
