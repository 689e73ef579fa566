import { type Command, InvalidArgumentError } from 'commander';
import { span } from '../../functions/alerts/overdue-words.ts';
import { type Series, seriesWithoutUsableRunSince } from '../../functions/questions/series.ts';
import { orderBy } from '../../functions/records/order.ts';
import { RESERVED_PRIMARY } from '../../functions/registry/endpoint.ts';
import { concerns, type Expectation } from '../../functions/registry/expectation.ts';
import { createExpectations } from '../../functions/registry/expectations.ts';
import { CliError, EXIT } from '../errors.ts';
import { isNamed, SEE_NAMES } from '../filters.ts';
import { type CommonOptions, examples, readAge, readName, tabular } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type Columns, cut } from '../table.ts';

const HELP = `
nbwatch learns from the runs of a backup how often it comes, and alerts people when it is overdue: docs/watching.md says how.
A declaration made here takes precedence. Names match regardless of case.

  without options        list the declarations
  --every <age>          backups of this client under this policy are overdue when no run of any schedule was usable for this long, even if none was ever seen. Leave room for a long night: 26h for a daily backup.
  --retire               no backup of this client, or of this client under this policy, is overdue until one runs again
  --forget               remove the declaration
${examples(
  'npx nbwatch expect',
  'npx nbwatch expect --client sql01 --policy nightly --every 26h',
  'npx nbwatch expect --retire --client sql01',
  'npx nbwatch expect --forget --client sql01 --policy nightly',
)}`;

interface ExpectOptions extends CommonOptions {
  primary?: string;
  client?: string;
  policy?: string;
  every?: number;
  retire?: boolean;
  forget?: boolean;
}

/** A declaration about the backups of a client, or of a client under a policy. */
type Saying = ExpectOptions & { client: string };

const LEAST_MS = 3_600_000;
const MOST_MS = 366 * 86_400_000;

/** NetBackup's own names are shorter. */
const LONGEST_NAME = 512;

export function addExpectCommand(program: Command, streams: Streams): void {
  tabular(program.command('expect'))
    .description('declare how often backups are due, or that they are retired; without options, list the declarations')
    .option('--client <name>', 'the client', readShortName)
    .option('--policy <name>', 'the policy', readShortName)
    .option('--primary <name>', 'the primary; needed if there are several')
    .option('--every <age>', 'the longest time without a usable run: 26h, 8d', readEvery)
    .option('--retire', 'expect no more backups')
    .option('--forget', 'remove the declaration')
    .addHelpText('after', HELP)
    .action(async (options: ExpectOptions) => {
      const saying = checked(options);
      await withSession(options, streams, async (session) => {
        if (!saying) await list(session, options);
        else if (saying.forget) await forget(session, saying, streams);
        else await say(session, saying, streams);
      });
    });
}

function readShortName(text: string): string {
  const name = readName(text);
  if (Buffer.byteLength(name) > LONGEST_NAME)
    throw new InvalidArgumentError(`A name has at most ${LONGEST_NAME} bytes.`);
  return name;
}

function readEvery(text: string): number {
  const ms = readAge(text);
  if (ms < LEAST_MS || ms > MOST_MS) throw new InvalidArgumentError('It takes 1h to 366d.');
  return ms;
}

/** The declaration to make; undefined if they are to be listed. Throws CliError if the options make no sense. */
function checked(options: ExpectOptions): Saying | undefined {
  const { client, policy, every, retire, forget } = options;
  const ways = [every, retire, forget].filter((way) => way !== undefined).length;
  if (ways === 0) return undefined;
  if (ways > 1) refuse('--every, --retire and --forget cannot be used together.', 'Give one of them.');
  if (client === undefined) refuse('The options do not name a client.', 'Name it with --client.');
  if (every !== undefined && policy === undefined)
    refuse('--every needs a policy: each has its own schedules.', 'Name it with --policy.');
  return { ...options, client };
}

async function list(session: Session, names: ExpectOptions): Promise<void> {
  // Fails for a mistyped primary: an empty list would look as if the intended primary had no declarations.
  if (names.primary !== undefined) await session.primaries(names.primary);
  const asked = (await Array.fromAsync(expectationsOf(session).list())).filter((one) => isOf(one, names));
  const isNarrowed = [names.primary, names.client, names.policy].some((name) => name !== undefined);
  await session.print(
    asked.sort(byName).map(formOf),
    COLUMNS,
    isNarrowed
      ? 'No declaration has these names. List all with: npx nbwatch expect'
      : 'No declarations: nbwatch judges backups by how often they ran before. Make one with: npx nbwatch expect --client NAME --policy NAME --every 26h',
  );
}

