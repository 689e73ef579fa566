import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { PATIENT } from '../../../functions/runtime/clients.ts';
import { onePut } from './one-put.ts';

export const handler = onePut(new DynamoDBClient(PATIENT));

/** Made but not used: the same clients as `Publisher` has. */
export const sns = new SNSClient(PATIENT);
export const Command = PublishCommand;
