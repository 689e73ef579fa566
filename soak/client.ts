/**
 * The client of a soak, in a process of its own: `client.ts RATE CONNECTIONS WARM_UP_SECONDS`, in the environment of
 * the run to which it sends.
 */
import * as v from 'valibot';
import { withSession } from '../cli/session.ts';
import { findDestination, primaryOf } from '../cli/simulate/destination.ts';
import { askSchema, tellParent } from './messages.ts';
import { readBack } from './read-back.ts';
import { sendSteadily } from './steady.ts';
import { deliveriesOf } from './traffic.ts';

async function main([rate, connections, warmUpSeconds]: readonly string[]): Promise<void> {
  const { endpoint } = await findDestination({});
  const stopping = new AbortController();
  const steady = sendSteadily({
    endpoint,
    rate: Number(rate),
    warmUpSeconds: Number(warmUpSeconds),
    connections: Number(connections),
    stop: stopping.signal,
    onBegun: () => tellParent({ kind: 'begun' }),
  });
  process.on('message', (message) => {
    const ask = v.parse(askSchema, message);
    if (ask === 'window') tellParent({ kind: 'window', window: steady.takeWindow() });
    if (ask === 'stop') stopping.abort();
  });
  const sent = await steady.ended;
  const unacknowledged = sent.flatMap(({ night, waiting }) => {
    const deliveries = waiting.size > 0 ? deliveriesOf(night) : [];
    return [...waiting].map((place) => `night ${night.seed}, notification ${place + 1} of ${deliveries.length}`);
  });
  tellParent({ kind: 'sent', window: steady.takeWindow(), unacknowledged });
  const streams = { out: () => {}, err: (text: string) => void process.stderr.write(text) };
  await withSession({ local: true }, streams, async (session) => {
    const primary = await primaryOf(session, endpoint);
    tellParent({ kind: 'read', readBack: await readBack(session.tables, primary, sent) });
  });
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  tellParent({ kind: 'failed', why: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
