import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PATIENT } from '../../../functions/runtime/clients.ts';
import { onePut } from './one-put.ts';

export const handler = onePut(new DynamoDBClient(PATIENT));
