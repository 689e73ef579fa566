import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { once } from '../runtime/environment.ts';
import { log, logsFailures } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { createContext } from './context.ts';
import { severalConnections } from './live-connections.ts';

const context = once(() => createContext(process.env));

/** Each minute: looks for what no notification tells. */
export const handler = middy<ScheduledEvent, void>()
  .use(logsFailures())
  .handler(async () => {
    let endpointsWithSeveral = 0;
    for await (const { endpoint, primary, revokedAt } of context().endpoints.list()) {
      if (revokedAt !== undefined) continue;
      const several = await severalConnections(context(), endpoint);
      if (several.length === 0) continue;
      endpointsWithSeveral += 1;
      const connections = several.map(({ connectionId, sourceIp, openedAt }) => ({ connectionId, sourceIp, openedAt }));
      log.warn('Several live connections of one endpoint', { endpoint, primary, connections });
    }
    // Also when there are none: the alarm then knows that all is well, and that this function runs.
    logCounted('info', 'watched', { SeveralConnections: endpointsWithSeveral }, {});
  });
