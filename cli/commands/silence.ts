import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { countHeld } from '../../functions/questions/held.ts';
import { seriesWithoutUsableRunSince } from '../../functions/questions/series.ts';
import { activeUntil, isActive, nextStart, type Silence, silenceForm } from '../../functions/silences/silence.ts';
import { createSilences } from '../../functions/silences/silences.ts';
import { whereOf } from '../deployment.ts';
import { CliError, EXIT } from '../errors.ts';
import { filtered, isNamed, SEE_NAMES } from '../filters.ts';
import { type CommonOptions, examples, readName, tabular } from '../options.ts';
import { showTime } from '../output.ts';
import type { Streams } from '../program.ts';
import { type Session, withSession } from '../session.ts';
import { type AddOptions, readMoment, readWindow, readZone, silenceOf } from '../silence-options.ts';
import { type Columns, cut, sentence } from '../table.ts';

const ADD_HELP = `
A failure must match everything that is named. Names match regardless of case.
--from and --until take a duration (90m, 2h, 3d) or a time with its offset from UTC
(2026-11-24T06:00Z, 2026-11-24T06:00+01:00). A duration counts from now; for --until it counts from --from, if that is given.
--every takes days (Sun, Mon-Fri, Sat,Sun, daily) and hours in the time zone of --zone; a window may cross midnight.
${examples(
  'npx nbwatch silence add --client sql01 --until 2h --reason "moves to new storage"',
  'npx nbwatch silence add --policy weekly --status 1,41,150-160 --from 3h --until 8h --reason "CHG-1204"',
  'npx nbwatch silence add --primary berlin --every "Sun 02:00-04:00" --zone Europe/Berlin --reason "patch window"',
  'npx nbwatch silence add --job-type IMAGEDELETE --status 191 --for-good --reason "nothing to do about it"',
)}`;

export function addSilenceCommands(program: Command, streams: Streams): void {
  const silence = program
    .command('silence')
    .description('hold failures back, and send them together when the silence is over');

  filtered(tabular(silence.command('add')), 'primary', 'client', 'policy', 'status')
    .description('hold back matching failures')
    .option('--job-type <type>', "only this job type, by NetBackup's name: BACKUP, IMAGEDELETE", readName)
    .option('--all', 'every failure of every primary')
    .option('--from <time>', 'when it begins (default: now)', readMoment)
    .option('--until <time>', 'when it ends', readMoment)
    .option('--for-good', 'without an end')
    .option('--every <window>', 'only in this window of each week: "Sun 02:00-04:00"', readWindow)
    .option('--zone <name>', 'the time zone of the window, such as Europe/Berlin (default: UTC)', readZone)
    .requiredOption('--reason <text>', 'why; this is shown when the silence is over', readName)
    .addHelpText('after', ADD_HELP)
    .action(async (options: AddOptions) => {
      const wanted = silenceOf(options, Date.now());
      await withSession(options, streams, async (session) => {
        const primaries = await session.primaries(options.primary);
        if (!(await isKnown(session, primaries, wanted))) streams.err(`${unknownOf(wanted)}\n`);
        const added = { id: newId(), ...wanted };
        if (!(await silencesOf(session).add(added)))
          throw new CliError(`Another silence already has the id ${added.id}.`, 'Run the command again.');
        await session.print([{ ...stateOf(added, session.now), held: 0 }], COLUMNS, '');
        const ending = `npx nbwatch silence end ${added.id}${whereOf(options)}`;
        streams.err(
          added.until === undefined && added.every === undefined
            ? `It has no end. What it holds back is sent in one message when you end it: ${ending}\n`
            : `What it holds back is sent in one message when it is over. To end it now: ${ending}\n`,
        );
      });
    });

  tabular(silence.command('list'))
    .description('all silences: active, scheduled, and those that ended in the last 400 days')
    .addHelpText('after', examples('npx nbwatch silence list', 'npx nbwatch silence list --json'))
    .action((options: CommonOptions) =>
      withSession(options, streams, async (session) => {
        const silences = await Array.fromAsync(silencesOf(session).list());
        const states = silences.map((one) => stateOf(one, session.now)).sort(byState);
        const rows = states.map(async (one) => ({ ...one, held: await countHeld(session.tables, one.id) }));
        await session.print(
          await Promise.all(rows),
          COLUMNS,
          'No silences yet. Add one with: npx nbwatch silence add --client NAME --until 2h --reason TEXT',
        );
      }),
    );

  tabular(silence.command('end'))
    .argument('<id>', 'the id that silence list shows', (text: string) => text.toLowerCase())
    .description('end a silence now; what it held back is sent in one message')
    .addHelpText('after', examples('npx nbwatch silence end k3f9qd'))
    .action((id: string, options: CommonOptions) =>
      withSession(options, streams, async (session) => {
        const silences = silencesOf(session);
        const ended = await silences.end(id, session.now);
        const found = (await Array.fromAsync(silences.list())).find((one) => one.id === id);
        if (!found)
          throw new CliError(`There is no silence ${id}.`, 'See them with: npx nbwatch silence list', EXIT.notFound);
        const held = await countHeld(session.tables, id);
        await session.print([{ ...stateOf(found, session.now), held }], COLUMNS, '');
        streams.err(
          ended
            ? `${id} is over. What it held back is sent as soon as the hourly budget allows, except what another silence covers.\n`
            : `${id} was over already.\n`,
        );
      }),
    );
}

