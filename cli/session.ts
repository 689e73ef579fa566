import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Tables, UnreadableItem } from '../functions/questions/query.ts';
import { createEndpoints, type Endpoints } from '../functions/registry/endpoints.ts';
import { databaseOf, findTarget, type Target } from './deployment.ts';
import { CliError, EXIT } from './errors.ts';
import type { CommonOptions } from './options.ts';
import { printRows } from './print.ts';
import type { Streams } from './program.ts';
import { type Columns, readable } from './table.ts';

/** What a command has to work with. */
export interface Session {
  target: Target;
  tables: Tables;
  endpoints: Endpoints;
  now: number;
  /**
   * The time by the clock of AWS, known from its first response on (epoch ms). Times that functions compare with their
   * own are stored by that clock, as this machine's may be hours off.
   */
  awsNow(): number;
  /** Prints rows as they come, as JSON, CSV or a table (`printRows`). Without any, prints `none` on standard error. */
  print<T>(rows: AsyncIterable<T> | Iterable<T>, columns: Columns<T>, none: string): Promise<void>;
  /**
   * Throws because what the user named is not there. Does nothing if an unreadable item was left out: that may be the
   * one, and standard error has already said so.
   */
  notFound(message: string, next: string): void;
  /**
   * Every primary that has or had an endpoint, or the one asked for. Throws as `notFound` does if that one is not among
   * them.
   */
  primaries(only?: string): Promise<string[]>;
}

/** Finds the nbwatch to use, runs a command on it, and closes the connection to it. */
export async function withSession(
  options: CommonOptions,
  streams: Streams,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const target = await findTarget(options);
  const client = databaseOf(target);
  try {
    await work(createSession(target, client, options, streams));
  } finally {
    client.destroy();
  }
}

function createSession(target: Target, client: DynamoDBClient, options: CommonOptions, streams: Streams): Session {
  const { LedgerTable: ledger, RecordsTable: records, RegistryTable: registry } = target.outputs;
  const unreadable = new Set<string>();
  function onUnreadable(item: UnreadableItem): void {
    const said = describeUnreadable(item);
    if (!unreadable.has(said)) streams.err(`${said}\n`);
    unreadable.add(said);
  }
  function notFound(message: string, next: string): void {
    if (unreadable.size === 0) throw new CliError(message, next, EXIT.notFound);
  }
  const endpoints = createEndpoints(client, registry, { onUnreadable });
  return {
    target,
    tables: { client, ledger, records, registry, onUnreadable },
    endpoints,
    now: Date.now(),
    awsNow: () => Date.now() + client.config.systemClockOffset,
    notFound,
    print: (rows, columns, none) => printRows(rows, columns, { ...options, none }, streams),
    async primaries(only) {
      const all = new Set((await Array.fromAsync(endpoints.list())).map(({ primary }) => primary));
      if (only === undefined) return [...all].sort();
      // The user may write it in any case; names of primaries are in lower case.
      const name = only.toLowerCase();
      if (!all.has(name)) notFound(`There is no primary server ${only}.`, 'List them with: npx nbwatch endpoint list');
      return [name];
    },
  };
}

function describeUnreadable({ table, pk, sk, reason }: UnreadableItem): string {
  return `Left out: ${readable(`${pk} ${sk}`)} in ${table} cannot be read: ${readable(reason)}. Update nbwatch if a later version wrote it; docs/data-model.md says what it should look like.`;
}
