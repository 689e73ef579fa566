import { REGION } from '../environment.ts';
import { newId } from './ids.ts';
import type { Closing } from './limits.ts';
import type { Client } from './request.ts';

/** The API and the connection of an event. Times are epoch ms. */
export interface Origin {
  apiId: string;
  stage: string;
  connectionId: string;
  connectedAt: number;
  client: Client;
}

interface WebSocketEvent {
  requestContext: Record<string, unknown> & { requestId: string };
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `16/Mar/2025:00:46:22 +0000` */
function requestTime(at: number): string {
  const iso = new Date(at).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

export function domainName(apiId: string): string {
  return `${apiId}.execute-api.${REGION}.amazonaws.com`;
}

/** The fields of every event, as published events of real APIs show them: both request ids are the same. */
function context(origin: Origin, now: number, routeKey: string, eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT') {
  const requestId = newId();
  const { sourceIp, userAgent } = origin.client;
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: requestTime(now),
    messageDirection: 'IN',
    stage: origin.stage,
    connectedAt: origin.connectedAt,
    requestTimeEpoch: now,
    identity: { ...(userAgent === undefined ? {} : { userAgent }), sourceIp },
    requestId,
    domainName: domainName(origin.apiId),
    connectionId: origin.connectionId,
    apiId: origin.apiId,
  };
}

function single(headers: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.at(-1) ?? '']));
}

export function connectEvent(origin: Origin, now: number): WebSocketEvent {
  const { headers, query } = origin.client;
  return {
    headers: single(headers),
    multiValueHeaders: headers,
    ...(Object.keys(query).length === 0
      ? {}
      : { queryStringParameters: single(query), multiValueQueryStringParameters: query }),
    requestContext: context(origin, now, '$connect', 'CONNECT'),
    isBase64Encoded: false,
  } as WebSocketEvent;
}

/** A message's event has no headers: a function must keep at `$connect` what it needs of the upgrade request. */
export function messageEvent(origin: Origin, now: number, routeKey: string, body: string): WebSocketEvent {
  const requestContext = { ...context(origin, now, routeKey, 'MESSAGE'), messageId: newId() };
  return { requestContext, body, isBase64Encoded: false } as WebSocketEvent;
}

export function disconnectEvent(origin: Origin, now: number, closing: Closing): WebSocketEvent {
  const headers = { Host: [domainName(origin.apiId)], 'x-api-key': [''], 'X-Forwarded-For': [''], 'x-restapi': [''] };
  return {
    headers: single(headers),
    multiValueHeaders: headers,
    requestContext: {
      ...context(origin, now, '$disconnect', 'DISCONNECT'),
      disconnectStatusCode: closing.code,
      disconnectReason: closing.reason,
    },
    isBase64Encoded: false,
  } as WebSocketEvent;
}
