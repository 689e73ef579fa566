import { lookAtCertificates } from './certificate.ts';
import { lookAtClock } from './clock.ts';
import { lookAtEndpoint } from './endpoint.ts';
import { lookAtEndpoints } from './endpoints.ts';
import type { Look } from './examine.ts';
import { lookAtFunctions } from './functions.ts';
import { lookAtPermissions } from './permissions.ts';
import { lookAtQuotas } from './quotas.ts';
import { lookAtStreams } from './streams.ts';
import { lookAtSubscriptions } from './subscriptions.ts';
import { lookAtTables } from './tables.ts';

/** All checks of `nbwatch doctor`, in the order in which it prints them. */
export const CHECKS: Readonly<Record<string, Look>> = {
  subscriptions: lookAtSubscriptions,
  functions: lookAtFunctions,
  streams: lookAtStreams,
  tables: lookAtTables,
  permissions: lookAtPermissions,
  quotas: lookAtQuotas,
  clock: lookAtClock,
  endpoint: lookAtEndpoint,
  certificate: lookAtCertificates,
  endpoints: lookAtEndpoints,
};
