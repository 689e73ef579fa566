import { newId, request } from '../../../client/envelope.ts';
import type { Destination } from '../../simulate/destination.ts';
import { ANSWER_MS, connectSocket } from './socket.ts';

/** What happened to many messages sent at once. */
export interface Burst {
  sent: number;
  acknowledged: number;
  /** How many frames were no NBWSS message; `frame` is the first of them. */
  strange: number;
  frame: string | undefined;
  /** The code with which the gateway closed the connection; undefined if it kept it open. */
  code: number | undefined;
}

/** Twice the number of functions that a new account may run at once. */
const BURST = 20;

/**
 * Sends messages at once on one connection, without waiting for answers. They have no entries, so nothing is stored.
 */
export async function burst(destination: Destination): Promise<Burst> {
  const socket = await connectSocket(destination);
  const found: Burst = { sent: BURST, acknowledged: 0, strange: 0, frame: undefined, code: undefined };
  try {
    for (let n = 0; n < BURST; n++) socket.send(JSON.stringify(request('NOTIFICATION', [], newId(), Date.now())));
    while (found.acknowledged + found.strange < BURST) {
      const heard = await socket.next(ANSWER_MS);
      if (heard.kind === 'answer') found.acknowledged += 1;
      else if (heard.kind === 'strange') {
        found.strange += 1;
        found.frame ??= heard.text;
      } else {
        if (heard.kind === 'closed') found.code = heard.code;
        break;
      }
    }
    return found;
  } finally {
    socket.end();
  }
}
