import { join } from 'node:path';
import { createPrimary, type Primary } from '../../client/primary.ts';
import { times } from '../../client/times.ts';
import { filterPolicyOf, subscriptionsOf } from '../../lib/subscriptions.ts';
import { registerDemoEndpoint } from '../../local/demo-endpoint.ts';
import type { LogEntry } from '../../local/functions/definition.ts';
import { isAlert } from '../../local/is-alert.ts';
import type { Call } from '../../local/proxy/call.ts';
import type { Published } from '../../local/proxy/sns-rules.ts';
import { passesFilter } from '../../local/proxy/subscription-filter.ts';
import { type Run, startRun } from '../../local/run.ts';
import { bundle } from '../../local/stack/bundle.ts';
import { withIngest } from '../ack/assembly.ts';
import { patientClients } from '../bundle.ts';
import type { Ground } from '../part.ts';
import { createBook, type Line } from './book.ts';
import { type CostClock, costClock } from './clock.ts';
import { startMeter } from './meter.ts';
import { functionOf, partOf, type TableName } from './parts.ts';
import { ASSUMED } from './prices.ts';
import { gbSeconds, lineBytes, messageUnits, publishUnits } from './units.ts';

/** The running stack, and what everything that passes in it is billed for. */
export interface Metered {
  run: Run;
  clock: CostClock;
  /** Connects the one primary server, `demo`. */
  connect(): Promise<Primary>;
  /** Runs a function as its schedule would. */
  wake(name: 'watch' | 'publisher' | 'probe'): Promise<void>;
  /** What was used since the last call, and the metrics that were written. */
  take(): { lines: Line[]; metrics: string[] };
  stop(): Promise<void>;
}

const GB = 2 ** 30;

/** The filter policy of a person in `nbwatch:emails`: which published messages SNS mails to them. */
const MAILED = JSON.stringify(
  subscriptionsOf({ emails: ['backup@example.com'], subscriptions: [] }).map(filterPolicyOf)[0],
);

/** On a slow machine, nothing is resent that NetBackup would not resend. A connection that is cut is back at once. */
const TIMES = { ...times(), connectTimeout: 60_000, openTimeout: 60_000, resendAfter: 60_000, reconnectAfter: 100 };

export async function startMetered({ assembly, folder, dynamodb, onTrouble }: Ground): Promise<Metered> {
  const book = createBook();
  const metrics = new Set<string>();
  const clock = costClock();
  const names: Map<string, TableName> = new Map();
  const meter = await startMeter((await dynamodb()).url, (worker, charges, place) => {
    for (const charge of charges) {
      const part = partOf(charge, place, worker, names);
      book.add(part, charge.unit, charge.amount);
      if (charge.refused) book.add('refused by a condition (in the parts above)', 'refused', charge.amount);
    }
  });
  const ingest = await bundle('functions/ingest/handler.ts', join(folder, 'cost'), [patientClients]);
  const run = await startRun({
    assembly: withIngest(assembly, ingest),
    dynamodb: { url: meter.url, accessKeyId: 'benchcost' },
    clock,
    maxConcurrency: 64,
    rememberedCalls: 1_000_000,
    on: {
      frame: ({ data }) => book.add('gateway', 'message', messageUnits(Buffer.byteLength(data))),
      published: (message) => countPublished(message),
      log: (entry) => countLine(entry),
      invoked: (id, failure) => {
        if (failure !== undefined) onTrouble(`${id}: ${failure}`);
        countRun(id);
      },
      denied: ({ action, resource }, why) => onTrouble(`${action} on ${resource} was denied ${why}`),
    },
  });
  for (const [name, output] of [
    ['Ledger', 'LedgerTable'],
    ['Records', 'RecordsTable'],
    ['Registry', 'RegistryTable'],
  ] as const)
    names.set(run.deployment.outputs[output] ?? '', name);
  let counted = 0;

  const memoryOf = (id: string) => run.deployment.functions.find((one) => one.id === id)?.memoryMb ?? 0;
  const countTime = (id: string, ms: number) => book.add(functionOf(id), 'gbSecond', gbSeconds(memoryOf(id), ms));

  function countRun(id: string): void {
    book.add(functionOf(id), 'run', 1);
    countTime(id, ASSUMED.ownMs);
  }

  function countPublished(message: Published): void {
    book.add('publisher', 'publish', publishUnits(Buffer.byteLength(message.message)));
    if (isAlert(message) && passesFilter(MAILED, message.attributes)) book.add('publisher', 'email', 1);
  }

  function countLine({ functionId, line }: LogEntry): void {
    // The archive's lines count for the archive: waiting until all is done makes more of them than there would be
    // (`withObjects`).
    const part = functionOf(functionId) === 'archive' ? 'archive' : 'logs';
    book.add(part, 'logGb', lineBytes(line) / GB);
    for (const [, names = ''] of line.matchAll(/"Metrics":\[([^\]]*)\]/g))
      for (const [, name = ''] of names.matchAll(/"Name":"(\w+)"/g)) metrics.add(name);
  }

  /** What functions called other than DynamoDB, and the time that all their calls take. */
  function countCall({ worker, service, action }: Call): void {
    const id = worker.replace(/-\d+$/, '');
    countTime(id, ASSUMED.callMs);
    if (service === 's3') book.add(functionOf(id), 'put', 1);
    if (service === 'sqs') book.add(functionOf(id), 'queueRequest', 1);
    if (service === 'sns' && action !== 'sns:Publish') book.add(functionOf(id), 'publish', 1);
  }

  return {
    run,
    clock,
    async connect() {
      const endpoint = await registerDemoEndpoint(run);
      const primary = createPrimary({ endpoint, times: TIMES, insecure: true, keepEvents: false });
      await primary.start();
      return primary;
    },
    async wake(name) {
      const id = run.deployment.functions.find((one) => functionOf(one.id) === name)?.id ?? name;
      const invocation = await run.functions.invoke(id, { 'detail-type': 'Scheduled Event' });
      if (!invocation.ok) onTrouble(`${name}: ${invocation.failure.message}`);
      countRun(id);
    },
    take() {
      for (const call of run.proxy.calls()) if (call.n > counted) countCall(call);
      counted = run.proxy.calls().at(-1)?.n ?? 0;
      const taken = { lines: book.take(), metrics: [...metrics].sort() };
      metrics.clear();
      return taken;
    },
    async stop() {
      await run.stop();
      await meter.stop();
    },
  };
}