/**
 * Whether a backup with these names was ever seen. Only backups have series, so for other job types this cannot be
 * known.
 */
async function isKnown({ tables, now }: Session, primaries: readonly string[], named: Named): Promise<boolean> {
  const { client, policy, jobType } = named;
  if ((client ?? policy) === undefined || !isNamed('BACKUP', jobType)) return true;
  for (const primary of primaries)
    for await (const { clientName, policyName } of seriesWithoutUsableRunSince(tables, primary, now, now))
      if (isNamed(clientName, client) && isNamed(policyName, policy)) return true;
  return false;
}

type Named = Pick<Silence, 'primary' | 'client' | 'policy' | 'jobType'>;

/** A warning only: the name may be mistyped and hold nothing back, or its first backup may be yet to come. */
function unknownOf({ primary, client, policy }: Named): string {
  const of = showNamed({ clientName: client, policyName: policy });
  return `No backup of ${of}${primary === undefined ? '' : ` on ${primary}`} is known so far. ${SEE_NAMES}`;
}

const silencesOf = ({ tables }: Session) => createSilences(tables.client, tables.registry);

/** No letters that can be mistaken for digits. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Six letters and digits: short enough to be read out, and one of a thousand million. */
function newId(): string {
  return Array.from(randomBytes(6), (byte) => LETTERS[byte % LETTERS.length]).join('');
}

const STATES = ['active', 'scheduled', 'ended'] as const;

/** A silence in its state at some time, and when that state changes (epoch ms). */
type State = ReturnType<typeof silenceForm> & {
  state: (typeof STATES)[number];
  activeUntil: number | undefined;
  nextFrom: number | undefined;
};

function stateOf(silence: Silence, now: number): State {
  const next = nextStart(silence, now);
  const state = isActive(silence, now) ? 'active' : next === undefined ? 'ended' : 'scheduled';
  return { ...silenceForm(silence), state, activeUntil: activeUntil(silence, now), nextFrom: next };
}

/** Active ones first, ended ones last; within a state, the newest first. */
function byState(a: State, b: State): number {
  return STATES.indexOf(a.state) - STATES.indexOf(b.state) || b.createdAt - a.createdAt;
}

const COLUMNS: Columns<State & { held: number }> = {
  silence: ({ id }) => id,
  state: ({ state }) => ({
    text: state,
    colour: state === 'active' ? 'yellow' : state === 'ended' ? 'gray' : undefined,
  }),
  'when (UTC)': showWhen,
  every: ({ every, zone }) => (every === undefined ? '-' : `${every} ${zone}`),
  matches: (row) => cut(showNamed(row)),
  'held back now': ({ held }) => held,
  reason: ({ reason }) => sentence(reason),
};

function showWhen({ state, activeUntil, nextFrom, until }: State): string {
  if (state === 'scheduled') {
    const from = `from ${showTime(nextFrom)}`;
    return until === undefined ? from : `${from} until ${showTime(until)}`;
  }
  if (state === 'ended') return `until ${showTime(until)}`;
  return activeUntil === undefined ? 'for good' : `until ${showTime(activeUntil)}`;
}

function showNamed({ primary, clientName, policyName, jobType, statuses }: Partial<State>): string {
  const named = Object.entries({
    ...{ primary, client: clientName, policy: policyName, 'job type': jobType, status: statuses },
  });
  const given = named.filter(([, name]) => name !== undefined);
  return given.length === 0 ? 'every failure' : given.map(([what, name]) => `${what} ${name}`).join(', ');
}
