import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { type Command, Option } from 'commander';
import { duration } from '../../functions/alerts/words.ts';
import { hasTls } from '../../functions/certificate/read.ts';
import type { EndpointState } from '../../functions/registry/endpoint.ts';
import { isName, RESERVED_PRIMARY } from '../../functions/registry/endpoint.ts';
import { type Gap, gapsBetween } from '../../functions/registry/gaps.ts';
import { createLiveness } from '../../functions/watch/liveness.ts';
import { type ShownConnection, withStates } from '../connection-states.ts';
import { whereOf } from '../deployment.ts';
import { endpointFile } from '../endpoint-file.ts';
import { CliError, EXIT } from '../errors.ts';
import { shownBy } from '../host-certificate.ts';
import { type CommonOptions, common, examples, readTerm, tabular, wholeNumber } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams, Wait } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, jsonLine } from '../table.ts';
import { revokeEndpoint } from './revoke.ts';

interface CreateOptions extends CommonOptions {
  primary: string;
  name?: string;
  group?: string;
  priority: number;
}

export function addEndpointCommands(program: Command, streams: Streams, wait: Wait): void {
  const endpoint = program.command('endpoint').description('who may connect: the endpoints of each primary server');

  common(endpoint.command('create'))
    .description('register an endpoint and print its file for NetBackup: only once, as the token is not stored')
    .requiredOption('--primary <name>', 'the primary server: a-z, 0-9 and -; never reuse the name for another one')
    .option('--name <name>', 'the name of the endpoint (default: that of the primary)')
    .option('--group <id>', 'NetBackup keeps one connection per group (default: the name of the endpoint)')
    .option('--priority <n>', 'within a group NetBackup tries the lowest first', wholeNumber(0), 1)
    .addHelpText(
      'after',
      examples(
        'npx nbwatch endpoint create --primary berlin > berlin.endpoint.json',
        'npx nbwatch endpoint create --primary berlin --name berlin-2 --group berlin --priority 2 > berlin-2.endpoint.json',
      ),
    )
    .action((options: CreateOptions) =>
      withSession(options, streams, async ({ endpoints, target, awsNow }) => {
        const name = checkName(options.name ?? options.primary);
        const primary = checkName(options.primary);
        // The response also tells the time of AWS.
        const holder = await endpoints.get(name);
        if (holder && holder.revokedAt === undefined) throw takenBy(name, holder, whereOf(options));
        const state = { endpoint: name, primary, group: options.group ?? name, priority: options.priority };
        const certificate = await shownBy(target);
        const token = await endpoints.create({ ...state, certificate: certificate.served }, awsNow());
        if (token === undefined) throw takenBy(name, await endpoints.get(name), whereOf(options));
        streams.out(`${JSON.stringify(endpointFile(state, token, target.outputs.EndpointUrl), undefined, 2)}\n`);
        streams.err(
          `Registered ${name} in ${target.name}. Keep this file safe: it holds the token, which is shown only now.\n${inWebUi(target, 'Add; choose this file and accept the certificate')}${certificate.words}\n`,
        );
      }),
    );

  tabular(endpoint.command('list'))
    .description('all endpoints')
    .addHelpText('after', examples('npx nbwatch endpoint list', 'npx nbwatch endpoint list --json'))
    .action((options: CommonOptions) =>
      withSession(options, streams, async ({ endpoints, print, now }) =>
        print(
          await Array.fromAsync(endpoints.list(), withoutHashes),
          endpointColumns(now),
          'No endpoints yet. Register one with: npx nbwatch endpoint create --primary NAME',
        ),
      ),
    );

  tabular(endpoint.command('show <name>'))
    .description(
      'an endpoint, its connections and the gaps between them, newest first; asks the gateway which connections are alive',
    )
    .addHelpText('after', `\n--csv prints only the connections.\n${examples('npx nbwatch endpoint show berlin')}`)
    .action((given: string, options: CommonOptions) =>
      withSession(options, streams, async ({ endpoints, print, now, target }) => {
        const state = await existing(endpoints, given);
        const name = state.endpoint;
        const gateway = new ApiGatewayManagementApiClient({ ...target.client, endpoint: target.managementUrl });
        try {
          const liveness = createLiveness(gateway);
          const connections = await Array.fromAsync(withStates(endpoints.connections(name), liveness, now));
          const gaps = gapsBetween(connections, state.revokedAt).reverse();
          if (options.json) {
            const shown = { ...withoutHashes(state), connections: connections.map(withoutHashes), gaps };
            await streams.out(jsonLine(shown));
            return;
          }
          if (!options.csv) await print([state], endpointColumns(now), '');
          await print(connections, CONNECTION_COLUMNS, 'It has never been connected.');
          if (!options.csv && gaps.length > 0) await print(gaps, gapColumns(now), '');
        } finally {
          gateway.destroy();
        }
      }),
    );

  common(endpoint.command('rotate <name>'))
    .description('give an endpoint a new token and print its file; the first use of the new token ends the old one')
    .addOption(
      new Option('--overlap <age>', 'how long the old token stays valid at most')
        .argParser(readTerm)
        .default(readTerm('1d'), '1d'),
    )
    .addHelpText('after', examples('npx nbwatch endpoint rotate berlin > berlin.endpoint.json'))
    .action((given: string, options: CommonOptions & { overlap: number }) =>
      withSession(options, streams, async ({ endpoints, target, awsNow }) => {
        const state = await existing(endpoints, given);
        const name = state.endpoint;
        const certificate = await shownBy(target);
        const now = awsNow();
        const token = await endpoints.rotate(name, now, options.overlap, certificate.served);
        if (token === undefined)
          throw new CliError(
            `The endpoint ${name} is revoked.`,
            `Register it again, with a new token: npx nbwatch endpoint create ${optionsOf(state)}${whereOf(options)}`,
            EXIT.failed,
          );
        streams.out(`${JSON.stringify(endpointFile(state, token, target.outputs.EndpointUrl), undefined, 2)}\n`);
        streams.err(
          `${inWebUi(target, `${new URL(target.outputs.EndpointUrl).hostname}, Edit; choose this file`)}The old token is valid until NetBackup connects with the new one, and until ${showTime(now + options.overlap)} UTC at most.\n`,
        );
      }),
    );

  common(endpoint.command('revoke <name>'))
    .description('end an endpoint: revoke its tokens for good, and close its connections')
    .addHelpText('after', examples('npx nbwatch endpoint revoke berlin'))
    .action((given: string, options: CommonOptions) =>
      withSession(options, streams, async (session) => {
        const { endpoint: name } = await existing(session.endpoints, given);
        await revokeEndpoint(session, name, streams, wait);
      }),
    );
}

