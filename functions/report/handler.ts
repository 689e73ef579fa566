import middy from '@middy/core';
import type { ScheduledEvent } from 'aws-lambda';
import { once } from '../runtime/environment.ts';
import { logsFailures } from '../runtime/log.ts';
import { createContext } from './context.ts';
import { writeReport } from './write-report.ts';

const context = once(() => createContext(process.env));

/** Each ten minutes: sees whether a report is due, and writes it. */
export const handler = middy<ScheduledEvent, void>()
  .use(logsFailures())
  .handler(() => writeReport(context()));
