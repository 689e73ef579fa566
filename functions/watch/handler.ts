import middy from '@middy/core';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { once } from '../runtime/environment.ts';
import { logsFailures } from '../runtime/log.ts';
import { createContext } from './context.ts';
import { watch } from './duties.ts';

const context = once(() => createContext(process.env));

/** Runs every minute: looks for what no notification reports, and writes the daily summary. */
export const handler = middy<ScheduledEvent, void>()
  .use(logsFailures())
  .handler((_event, lambda: Context) => watch(context(), () => lambda.getRemainingTimeInMillis()));
