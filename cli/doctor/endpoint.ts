import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import WebSocket from 'ws';
import type { Look } from './examine.ts';
import type { Verdict } from './finding.ts';

/** How far a connection to the endpoint's URL got. Times are ms. */
export type Reached =
  | { step: 'name'; error: string }
  | { step: 'connection'; error: string; status?: number | undefined }
  | { step: 'closed'; code: number; address: string; nameMs: number; openMs: number };

/** Opens a WebSocket as a primary server does, and closes it without sending anything, so that nothing is stored. */
export const lookAtEndpoint: Look = async ({ session: { target } }, signal) => {
  const { EndpointUrl, DomainTarget } = target.outputs;
  return [judgeEndpoint(new URL(EndpointUrl), await reach(EndpointUrl, signal), DomainTarget)];
};

/** `domainTarget`: the target of the DNS record, if the stack has a custom host name. */
export function judgeEndpoint(url: URL, reached: Reached, domainTarget?: string): Verdict {
  const host = url.hostname;
  if (reached.step === 'name') {
    const next =
      domainTarget === undefined
        ? 'Check the resolver of this machine, and whether the stack was deleted or created again.'
        : `Make its DNS record, a CNAME to ${domainTarget} (docs/deploying.md); if it exists, check the resolver of this machine.`;
    return { state: 'failed', what: `${host} has no address: ${reached.error}`, next };
  }
  if (reached.step === 'connection' && reached.status === 403)
    return {
      state: 'warning',
      what: `${host} refuses this address (403)`,
      next: 'Nothing, if nbwatch:allowedCidrs does not include the address of this machine; try from the primary server.',
    };
  if (reached.step === 'connection') {
    const next =
      'Open port 443 to this name, also for WebSocket (docs/connecting.md, step 1); for a 5xx, see the log of Ingest.';
    return { state: 'failed', what: `no WebSocket connection to ${host}: ${reached.error}`, next };
  }
  const { code, address, nameMs, openMs } = reached;
  // A one-machine run may have no TLS.
  const opened = url.protocol === 'ws:' ? 'WebSocket' : 'TLS and WebSocket';
  const times = `${address}: name ${Math.round(nameMs)} ms, ${opened} ${Math.round(openMs)} ms`;
  if (code === 1000) return { state: 'ok', what: `${times}, closes cleanly` };
  const next = 'A proxy or firewall may close WebSocket connections: docs/connecting.md, step 1.';
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
  // Another check judges the certificate.
  const socket = new WebSocket(url, { perMessageDeflate: false, rejectUnauthorized: false });
  signal.addEventListener('abort', () => socket.terminate());
  let status: number | undefined;
  socket.on('unexpected-response', (request, response) => {
    status = response.statusCode;
    request.destroy(new Error(`the upgrade is answered with ${status}`));
  });
  // `once` below handles the first error; later ones say nothing new, but would throw without a listener.
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
