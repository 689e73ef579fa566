import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a connection's upgrade request says about the client. */
export interface Client {
  sourceIp: string;
  userAgent?: string;
  path: string;
  headers: Record<string, string[]>;
  query: Record<string, string[]>;
}

/** Client headers that `$connect` events omit, or show with the gateway's own value. */
const REPLACED = new Set(['connection', 'upgrade', 'host', 'x-forwarded-for']);

/** Reads an upgrade request as the gateway passes it on, with its own `Host` and `X-…` headers. */
export function readClient(request: IncomingMessage, host: string): Client {
  const sourceIp = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  const parameters = new URLSearchParams(search);
  const query = Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name)]));

  const headers = new Map([['Host', [host]]]);
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? '';
    if (REPLACED.has(name.toLowerCase())) continue;
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[at + 1] ?? '']);
  }
  const forwarded = request.headers['x-forwarded-for'];
  headers.set('X-Forwarded-For', [forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`]);
  headers.set('X-Forwarded-Port', ['443']);
  headers.set('X-Forwarded-Proto', ['https']);
  headers.set('X-Amzn-Trace-Id', [`Root=1-00000000-${randomBytes(12).toString('hex')}`]);

  const userAgent = request.headers['user-agent'];
  return {
    sourceIp,
    ...(userAgent === undefined ? {} : { userAgent }),
    path,
    headers: Object.fromEntries(headers),
    query,
  };
}
