import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { frameInspector } from './frames.ts';
import type { Closing } from './limits.ts';

type Done = (error?: Error | null) => void;

/**
 * Stands between the client's socket and `ws`. Lets through what the inspector allows, up to the first frame that
 * breaks a rule. What the client sends from there on is read and dropped: closing a socket with unread bytes resets it,
 * and a reset can swallow the close frame.
 */
export class FrameGate extends Duplex {
  readonly #socket: Duplex;
  readonly #inspect = frameInspector();
  #passed = 0;
  #delivered = 0;
  #breach: Closing | undefined;

  /** `head`: what the client sent right after its upgrade request. */
  constructor(socket: Duplex, head: Buffer) {
    super();
    this.#socket = socket;
    if (socket instanceof Socket) socket.setTimeout(0);
    socket.pause();
    if (head.length > 0) socket.unshift(head);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    // A client that vanishes while it is admitted or closed is not a failure of the run.
    this.on('error', () => undefined);
  }

  /** Calls back once, after everything before the offending frame has passed. Register this after the reader. */
  onBreach(callback: (closing: Closing) => void): void {
    this.on('data', (chunk: Buffer) => {
      this.#delivered += chunk.length;
      this.#announce();
    });
    this.once('breach', callback);
  }

  #receive(chunk: Buffer): void {
    if (this.#breach) return;
    const { allowed, breach } = this.#inspect(chunk);
    this.#passed += allowed;
    this.#breach = breach;
    if (allowed > 0 && !this.push(chunk.subarray(0, allowed)) && !breach) this.#socket.pause();
    if (breach) this.#announce();
  }

  #announce(): void {
    if (this.#breach && this.#delivered === this.#passed) this.emit('breach', this.#breach);
  }

  override _read(): void {
    this.#socket.resume();
  }

  /** Writes one chunk at a time, so that a caller waits only for its own write, not for those queued after it. */
  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: Done): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#socket.destroy();
    done(error);
  }
}