async function say(session: Session, saying: Saying, streams: Streams): Promise<void> {
  const { client, policy, every } = saying;
  const primary = await primaryOf(session, saying);
  const names = { primary, client, ...(policy !== undefined && { policy }) };
  const seen = await seriesOf(session, names);
  if (every === undefined) {
    const said = await Array.fromAsync(expectationsOf(session).list());
    // A mistyped name would retire nothing, and nobody would notice.
    if (seen.length === 0 && !said.some((one) => isOf(one, names)))
      session.notFound(`No backup of ${nameOf(names)} on ${primary} was ever seen or declared.`, SEE_NAMES);
    await session.print([formOf(await expectationsOf(session).retire(names, session.now))], COLUMNS, '');
    streams.err('None of these backups counts as overdue until it runs again.\n');
    return;
  }
  const said = await expectationsOf(session).declare({ ...names, policy: policy ?? '' }, every, session.now);
  await session.print([formOf(said)], COLUMNS, '');
  streams.err(
    seen.length === 0
      ? `nbwatch has not seen this backup yet. It becomes overdue in ${span(every)} unless it has a usable run before then.\n`
      : `It is overdue after ${span(every)} without a usable run, whatever the schedule.\n`,
  );
}

async function forget(session: Session, saying: Saying, streams: Streams): Promise<void> {
  const { client, policy } = saying;
  const primary = await primaryOf(session, saying);
  const names = { primary, client, ...(policy !== undefined && { policy }) };
  if (!(await expectationsOf(session).remove(names)))
    throw new CliError(
      `There is no declaration for ${nameOf(names)} on ${primary}.`,
      'See the declarations with: npx nbwatch expect',
      EXIT.notFound,
    );
  streams.err(
    `The declaration for ${nameOf(names)} is removed. Unless another one covers these backups, nbwatch judges them by how often they ran before.\n`,
  );
}

/** The primary that is named, or the only one. */
async function primaryOf({ primaries }: Session, { primary }: ExpectOptions): Promise<string> {
  const all = (await primaries(primary)).filter((name) => name !== RESERVED_PRIMARY);
  const [only] = all;
  if (only === undefined)
    throw new CliError('There is no primary yet.', 'Register one with: npx nbwatch endpoint create --primary NAME');
  if (all.length > 1) refuse(`There are several primaries: ${all.join(', ')}.`, 'Choose one with --primary NAME.');
  return only;
}

async function seriesOf({ tables, now }: Session, names: Expectation): Promise<Series[]> {
  const all = await Array.fromAsync(seriesWithoutUsableRunSince(tables, names.primary, now, now));
  return all.filter(({ clientName, policyName }) => concerns(names, { client: clientName, policy: policyName }));
}

const expectationsOf = ({ tables }: Session) => createExpectations(tables.client, tables.registry, tables);

const byName = orderBy<Expectation>(
  ({ primary }) => primary,
  ({ client }) => client.toLowerCase(),
  ({ policy = '' }) => policy.toLowerCase(),
);

const nameOf = ({ client, policy }: Pick<Expectation, 'client' | 'policy'>) =>
  policy === undefined ? client : `${client}, ${policy}`;

/** An expectation as `--json` prints it: with the field names that a job has. */
const formOf = ({ primary, client, policy, every, declaredAt, retiredAt }: Expectation) => ({
  ...{ primary, clientName: client, policyName: policy, everyMs: every, declaredAt, retiredAt },
});

const COLUMNS: Columns<ReturnType<typeof formOf>> = {
  primary: ({ primary }) => primary,
  client: ({ clientName }) => cut(clientName),
  policy: ({ policyName = '(all)' }) => cut(policyName),
  every: ({ everyMs }) => (everyMs === undefined ? '-' : span(everyMs)),
  'declared (UTC)': ({ declaredAt }) => showTime(declaredAt),
  'retired (UTC)': ({ retiredAt }) => showTime(retiredAt),
};

/** Whether a declaration is for the names in these options. */
function isOf(said: Expectation, { primary, client, policy }: ExpectOptions): boolean {
  return isNamed(said.primary, primary) && isNamed(said.client, client) && isNamed(said.policy ?? '', policy);
}

function refuse(message: string, next: string): never {
  throw new CliError(message, next, EXIT.usage);
}
