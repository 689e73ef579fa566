import { Stack } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

/** The existing tables that a stack works on; empty where the stack creates its own. */
export interface Adopted {
  /** ARN of the stream of a table. */
  adoptLedger: string;
  adoptRecords: string;
  /** Name of the table: nobody reads its stream. */
  adoptRegistry: string;
}

/** A table's name (Amazon DynamoDB Developer Guide, "Naming rules"). */
export const TABLE_NAME = /^[\w.-]{3,255}$/;

/** The ARN of a stream contains the time at which the stream was switched on. DynamoDB Local's Region is `ddblocal`. */
export const STREAM_ARN =
  /^arn:aws[a-z-]*:dynamodb:(?<place>[a-z0-9-]+:\d{12}):table\/(?<table>[\w.-]{3,255})\/stream\/(?<label>[\d:T.-]+)$/;

const partsOf = (streamArn: string) => STREAM_ARN.exec(streamArn)?.groups ?? {};

/** The name of a table, given the ARN of its stream or its name. */
export const tableNameOf = (given: string) => partsOf(given).table ?? given;

/**
 * An existing table. `given` is the ARN of its stream, or its name. The stack looks for it in its own account and
 * Region: functions find tables by name there and nowhere else.
 */
export function adoptedTable(scope: Construct, id: string, given: string): ITable {
  const { label } = partsOf(given);
  const tableName = tableNameOf(given);
  const stream = `${tableName}/stream/${label}`;
  const arn = Stack.of(scope).formatArn({ service: 'dynamodb', resource: 'table', resourceName: stream });
  return Table.fromTableAttributes(scope, id, {
    tableName,
    ...(label !== undefined && { tableStreamArn: arn }),
  });
}

/** What is wrong with the combination of adopted tables that are each valid on their own. */
export function adoptionFaults({ adoptLedger, adoptRecords, adoptRegistry }: Adopted): string[] {
  const ledger = partsOf(adoptLedger);
  const records = partsOf(adoptRecords);
  const isApart = adoptLedger !== '' && adoptRecords !== '' && ledger.place !== records.place;
  const names = [ledger.table, records.table, adoptRegistry].filter(Boolean);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return [
    ...(isApart
      ? [
          `nbwatch:adoptLedger is of ${ledger.place} and nbwatch:adoptRecords of ${records.place}: both must be of the stack's Region and account`,
        ]
      : []),
    ...(twice === undefined
      ? []
      : [
          `${twice} is named twice by nbwatch:adoptLedger, nbwatch:adoptRecords and nbwatch:adoptRegistry: each must be a different table`,
        ]),
  ];
}
