import middy from '@middy/core';
import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { CANARY_PARAMETER } from '../registry/canary.ts';
import { once } from '../runtime/environment.ts';
import { describe } from '../runtime/log.ts';
import { logCounted } from '../runtime/metrics.ts';
import { createContext } from './context.ts';
import { logOutcome } from './log-outcome.ts';
import { receive } from './receive.ts';

type Event = APIGatewayProxyWebsocketEventV2 & {
  queryStringParameters?: Readonly<Record<string, string | undefined>>;
  requestContext: { identity?: { sourceIp?: string } };
};

/** The routes are one-way: NetBackup sees none of this. On `$connect` the status decides whether it may connect. */
const OK = { statusCode: 200 };
const FORBIDDEN = { statusCode: 403 };

const context = once(() => createContext(process.env));

const isCanary = (token: string, at: number) =>
  context().registry.opensCanary(token, at, AbortSignal.timeout(context().deadlineMs));

/** Keyed by event type, not by route: the text of a message selects the route, and a message may say `$disconnect`. */
const events: Readonly<Record<string, (event: Event) => Promise<typeof OK>>> = {
  CONNECT: async ({ queryStringParameters, requestContext: { identity, connectionId, requestTimeEpoch } }) => {
    const sourceIp = identity?.sourceIp ?? '';
    if (context().isAllowedSource(sourceIp)) return OK;
    const token = queryStringParameters?.[CANARY_PARAMETER];
    if (token !== undefined && (await isCanary(token, requestTimeEpoch))) return OK;
    logCounted(
      'warn',
      'refused',
      { Refused: 1 },
      { reason: 'the address is not in nbwatch:allowedCidrs', sourceIp, connectionId },
    );
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
    // For an accepted message, the connection's item has the source address. For a refused one, only this line has it.
    const from = outcome.kind === 'refused' && { sourceIp: arrival.sourceIp };
    logOutcome(outcome, { requestId, connectionId, ms: Date.now() - requestTimeEpoch, ...from });
    return OK;
  },
};

/** The entry point of every message from NetBackup. After a failure NetBackup gets no answer and sends again. */
export const handler = middy<Event, typeof OK>()
  .use({
    onError: (request) => {
      // If a failure escaped, the gateway would send a frame of its own, and NetBackup would hang up on it.
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
