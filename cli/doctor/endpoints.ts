import { createLiveness } from '../../functions/watch/liveness.ts';
import { withStates } from '../connection-states.ts';
import { showTime } from '../output.ts';
import type { Look } from './examine.ts';
import { orOk, type Verdict } from './finding.ts';

/** An endpoint and what is known about its connections. `heardAt`: epoch ms; undefined if it never had a connection. */
export interface KnownEndpoint {
  endpoint: string;
  heardAt: number | undefined;
  isConnected: boolean;
}

/** How many connections of an endpoint are looked at, newest first. */
const NEWEST = 3;

export const lookAtEndpoints: Look = async ({ session: { endpoints, now }, clients, isOneMachine }) => {
  const liveness = createLiveness(clients.gateway);
  const known: KnownEndpoint[] = [];
  for await (const { endpoint, createdAt, revokedAt } of endpoints.list()) {
    if (revokedAt !== undefined) continue;
    const found: KnownEndpoint = { endpoint, heardAt: undefined, isConnected: false };
    let asked = 0;
    for await (const { state, openedAt, heardAt = openedAt } of withStates(
      endpoints.connections(endpoint, NEWEST),
      liveness,
      now,
    )) {
      // Older connections belong to an earlier endpoint of this name.
      if (openedAt < createdAt) break;
      found.heardAt = Math.max(found.heardAt ?? 0, heardAt);
      found.isConnected ||= state === 'alive';
      asked += 1;
      if (found.isConnected || asked === NEWEST) break;
    }
    known.push(found);
  }
  return judgeEndpoints(known, isOneMachine);
};

export function judgeEndpoints(known: readonly KnownEndpoint[], isOneMachine: boolean): readonly Verdict[] {
  if (known.length === 0)
    return [
      {
        state: 'warning',
        what: 'there is no open endpoint, so no primary server can connect',
        next: 'npx nbwatch endpoint create --primary NAME > NAME.endpoint.json',
      },
    ];
  const wrong = known.flatMap(({ endpoint, heardAt, isConnected }): Verdict[] => {
    if (isConnected || (isOneMachine && heardAt === undefined)) return [];
    if (heardAt !== undefined)
      return [
        {
          state: 'warning',
          what: `${endpoint} is not connected; last heard ${showTime(heardAt)} UTC`,
          next: `npx nbwatch endpoint show ${endpoint}`,
        },
      ];
    const next =
      'Give NetBackup its file: docs/connecting.md, step 3. If it is not needed any more: npx nbwatch endpoint revoke NAME.';
    return [{ state: 'warning', what: `${endpoint} has never been connected`, next }];
  });
  const connected = known.filter(({ isConnected }) => isConnected);
  const last = Math.max(0, ...connected.map(({ heardAt = 0 }) => heardAt));
  const heard = last === 0 ? '' : `; last heard ${showTime(last)} UTC`;
  return orOk(wrong, `${connected.length} of ${known.length} connected${heard}`);
}
