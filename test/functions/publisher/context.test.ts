import {
  InvalidParameterException,
  InvalidParameterValueException,
  KMSThrottlingException,
  NotFoundException,
  PublishCommand,
  SNSClient,
  ThrottledException,
} from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import type { SnsMessage } from '../../../functions/alerts/message.ts';
import { createContext } from '../../../functions/publisher/context.ts';

// A mock, because neither SNS nor its local stand-in fails on demand.
const sns = mockClient(SNSClient);
beforeEach(() => {
  sns.reset();
});

const topic = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`;
const { publish } = createContext({
  ...{ RECORDS_TABLE: 'Records', REGISTRY_TABLE: 'Registry' },
  ...{ ALERTS_TOPIC_ARN: topic('alerts'), CHAT_TOPIC_ARN: topic('chat'), PROBE_TOPIC_ARN: 'none' },
  ALERT_SETTINGS: JSON.stringify(DEFAULT_ALERT_SETTINGS),
});
const forms = { default: '{"kind":"Test"}', email: 'text \ufffd', https: '{"version":"1.0"}', sms: 's' };
const Message = JSON.stringify(forms);
const message: SnsMessage = { Subject: 's', MessageStructure: 'json', Message, MessageAttributes: {} };
const refusal = { $metadata: {}, message: 'no' };

describe('a message to SNS', () => {
  it.each(['alerts', 'chat'] as const)('for %s goes to that topic, with its card only for the chat', async (name) => {
    sns.on(PublishCommand).resolves({ MessageId: 'sns-1' });
    expect(await publish(name, message)).toBe('sns-1');
    const { https, ...programs } = forms;
    const sent = JSON.stringify(name === 'chat' ? forms : programs);
    expect(sns.commandCalls(PublishCommand)[0]?.args[0].input).toEqual({
      ...{ ...message, TopicArn: topic(name), Message: sent },
    });
  });

  it('for the probe goes nowhere if the stack has no probe', async () => {
    expect(await publish('probe', message)).toBe(undefined);
    expect(sns.commandCalls(PublishCommand)).toEqual([]);
  });

  it.each([new InvalidParameterException(refusal), new InvalidParameterValueException(refusal)])(
    'that SNS will never accept resolves without an id: %s',
    async (error) => {
      sns.on(PublishCommand).rejects(error);
      expect(await publish('alerts', message)).toBe(undefined);
    },
  );

  it.each([
    new ThrottledException(refusal),
    new KMSThrottlingException(refusal),
    new NotFoundException(refusal),
    Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }),
  ])('that SNS may accept later throws its error, and so is tried again: %s', async (error) => {
    sns.on(PublishCommand).rejects(error);
    await expect(publish('alerts', message)).rejects.toBe(error);
  });
});
