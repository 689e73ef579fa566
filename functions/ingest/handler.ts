import middy from '@middy/core';
import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { CANARY_PARAMETER } from '../registry/canary.ts';
import { once } from '../runtime/environment.ts';
import { describe } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { createContext } from './context.ts';
import { receive } from './receive.ts';
import { tellOutcome } from './tell-outcome.ts';

type Event = APIGatewayProxyWebsocketEventV2 & {
  queryStringParameters?: Readonly<Record<string, string | undefined>>;
  requestContext: { identity?: { sourceIp?: string } };
};

/** The routes are one-way: the gateway sends nothing of this to NetBackup. On `$connect` it lets the connection in, or not. */
const OK = { statusCode: 200 };
const FORBIDDEN = { statusCode: 403 };

const context = once(() => createContext(process.env));

const isCanary = (token: string, at: number) =>
  context().registry.opensCanary(token, at, AbortSignal.timeout(context().deadlineMs));

/** By what happened, and not by the route: that is selected by what a message says, and one may say `$disconnect`. */
const events: Readonly<Record<string, (event: Event) => Promise<typeof OK>>> = {
  CONNECT: async ({ queryStringParameters, requestContext: { identity, connectionId, requestTimeEpoch } }) => {
    const sourceIp = identity?.sourceIp ?? '';
    if (context().isAllowedSource(sourceIp)) return OK;
    const token = queryStringParameters?.[CANARY_PARAMETER];
    if (token !== undefined && (await isCanary(token, requestTimeEpoch))) return OK;
    logCounted('warn', 'refused', { Refused: 1 }, { reason: 'its address may not connect', sourceIp, connectionId });
    return FORBIDDEN;
  },
  DISCONNECT: async ({ requestContext: { connectionId, requestTimeEpoch } }) => {
    await context().registry.closed(connectionId, requestTimeEpoch, AbortSignal.timeout(context().deadlineMs));
    return OK;
  },
  MESSAGE: async ({ body, requestContext }) => {
    const { connectionId, requestId, requestTimeEpoch, identity } = requestContext;
    const arrival = { connectionId, requestId, receivedAt: requestTimeEpoch, sourceIp: identity?.sourceIp ?? '' };
    const outcome = await receive(context(), { ...arrival, text: body ?? '' });
    // Of what was accepted the connection says where it came from; of a stranger nothing else does.
    const from = outcome.kind === 'refused' && { sourceIp: arrival.sourceIp };
    tellOutcome(outcome, { requestId, connectionId, ms: Date.now() - requestTimeEpoch, ...from });
    return OK;
  },
};

/** Where every message of NetBackup enters. Whatever fails here fails silently towards NetBackup, which then sends again. */
export const handler = middy<Event, typeof OK>()
  .use({
    onError: (request) => {
      // A failure that escaped would make the gateway send a frame of its own, at which NetBackup hangs up.
      const { requestId, eventType } = request.event?.requestContext ?? {};
      logCounted('error', 'silent', { Silent: 1 }, { error: describe(request.error), requestId });
      request.response = eventType === 'CONNECT' ? FORBIDDEN : OK;
    },
  })
  .handler(async (event) => {
    const { eventType } = event.requestContext;
    const handle = Object.hasOwn(events, eventType) ? events[eventType] : undefined;
    return (await handle?.(event)) ?? OK;
  });
