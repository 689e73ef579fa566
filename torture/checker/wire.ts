import type { Evidence, Verdict } from './evidence.ts';
import { isObject, parse } from './json.ts';

/**
 * P5: functions send nothing but well-formed NBWSS (protocol.md, Envelope). Each frame that the gateway made itself
 * belongs to an invocation that an injected fault killed, or that the run's limit throttled.
 */
export function nothingButNbwss(evidence: Evidence): Verdict {
  const out = evidence.frames.filter(({ direction }) => direction === 'out');
  const findings = out
    .filter(({ madeByGateway, data }) => !madeByGateway && !isNbwss(data))
    .map(({ data }) => `no NBWSS: ${data.slice(0, 200)}`);
  const sent = new Set(evidence.log.flatMap((line) => (line.kind === 'sent' ? [`${line.primary} ${line.id}`] : [])));
  const owners = ownersOf(evidence);
  for (const { connectionId, madeByGateway, data } of out) {
    const message = madeByGateway ? undefined : parse(data);
    if (isObject(message) && message.type === 'NOTIFICATION' && !sent.has(`${owners.get(connectionId)} ${message.id}`))
      findings.push(`an answer to what nobody sent there: ${data.slice(0, 200)}`);
  }
  const killed = new Set(evidence.faults.filter(({ kind }) => kind === 'kill').map(({ worker }) => worker));
  const excused = new Map(
    evidence.failures.flatMap(({ requestId, message }) => {
      const worker = /Worker (\S+) was killed/.exec(message)?.[1];
      const why =
        worker === undefined ? (/^throttled/.test(message) ? 'throttled' : undefined) : killed.has(worker) && worker;
      return requestId !== undefined && why ? [[requestId, why]] : [];
    }),
  );
  for (const { data } of out.filter(({ madeByGateway }) => madeByGateway)) {
    const frame = parse(data);
    const requestId = isObject(frame) ? String(frame.requestId) : '';
    if (!excused.delete(requestId)) findings.push(`a frame of the gateway without an injected fault: ${data}`);
  }
  const undecodable = evidence.log.filter((line) => line.kind === 'undecodable').length;
  const ofGateway = out.filter(({ madeByGateway }) => madeByGateway).length;
  if (undecodable > ofGateway)
    findings.push(`clients could not decode ${undecodable} frames, and the gateway made ${ofGateway} of its own`);
  return { property: 'P5', claim: 'NetBackup hears nothing but NBWSS', looked: out.length, findings };
}

/** The primary server of each connection, by the token that the connection sent. */
function ownersOf({ frames, primaries }: Evidence): Map<string, string> {
  const names = new Map<unknown, string>(primaries.map(({ name, token }) => [token, name]));
  return new Map(
    frames.flatMap(({ connectionId, direction, data }): [string, string][] => {
      const message = direction === 'in' ? parse(data) : undefined;
      if (!isObject(message) || message.type !== 'CONNECT' || !isObject(message.payload)) return [];
      const name = names.get(message.payload.token);
      return name === undefined ? [] : [[connectionId, name]];
    }),
  );
}

function isNbwss(data: string): boolean {
  const message = parse(data);
  if (!isObject(message)) return false;
  const { version, id, type, subType, timeStamp, payload } = message;
  const isEnvelope =
    version === '1.0' &&
    typeof id === 'string' &&
    id !== '' &&
    (type === 'CONNECT' || type === 'NOTIFICATION') &&
    subType === 'RESPONSE' &&
    Number.isInteger(timeStamp) &&
    data.length <= 8_192;
  if (!isEnvelope) return false;
  return type === 'CONNECT' ? isObject(payload) && typeof payload.valid === 'boolean' : Array.isArray(payload);
}

/** P8: no token is in any log, table, queue or outgoing frame. */
export function noTokenAnywhere(evidence: Evidence): Verdict {
  const { ledger, records, registry, queue, logs, frames, failures } = evidence;
  const places: [string, readonly unknown[]][] = [
    ['the Ledger', ledger],
    ['Records', records],
    ['the Registry', registry],
    ['the queue', queue],
    ['the logs', logs],
    ['a frame to NetBackup', frames.filter(({ direction }) => direction === 'out').map(({ data }) => data)],
    ['a failure', failures],
  ];
  const secrets = [...evidence.primaries, ...evidence.strangers.map((token) => ({ name: 'a stranger', token }))];
  const findings: string[] = [];
  let looked = 0;
  for (const [place, things] of places) {
    looked += things.length;
    const found = new Set<string>();
    for (const thing of things) {
      const text = typeof thing === 'string' ? thing : JSON.stringify(thing);
      for (const { name, token } of secrets) {
        // Once for each place: a token that is written at all is written often.
        if (found.has(name) || !text.includes(token)) continue;
        found.add(name);
        findings.push(`the token of ${name} is in ${place}: ${text.replaceAll(token, '…').slice(0, 300)}`);
      }
    }
  }
  return { property: 'P8', claim: 'no token is kept or said anywhere', looked, findings };
}
