import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import WebSocket from 'ws';
import type { Look } from './examine.ts';
import type { Verdict } from './finding.ts';

/** How far it is to what primary servers connect to. Times are ms. */
export type Reached =
  | { step: 'name'; error: string }
  | { step: 'connection'; error: string; status?: number | undefined }
  | { step: 'closed'; code: number; address: string; nameMs: number; openMs: number };

/** Opens a WebSocket as a primary server does, says nothing, and closes it: nothing is stored of that. */
export const lookAtEndpoint: Look = async ({ session: { target } }, signal) => {
  const { EndpointUrl, DomainTarget } = target.outputs;
  return [judgeEndpoint(new URL(EndpointUrl), await reach(EndpointUrl, signal), DomainTarget)];
};

/** `domainTarget`: what the DNS record of a host name of one's own has to name. */
export function judgeEndpoint(url: URL, reached: Reached, domainTarget?: string): Verdict {
  const host = url.hostname;
  if (reached.step === 'name') {
    const next =
      domainTarget === undefined
        ? 'Check the resolver of this machine; was the stack deleted, or made anew?'
        : `Make its DNS record, a CNAME to ${domainTarget} (docs/deploying.md); if it is there, check the resolver of this machine.`;
    return { state: 'failed', what: `${host} has no address: ${reached.error}`, next };
  }
  if (reached.step === 'connection' && reached.status === 403)
    return {
      state: 'warning',
      what: `${host} refuses this address (403)`,
      next: 'Nothing, if nbwatch:allowedCidrs does not name the address of this machine; ask from the primary server.',
    };
  if (reached.step === 'connection') {
    const next =
      'Open port 443 to this name, also for WebSocket (docs/connecting.md, step 1); a 5xx is in the log of Ingest.';
    return { state: 'failed', what: `${host} takes no WebSocket: ${reached.error}`, next };
  }
  const { code, address, nameMs, openMs } = reached;
  // One machine may be without TLS.
  const opened = url.protocol === 'ws:' ? 'WebSocket' : 'TLS and WebSocket';
  const times = `${address}: name ${Math.round(nameMs)} ms, ${opened} ${Math.round(openMs)} ms`;
  if (code === 1000) return { state: 'ok', what: `${times}, closes cleanly` };
  const next = 'Something between may cut WebSockets: docs/connecting.md, step 1.';
  return { state: 'warning', what: `${times}, but closed with ${code}`, next };
}

async function reach(url: string, signal: AbortSignal): Promise<Reached> {
  const { hostname } = new URL(url);
  const began = performance.now();
  let address: string;
  try {
    address = (await lookup(hostname.replace(/^\[(.*)\]$/, '$1'))).address;
  } catch (error) {
    return { step: 'name', error: error instanceof Error ? error.message : String(error) };
  }
  const named = performance.now();
  // Whether the certificate is good is another question.
  const socket = new WebSocket(url, { perMessageDeflate: false, rejectUnauthorized: false });
  signal.addEventListener('abort', () => socket.terminate());
  let status: number | undefined;
  socket.on('unexpected-response', (request, response) => {
    status = response.statusCode;
    request.destroy(new Error(`the upgrade is answered with ${status}`));
  });
  // What is still to come after this was handled says nothing new.
  socket.on('error', () => {});
  try {
    await once(socket, 'open');
  } catch (error) {
    return { step: 'connection', error: error instanceof Error ? error.message : String(error), status };
  }
  const opened = performance.now();
  const closed = once(socket, 'close');
  socket.close(1000);
  const [code] = await closed;
  return { step: 'closed', code: Number(code), address, nameMs: named - began, openMs: opened - named };
}