/** Where an endpoint file goes; nothing without TLS, as NetBackup would not take the file. */
function inWebUi({ outputs }: Session['target'], steps: string): string {
  return hasTls(outputs.EndpointUrl) ? `In NetBackup's web UI: Settings, WebSocket servers, ${steps}.\n` : '';
}

/** The endpoint of this name, in upper or lower case. Throws CliError if there is none. */
async function existing(endpoints: Session['endpoints'], name: string): Promise<EndpointState> {
  const state = await endpoints.get(name.toLowerCase());
  if (!state)
    throw new CliError(`There is no endpoint ${name}.`, 'See them with: npx nbwatch endpoint list', EXIT.notFound);
  return state;
}

/** A text as a shell takes it for one word. */
const shellWord = (text: string) => (/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The options of `endpoint create` that make an endpoint as it was. */
function optionsOf({ endpoint, primary, group, priority }: EndpointState): string {
  const options = [`--primary ${primary}`, `--name ${endpoint}`];
  if (group !== endpoint) options.push(`--group ${shellWord(group)}`);
  if (priority !== 1) options.push(`--priority ${priority}`);
  return options.join(' ');
}

/** The error for a name that is taken by another endpoint. */
function takenBy(name: string, holder: EndpointState | undefined, where: string): CliError {
  return holder?.revokedAt === undefined
    ? new CliError(
        `An endpoint ${name} already exists.`,
        `For a new token: npx nbwatch endpoint rotate ${name}${where}. For another endpoint: --name OTHER.`,
      )
    : new CliError(
        `The endpoint ${name} belonged to the primary ${holder.primary}, and is revoked.`,
        'Give this one another name: --name OTHER.',
      );
}

function checkName(name: string): string {
  if (!isName(name))
    throw new CliError(`${name} is not a valid name.`, 'A name has 1 to 63 characters: a-z, 0-9 and -.', EXIT.usage);
  if (name === RESERVED_PRIMARY)
    throw new CliError(`The name ${name} is reserved for nbwatch's own probe.`, 'Choose another name.', EXIT.usage);
  return name;
}

/** Leaves out the hashes of tokens, which tell a reader nothing. */
function withoutHashes<T extends { tokenHash: string; previousTokenHash?: string | undefined }>({
  tokenHash: _,
  previousTokenHash: __,
  ...shown
}: T) {
  return shown;
}

function endpointColumns(now: number): Columns<Omit<EndpointState, 'tokenHash'>> {
  return {
    endpoint: ({ endpoint }) => endpoint,
    primary: ({ primary }) => primary,
    group: ({ group }) => group,
    priority: ({ priority }) => priority,
    'created (UTC)': ({ createdAt }) => showTime(createdAt),
    'token first used': ({ tokenUsedAt }) => showTime(tokenUsedAt),
    state: ({ revokedAt, tokenUsedAt, previousUntil }) => {
      if (revokedAt !== undefined) return { text: `revoked ${showTime(revokedAt)}`, colour: 'gray' };
      const isRotating = tokenUsedAt === undefined && previousUntil !== undefined && previousUntil > now;
      return isRotating ? `two tokens until ${showTime(previousUntil)}` : 'open';
    },
  };
}

const CONNECTION_COLUMNS: Columns<ShownConnection> = {
  connection: ({ connectionId }) => connectionId,
  source: ({ sourceIp }) => sourceIp,
  'opened (UTC)': ({ openedAt }) => showTime(openedAt),
  'last heard': ({ heardAt }) => showTime(heardAt),
  state: ({ state, closedAt }) => {
    if (state === 'closed') return `closed ${showTime(closedAt)}`;
    return { text: state, colour: state === 'alive' ? 'green' : 'yellow' };
  },
};

function gapColumns(now: number): Columns<Gap> {
  return {
    'not connected from (UTC)': ({ from, sinceHeard }) => `${showTime(from)}${sinceHeard ? ' (last heard)' : ''}`,
    until: ({ to }) => (to === undefined ? 'now' : showTime(to)),
    for: ({ from, to = now }) => duration(to - from),
  };
}
