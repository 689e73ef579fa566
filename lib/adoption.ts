import { Stack } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';

/** Which tables that are there already a stack works on; empty for a table of its own. */
export interface Adopted {
  /** ARN of the stream of a table. */
  adoptLedger: string;
  adoptRecords: string;
  /** Name of a table, of which nobody reads a stream. */
  adoptRegistry: string;
}

/** A table's name (Amazon DynamoDB Developer Guide, "Naming rules"). */
export const TABLE_NAME = /^[\w.-]{3,255}$/;

/** The ARN of a stream has the time in it at which the stream was switched on. DynamoDB Local's Region is `ddblocal`. */
export const STREAM_ARN =
  /^arn:aws[a-z-]*:dynamodb:(?<place>[a-z0-9-]+:\d{12}):table\/(?<table>[\w.-]{3,255})\/stream\/(?<label>[\d:T.-]+)$/;

const partsOf = (streamArn: string) => STREAM_ARN.exec(streamArn)?.groups ?? {};

/** The name of a table that is given by the ARN of its stream, or by its name. */
export const tableNameOf = (given: string) => partsOf(given).table ?? given;

/**
 * A table that is there already. `given` is the ARN of its stream, or its name. It is looked for where the stack is, in its account and
 * Region: functions find tables by their names there and nowhere else.
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

/** What is wrong with adopted tables that are each right by themselves. */
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
          `${twice} is named twice by nbwatch:adoptLedger, nbwatch:adoptRecords and nbwatch:adoptRegistry: each is another table`,
        ]),
  ];
}
