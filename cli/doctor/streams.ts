import { GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { GetEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import { projectionCheck } from '../status-projection.ts';
import { type Doctor, functionsOf } from './doctor.ts';
import { isDenied, type Look } from './examine.ts';
import { orOk, type Verdict } from './finding.ts';

/** The event source mapping that wakes a function for a table's stream, as Lambda describes it. */
export interface StreamMapping {
  uuid: string;
  /** The function that it wakes. */
  wakes: string;
  state: string;
  /** `OK`, `No records processed`, or `PROBLEM: …`. */
  lastResult: string;
  /**
   * The highest age of a record when it was read, in the last quarter of an hour, ms; undefined if that is not known.
   */
  ageMs: number | undefined;
  /** The table whose stream it reads, if that stream is dead: it was switched off, or another one was switched on. */
  deadOf?: TableStream['name'] | undefined;
}

const QUARTER_MS = 900_000;

/** A function is behind if it reads records older than this, ms. The alarm waits as long. */
const BEHIND_MS = 300_000;

export const lookAtStreams: Look = async (doctor) => {
  const { session, resources, clients, isOneMachine } = doctor;
  if (isOneMachine) {
    const { state, what, next } = await projectionCheck(session, await session.primaries());
    return [{ state: state === 'ok' ? 'ok' : 'warning', what, ...(next !== undefined && { next }) }];
  }
  const mappings = (await resources()).filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping');
  const functions = await functionsOf(doctor);
  const { LedgerTable, RecordsTable } = session.target.outputs;
  const streams = await Promise.all([
    streamOf(doctor, 'Ledger', LedgerTable),
    streamOf(doctor, 'Records', RecordsTable),
  ]);
  const found = await Promise.all(
    mappings.map(async ({ physicalId: uuid }) => {
      const found = await clients.lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }));
      const functionName = found.FunctionArn?.split(':')[6] ?? '';
      const wakes = functions.find((one) => one.functionName === functionName)?.name ?? functionName;
      const { State = 'unknown', LastProcessingResult = 'not yet' } = found;
      const mapping = { uuid, wakes, state: State, lastResult: LastProcessingResult };
      return { ...mapping, ageMs: await ageOf(doctor, functionName), deadOf: deadOf(found.EventSourceArn, streams) };
    }),
  );
  return judgeStreams(found);
};

export function judgeStreams(mappings: readonly StreamMapping[]): readonly Verdict[] {
  if (mappings.length === 0)
    return [{ state: 'failed', what: 'the stack has no stream mapping', next: 'Run npx cdk deploy again.' }];
  const wrong = mappings.flatMap(({ uuid, wakes, state, lastResult, ageMs = 0, deadOf }): Verdict[] => {
    if (deadOf !== undefined)
      return [
        {
          state: 'failed',
          what: `${wakes} reads an old stream of ${deadOf}, which receives no more changes`,
          next: `Set nbwatch:adopt${deadOf} to the LatestStreamArn of the table and deploy, then npx nbwatch rebuild: docs/runbooks.md.`,
        },
      ];
    if (state !== 'Enabled') {
      const isOnItsWay = state === 'Creating' || state === 'Enabling' || state === 'Updating';
      if (isOnItsWay)
        return [
          { state: 'warning', what: `${wakes}: its stream mapping is ${state}`, next: 'Look again in a minute.' },
        ];
      const next = `aws lambda update-event-source-mapping --uuid ${uuid} --enabled`;
      return [{ state: 'failed', what: `${wakes} receives nothing: its stream mapping is ${state}`, next }];
    }
    if (lastResult.startsWith('PROBLEM'))
      return [
        {
          state: 'failed',
          what: `${wakes}: ${lastResult}`,
          next: `Read the log of ${wakes}: docs/troubleshooting.md.`,
        },
      ];
    if (ageMs < BEHIND_MS) return [];
    const what = `${wakes} is ${Math.round(ageMs / 60_000)} minutes behind its stream`;
    return [{ state: 'warning', what, next: `Read the log of ${wakes}: docs/troubleshooting.md.` }];
  });
  const isAgeKnown = mappings.some(({ ageMs }) => ageMs !== undefined);
  const names = mappings.map(({ wakes }) => wakes).toSorted();
  return orOk(wrong, `${names.join(', ')}: enabled${isAgeKnown ? ', up to date' : '; how far behind is not known'}`);
}

async function ageOf({ clients, session: { now } }: Doctor, functionName: string): Promise<number | undefined> {
  const command = new GetMetricStatisticsCommand({
    ...{ Namespace: 'AWS/Lambda', MetricName: 'IteratorAge', Statistics: ['Maximum'], Period: QUARTER_MS / 1000 },
    Dimensions: [{ Name: 'FunctionName', Value: functionName }],
    StartTime: new Date(now - QUARTER_MS),
    EndTime: new Date(now),
  });
  try {
    const { Datapoints = [] } = await clients.cloudwatch.send(command);
    // No datapoint means that there was nothing to read.
    return Math.max(0, ...Datapoints.map(({ Maximum = 0 }) => Maximum));
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

/** A table and the stream that its changes go to. */
interface TableStream {
  name: 'Ledger' | 'Records';
  table: string;
  /** Undefined if it has none. */
  arn: string | undefined;
}

/** Undefined if the user may not see that. */
async function streamOf(
  { session }: Doctor,
  name: TableStream['name'],
  TableName: string,
): Promise<TableStream | undefined> {
  try {
    const { Table } = await session.tables.client.send(new DescribeTableCommand({ TableName }));
    const isOn = Table?.StreamSpecification?.StreamEnabled === true;
    return { name, table: TableName, arn: isOn ? Table.LatestStreamArn : undefined };
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

/**
 * The table whose dead stream a mapping reads. Lambda goes on reading a stream that was switched off, and reports no
 * problem.
 */
export function deadOf(
  source: string | undefined,
  streams: readonly (TableStream | undefined)[],
): TableStream['name'] | undefined {
  return streams.find((one) => source?.includes(`:table/${one?.table}/stream/`) && one?.arn !== source)?.name;
}
