import { type Command, InvalidArgumentError } from 'commander';
import { TRAFFIC } from '../../client/traffic/kinds.ts';
import type { Scenario } from '../../local/scenarios/scenario.ts';
import { CliError, EXIT } from '../errors.ts';
import { wholeNumber } from '../options.ts';
import { renderTable } from '../output.ts';
import type { Streams } from '../program.ts';
import { countKinds, showScenario } from '../simulate/play-scenario.ts';
import { sendTraffic, type TrafficCommandOptions } from '../simulate/send-traffic.ts';
import { sentence } from '../table.ts';

const HELP = `
Traffic is sent through a WebSocket, as a NetBackup primary server sends it: to the one-machine run of this folder, or to the
endpoint of --endpoint, and nowhere else. nbwatch treats it as real, and alerts people to failures.
Scenarios are played and sent nowhere: months pass in seconds, by the rules and settings of this folder's stack, on a DynamoDB Local
of their own.
Needs Java 17. Without a name both are listed. docs/simulate.md says more.

Examples:
  npx nbwatch simulate
  npx nbwatch simulate night --clients 200 --policies 12 --fail 3% --seed 7
  npx nbwatch simulate storm --endpoint simulated.endpoint.json --rate 20/s
  npx nbwatch simulate dead-primary --emails`;

interface SimulateOptions extends TrafficCommandOptions {
  emails?: boolean;
}

export function addSimulateCommand(program: Command, streams: Streams): void {
  program
    .command('simulate')
    .argument('[name]', 'the traffic to send or the scenario to play; without a name, all are listed')
    .description('send the traffic of a primary server, or play a scenario and see which alerts people would get')
    .option(
      '--endpoint <file>',
      'send to the endpoint of this file, as given to NetBackup (default: the one-machine run)',
    )
    .option('--ca <file>', 'accept this certificate (PEM)')
    .option('--clients <n>', 'how many clients are backed up', wholeNumber(1))
    .option('--policies <n>', 'by how many policies', wholeNumber(1))
    .option('--fail <share>', 'the share of backups that fail, such as 3%', readShare)
    .option('--seed <n>', 'seed of all that is random: the same seed sends the same (default: 1)', wholeNumber(0))
    .option('--first-job <id>', 'job ids count up from this one (default: from the time)', wholeNumber(1))
    .option('--minutes <n>', 'compress its hours into this many minutes; 0: as fast as possible', readMinutes)
    .option('--rate <n/s>', 'instead, send this many notifications per second, such as 20/s', readRate)
    .option('--connections <n>', 'send through this many connections (default: 1, as NetBackup does)', wholeNumber(1))
    .option('--outstanding <n>', 'unacknowledged notifications per connection at a time (default: 2)', wholeNumber(1))
    .option('--wait <seconds>', 'give up after this long without an acknowledgement (default: 60)', wholeNumber(1))
    .option(
      '--verify',
      'afterwards, check that all of it was stored and every failure is in a message or waits for its turn',
    )
    .option('--no-verify', 'do not check; the default with --endpoint')
    .option('--stack <name>', 'with --verify and --endpoint: the deployed stack that the file belongs to')
    .option('--emails', 'for a scenario: print each message in full, not only its subject')
    .option('--json', 'print JSON, one object per line')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, options: SimulateOptions) => {
      const kind = TRAFFIC.find((one) => one.name === name);
      if (kind) {
        refuse(
          options,
          (option) => option === 'emails',
          (option) => `${name} is traffic: nbwatch itself sends the emails. ${option} is only for scenarios.`,
        );
        return sendTraffic(kind, options, streams);
      }
      // Only this command needs the parts of the one-machine run.
      const { SCENARIOS } = await import('../../local/scenarios/scenarios.ts');
      const scenario = SCENARIOS.find((one) => one.name === name);
      if (name !== undefined && !scenario)
        throw new CliError(
          `There is no traffic or scenario named ${name}.`,
          'See them with: npx nbwatch simulate',
          EXIT.notFound,
        );
      const what = scenario ? `${scenario.name} is a scenario` : 'Without a name, everything is only listed';
      refuse(
        options,
        (option) => option !== 'emails' && option !== 'json',
        (option) => `${what}: ${option} is only for traffic.`,
      );
      if (!scenario) return list(SCENARIOS, options, streams);
      await showScenario(scenario, options, streams);
    });
}

/** Refuses options that would have no effect. */
function refuse(options: SimulateOptions, isWrong: (option: string) => boolean, why: (option: string) => string): void {
  const wrong = Object.keys(options).find(isWrong);
  if (wrong === undefined) return;
  const option = `--${wrong.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new CliError(why(option), 'See npx nbwatch simulate --help', EXIT.usage);
}

function list(scenarios: readonly Scenario[], { json }: SimulateOptions, { out, terminal }: Streams): void {
  const sent = TRAFFIC.map(({ name, title }) => ({ name, what: title }));
  const played = scenarios.map(({ name, title, tells }) => ({ name, what: title, tells }));
  if (json) {
    for (const row of sent) out(`${JSON.stringify({ how: 'sent', ...row })}\n`);
    for (const row of played) out(`${JSON.stringify({ how: 'played', ...row })}\n`);
    return;
  }
  out(
    `Traffic, sent to a running nbwatch as a primary server sends it\n${renderTable(
      sent.map(({ name, what }) => ({ name, what: sentence(what) })),
      terminal,
    )}\n\n`,
  );
  const rows = played.map((row) => ({
    name: row.name,
    sends: sentence(countKinds(row.tells)),
    what: sentence(row.what),
  }));
  out(`Scenarios, played with a simulated clock and sent nowhere\n${renderTable(rows, terminal)}\n`);
}

/** `3%` as a share from 0 to 1. */
function readShare(text: string): number {
  const [, percent = ''] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent === '' || Number(percent) > 100) throw new InvalidArgumentError('It takes a percentage from 0% to 100%.');
  return Number(percent) / 100;
}

function readMinutes(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It takes minutes, such as 0.5 or 480.');
  return Number(text);
}

/** `20/s` */
function readRate(text: string): number {
  const [, rate = ''] = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text) ?? [];
  if (!(Number(rate) > 0)) throw new InvalidArgumentError('It takes notifications per second, such as 20/s.');
  return Number(rate);
}
