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
nbwatch learns from the runs of a backup how often it comes, and says when it is overdue: docs/watching.md says how.
What is said here counts for more. Names are taken however they are capitalised.

  without options        list what was said
  --every <age>          backups of this client under this policy are overdue when no run of any schedule was good for so long; also when none was ever seen. Leave room for a long night: 26h for a daily backup.
  --retire               no backup of this client, or of this client under this policy, is overdue until one runs again
  --forget               take back what was said
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

/** What is said of which backups. */
type Saying = ExpectOptions & { client: string };

const LEAST_MS = 3_600_000;
const MOST_MS = 366 * 86_400_000;

/** NetBackup's own names are shorter. */
const LONGEST_NAME = 512;

export function addExpectCommand(program: Command, streams: Streams): void {
  tabular(program.command('expect'))
    .description('how often backups are to come, or that none is to come any more; without options, what was said')
    .option('--client <name>', 'the client', readShortName)
    .option('--policy <name>', 'the policy', readShortName)
    .option('--primary <name>', 'the primary; needed when there are several')
    .option('--every <age>', 'how long there may be no good run: 26h, 8d', readEvery)
    .option('--retire', 'none is to come any more')
    .option('--forget', 'take back what was said')
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
  if (Buffer.byteLength(name) > LONGEST_NAME) throw new InvalidArgumentError('It is longer than any name.');
  return name;
}

function readEvery(text: string): number {
  const ms = readAge(text);
  if (ms < LEAST_MS || ms > MOST_MS) throw new InvalidArgumentError('It takes 1h to 366d.');
  return ms;
}

/** What is to be said; undefined when what was said is to be listed. Throws CliError for what nobody can mean. */
function checked(options: ExpectOptions): Saying | undefined {
  const { client, policy, every, retire, forget } = options;
  const ways = [every, retire, forget].filter((way) => way !== undefined).length;
  if (ways === 0) return undefined;
  if (ways > 1) refuse('--every, --retire and --forget exclude each other.', 'Give one of them.');
  if (client === undefined) refuse('Nothing says which client is meant.', 'Name it with --client.');
  if (every !== undefined && policy === undefined)
    refuse('--every needs a policy: each has its own schedules.', 'Name it with --policy.');
  return { ...options, client };
}

async function list(session: Session, names: ExpectOptions): Promise<void> {
  // Nothing is said of a primary that is mistyped, which looks as if nothing were said of the one that is meant.
  if (names.primary !== undefined) await session.primaries(names.primary);
  const asked = (await Array.fromAsync(expectationsOf(session).list())).filter((one) => isOf(one, names));
  await session.print(
    asked.sort(byName).map(formOf),
    COLUMNS,
    'Nothing was said of backups: what they did before decides. Say something with: npx nbwatch expect --client NAME --policy NAME --every 26h',
  );
}

async function say(session: Session, saying: Saying, streams: Streams): Promise<void> {
  const { client, policy, every } = saying;
  const primary = await primaryOf(session, saying);
  const names = { primary, client, ...(policy !== undefined && { policy }) };
  const seen = await seriesOf(session, names);
  if (every === undefined) {
    const said = await Array.fromAsync(expectationsOf(session).list());
    // A name that is mistyped would retire nothing, and nobody would know.
    if (seen.length === 0 && !said.some((one) => isOf(one, names)))
      session.notFound(`No backup of ${nameOf(names)} on ${primary} was ever seen or declared.`, SEE_NAMES);
    await session.print([formOf(await expectationsOf(session).retire(names, session.now))], COLUMNS, '');
    streams.err('None of these is overdue until one runs again.\n');
    return;
  }
  const said = await expectationsOf(session).declare({ ...names, policy: policy ?? '' }, every, session.now);
  await session.print([formOf(said)], COLUMNS, '');
  streams.err(
    seen.length === 0
      ? `None was seen yet: it is overdue in ${span(every)} unless one comes.\n`
      : `It is overdue when no run was good for ${span(every)}, whatever the schedule.\n`,
  );
}

async function forget(session: Session, saying: Saying, streams: Streams): Promise<void> {
  const { client, policy } = saying;
  const primary = await primaryOf(session, saying);
  const names = { primary, client, ...(policy !== undefined && { policy }) };
  if (!(await expectationsOf(session).remove(names)))
    throw new CliError(
      `Nothing was said of ${nameOf(names)} on ${primary}.`,
      'See what was with: npx nbwatch expect',
      EXIT.notFound,
    );
  streams.err(`What was said of ${nameOf(names)} is taken back: what these backups did before decides.\n`);
}

/** The primary that is meant: the only one, or the one that is named. */
async function primaryOf({ primaries }: Session, { primary }: ExpectOptions): Promise<string> {
  const all = (await primaries(primary)).filter((name) => name !== RESERVED_PRIMARY);
  const [only] = all;
  if (only === undefined)
    throw new CliError('There is no primary yet.', 'Register one with: npx nbwatch endpoint create --primary NAME');
  if (all.length > 1)
    refuse(`There are several primaries: ${all.join(', ')}.`, 'Say which one is meant with --primary NAME.');
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

/** As programs are given it: by the names that these fields have of a job. */
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

/** Whether something was said of what these options name. */
function isOf(said: Expectation, { primary, client, policy }: ExpectOptions): boolean {
  return isNamed(said.primary, primary) && isNamed(said.client, client) && isNamed(said.policy ?? '', policy);
}

function refuse(message: string, next: string): never {
  throw new CliError(message, next, EXIT.usage);
}
