import { GetConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { marshall } from '@aws-sdk/util-dynamodb';
import { GIVEN_UP_PREFIX } from '../../functions/keys/given-up.ts';
import { LEDGER_INDEXES, RECORDS_INDEXES, REGISTRY_INDEXES } from '../../functions/keys/indexes.ts';
import type { Doctor } from './doctor.ts';
import { isDenied, type Look } from './examine.ts';
import { NOT_HERE, type Verdict } from './finding.ts';

/** Something that can be read without harm, and the commands that need it. */
export interface Asked {
  of: string;
  commands: string;
  isAllowed: boolean;
}

/** Nothing has this key. */
const NOBODY = 'nbwatch-doctor';

const ASK: readonly { of: string; commands: string; ask(doctor: Doctor): Promise<unknown> }[] = [
  {
    of: 'Records',
    commands: 'jobs, images, series, alerts, report, export',
    ask: async (doctor) => {
      const { records } = doctor.session.tables;
      await query(doctor, records, RECORDS_INDEXES.byDay);
      await query(doctor, records, RECORDS_INDEXES.byPrimary);
      await get(doctor, records);
    },
  },
  {
    of: 'Ledger',
    commands: 'image, job, quarantine, watch, rebuild, status',
    ask: async (doctor) => {
      const { ledger } = doctor.session.tables;
      await query(doctor, ledger, LEDGER_INDEXES.byDay);
      await get(doctor, ledger);
    },
  },
  {
    of: 'Registry',
    commands: 'endpoint, silence, expect',
    ask: async (doctor) => {
      const { registry } = doctor.session.tables;
      await query(doctor, registry, REGISTRY_INDEXES.byEndpoint);
      await get(doctor, registry);
    },
  },
  {
    of: 'connections',
    commands: 'endpoint show',
    ask: ({ clients }) => clients.gateway.send(new GetConnectionCommand({ ConnectionId: 'bmJ3YXRjaC1kb2M=' })),
  },
  {
    of: 'GivenUpBucket',
    commands: 'redrive',
    ask: ({ clients, session }) =>
      clients.s3.send(
        new ListObjectsV2Command({
          ...{ Bucket: session.target.outputs.GivenUpBucket, Prefix: GIVEN_UP_PREFIX, MaxKeys: 1 },
        }),
      ),
  },
];

export const lookAtPermissions: Look = async (doctor) => {
  if (doctor.isOneMachine) return [NOT_HERE];
  const asked = await Promise.all(
    ASK.map(async ({ of, commands, ask }) => {
      try {
        await ask(doctor);
        return { of, commands, isAllowed: true };
      } catch (error) {
        // Any other error, such as that there is no such connection, means that the request was permitted.
        return { of, commands, isAllowed: !isDenied(error) };
      }
    }),
  );
  return judgePermissions(asked);
};

/** A missing permission is no fault of nbwatch: it is often intended. */
function judgePermissions(asked: readonly Asked[]): readonly Verdict[] {
  const allowed = asked.filter(({ isAllowed }) => isAllowed).map(({ of }) => of);
  const read = `you may read ${allowed.join(', ') || 'nothing'}; writing is not tried`;
  return [
    { state: 'ok', what: read },
    ...asked
      .filter(({ isAllowed }) => !isAllowed)
      .map(({ of, commands }) => ({
        state: 'unknown' as const,
        what: `you may not read ${of}: nbwatch ${commands} will fail`,
        next: 'If you need them: docs/security.md says which permissions they require.',
      })),
  ];
}

async function query({ session }: Doctor, TableName: string, index: { name: string; partitionKey: string }) {
  await session.tables.client.send(
    new QueryCommand({
      ...{ TableName, IndexName: index.name, Limit: 1 },
      KeyConditionExpression: `${index.partitionKey} = :nobody`,
      ExpressionAttributeValues: marshall({ ':nobody': NOBODY }),
    }),
  );
}

async function get({ session }: Doctor, TableName: string) {
  await session.tables.client.send(new GetItemCommand({ TableName, Key: marshall({ pk: NOBODY, sk: NOBODY }) }));
}
