import { type ClientClock, systemClock } from './clock.ts';
import { CLOSE, type Ending, reportedCode } from './close-codes.ts';
import { type Connection, openConnection } from './connection.ts';
import type { EndpointFile } from './endpoint-file.ts';
import { decode, isAcknowledgement, isAnswerToConnect, newId, request, verdict } from './envelope.ts';
import { EndpointFileError, NotConnectedError, RefusedError, StoppedError } from './errors.ts';
import type { ClientEvent, ClientHappening } from './events.ts';
import { type Acknowledgement, createOutbox } from './outbox.ts';
import { type Times, times as timesOf } from './times.ts';

export type { ClientEvent } from './events.ts';
export type { Acknowledgement } from './outbox.ts';

/** A NetBackup primary server as the endpoint sees it: the WebSocket client of NBWSS. */
export interface Primary {
  /** Resolves when the endpoint accepts the CONNECT, however many attempts that takes. Rejects when it refuses. */
  start(): Promise<void>;
  /** Resolves when the notification is acknowledged, however many resends and reconnects that takes. */
  notify(payload: unknown[], options?: { id?: string; timeStamp?: number }): Promise<Acknowledgement>;
  /** Sends this text unchanged on the open connection, and waits for no answer. */
  sendRaw(text: string): void;
  /** Destroys the socket, like a network cut. */
  cut(): void;
  /** Destroys the socket in the middle of a notification with this payload. Sends nothing if no connection is open. */
  cutWithin(payload: unknown[]): void;
  /** Ids of the notifications that are not acknowledged, in order. */
  outstanding(): readonly string[];
  stop(): Promise<void>;
  readonly events: readonly ClientEvent[];
}

export interface PrimaryOptions {
  endpoint: EndpointFile;
  times?: Times;
  clock?: ClientClock;
  onEvent?: (event: ClientEvent) => void;
  /** Allows `ws://`, which NetBackup refuses. */
  insecure?: boolean;
  /** The certificate that the administrator accepted. */
  ca?: string | Buffer;
  /** Whether a resend keeps `id` and `timeStamp`, or gets new ones. What NetBackup does is unverified. */
  keepIdOnResend?: boolean;
  /** Unacknowledged notifications at a time; default unlimited. What NetBackup does is unverified. */
  maxOutstanding?: number;
  /** Whether to fill `events`; a long run may want only `onEvent`. */
  keepEvents?: boolean;
}

export function createPrimary(options: PrimaryOptions): Primary {
  const { endpoint, times = timesOf(), clock = systemClock, insecure = false, keepIdOnResend = true } = options;
  if (!insecure && !endpoint.url.startsWith('wss:')) throw new EndpointFileError('"url" must be a wss:// URL');
  const events: ClientEvent[] = [];
  const emit = (happening: ClientHappening) => {
    const event = { ...happening, at: clock.now() };
    if (options.keepEvents !== false) events.push(event);
    options.onEvent?.(event);
  };
  const maxOutstanding = options.maxOutstanding ?? Number.POSITIVE_INFINITY;
  const outbox = createOutbox({ clock, resendAfter: times.resendAfter, keepIdOnResend, maxOutstanding, emit });
  const first = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let phase: 'new' | 'running' | 'stopped' = 'new';
  let connection: Connection | undefined;
  let connectId: string | undefined;
  let cancelTimer = () => {};

  const connect = () => {
    emit({ kind: 'connecting' });
    connection = openConnection(
      { url: endpoint.url, times, clock, ca: options.ca },
      { open, text, closed, unreadable: (frame) => emit({ kind: 'undecodable', frame }) },
    );
  };
  const open = () => {
    connectId = newId();
    connection?.send(JSON.stringify(request('CONNECT', { token: endpoint.token }, connectId, clock.now())));
    cancelTimer = clock.after(times.connectTimeout, () => connection?.cut('the CONNECT was not answered in time'));
  };
  const text = (frame: string) => {
    const message = decode(frame);
    if (!message) {
      emit({ kind: 'undecodable', frame });
      connection?.close(CLOSE.normal, '');
      return;
    }
    const { id } = message;
    if (isAnswerToConnect(message) && id === connectId) return answered(verdict(message) === true);
    if (message.type === 'COMMAND' && message.subType === 'REQUEST') return emit({ kind: 'command', id, message });
    if (isAcknowledgement(message) && outbox.acknowledge(id, frame)) return;
    emit({ kind: 'unexpected', id, frame });
  };
  const answered = (valid: boolean) => {
    cancelTimer();
    connectId = undefined;
    emit({ kind: valid ? 'accepted' : 'refused' });
    if (!valid) {
      first.reject(new RefusedError('The endpoint does not know this token'));
      connection?.close(CLOSE.normal, '');
      return;
    }
    first.resolve();
    if (connection) outbox.connected(connection);
  };
  const closed = (ending: Ending, wasOpen: boolean) => {
    cancelTimer();
    connection = undefined;
    connectId = undefined;
    outbox.disconnected();
    if (wasOpen) emit({ kind: 'closed', ...ending, code: reportedCode(ending.code) });
    else emit({ kind: 'unreachable', reason: ending.reason });
    if (phase === 'stopped') ended.resolve();
    else cancelTimer = clock.after(times.reconnectAfter, connect);
  };

  return {
    events,
    start() {
      if (phase === 'new') {
        phase = 'running';
        connect();
      }
      return first.promise;
    },
    notify(payload, given) {
      if (phase === 'stopped') return Promise.reject(new StoppedError('The client is stopped'));
      return outbox.add(payload, given);
    },
    sendRaw(raw) {
      if (!connection?.isOpen()) throw new NotConnectedError('There is no open connection');
      connection.send(raw);
    },
    cut: () => connection?.cut('cut'),
    cutWithin(payload) {
      if (!connection?.isOpen()) return connection?.cut('cut');
      connection.cutWithin(JSON.stringify(request('NOTIFICATION', payload, newId(), clock.now())));
    },
    outstanding: () => outbox.ids(),
    stop() {
      if (phase === 'stopped') return ended.promise;
      const wasRunning = phase === 'running';
      phase = 'stopped';
      cancelTimer();
      const error = new StoppedError('The client was stopped');
      outbox.abandon(error);
      if (wasRunning) first.reject(error);
      if (!connection) ended.resolve();
      else if (connection.isOpen()) connection.close(CLOSE.normal, '');
      else connection.cut('stopped');
      return ended.promise;
    },
  };
}
