import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { once } from '../runtime/environment.ts';
import { logsFailures } from '../runtime/log.ts';
import { createContext } from './context.ts';
import { writeReport } from './write-report.ts';

const context = once(() => createContext(process.env));

/** Runs every ten minutes: writes a report when one is due. */
export const handler = middy<ScheduledEvent, void>()
  .use(logsFailures())
  .handler(() => writeReport(context()));
