import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { once } from '../runtime/environment.ts';
import { logsFailures } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { createContext } from './context.ts';
import { probe } from './probe.ts';

const context = once(() => createContext(process.env));

/** Runs every hour: checks whether people would be alerted about a failed job. */
export const handler = middy<ScheduledEvent, void>()
  .use(logsFailures())
  .handler(async () => {
    const probed = await probe(context());
    if (probed.seen) logCounted('info', 'The canary was seen', { CanaryMissed: 0 }, { ms: probed.ms });
    else logCounted('error', 'The canary was not seen', { CanaryMissed: 1 }, probed);
  });
