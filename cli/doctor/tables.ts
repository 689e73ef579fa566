import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { Doctor } from './doctor.ts';
import type { Look } from './examine.ts';
import { orOk } from './finding.ts';
import { type FoundTable, judgeTable } from './table-shape.ts';

export const lookAtTables: Look = async (doctor) => {
  const { LedgerTable, RecordsTable, RegistryTable } = doctor.session.target.outputs;
  const found = await Promise.all([
    describe(doctor, 'Ledger', LedgerTable),
    describe(doctor, 'Records', RecordsTable),
    describe(doctor, 'Registry', RegistryTable),
  ]);
  const what = 'Ledger, Records, Registry: keys, indexes and streams are correct';
  return orOk(
    found.flatMap(judgeTable),
    doctor.isOneMachine ? what : `${what}; items expire, can be restored and are protected`,
  );
};

/** DynamoDB Local is started without TTL, and has no point-in-time recovery. */
async function describe({ session, isOneMachine }: Doctor, name: FoundTable['name'], TableName: string) {
  const { client } = session.tables;
  const { Table: table = {} } = await client.send(new DescribeTableCommand({ TableName }));
  if (isOneMachine) return { name, table, ttl: undefined, recovers: undefined };
  const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName }));
  const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  const recovery = ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus;
  const isOn = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
  return { name, table, ttl: isOn ? (ttl.AttributeName ?? '') : '', recovers: recovery === 'ENABLED' };
}
