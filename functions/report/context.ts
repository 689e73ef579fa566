import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Tables } from '../questions/query.ts';
import { createRecords, type Records } from '../records/records.ts';
import { PATIENT } from '../runtime/clients.ts';
import { lambdaEnvironment, readEnvironment } from '../runtime/environment.ts';
import { log } from '../runtime/log.ts';
import { reportEnvironment } from './environment.ts';
import { createReportQuestions, type ReportQuestions } from './questions.ts';

/** Everything that `report` uses from outside. */
export interface ReportContext {
  /** `at`: the time of the questions, epoch ms. */
  questions(at: number): ReportQuestions;
  records: Pick<Records, 'read' | 'writeOnce'>;
  /** Writes a whole object. Replaces an existing one. */
  put(key: string, contentType: string, body: string): Promise<void>;
  bucket: string;
  region: string;
  zone: string;
  reportHour: number;
  youngPercent: number;
  /** Epoch ms. */
  now: () => number;
}

export function createContext(variables: NodeJS.ProcessEnv): ReportContext {
  const environment = readEnvironment(reportEnvironment, variables);
  const client = new DynamoDBClient(PATIENT);
  // The report of a large domain takes some megabytes.
  const s3 = new S3Client({ ...PATIENT, requestHandler: { ...PATIENT.requestHandler, socketTimeout: 30_000 } });
  const bucket = environment.REPORT_BUCKET;
  const tables: Tables = {
    client,
    ledger: environment.LEDGER_TABLE,
    records: environment.RECORDS_TABLE,
    registry: environment.REGISTRY_TABLE,
    onUnreadable: (item) => log.warn('Cannot read an item: it is not in the report', { ...item }),
  };
  return {
    questions: (at) => createReportQuestions(tables, at),
    records: createRecords(client, environment.RECORDS_TABLE),
    async put(Key, ContentType, Body) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType }));
    },
    bucket,
    region: readEnvironment(lambdaEnvironment, variables).AWS_REGION,
    zone: environment.ZONE,
    reportHour: environment.REPORT_HOUR,
    youngPercent: environment.YOUNG_PERCENT,
    now: Date.now,
  };
}
