import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PATIENT } from '../../../functions/runtime/clients.ts';
import { onePut } from './one-put.ts';

export const handler = onePut(new DynamoDBClient(PATIENT));

/** Made but not used: the same clients as `ArchiveFunction` has. */
export const s3 = new S3Client(PATIENT);
export const Command = PutObjectCommand;
