import { PublishBatchCommand, PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { type FauxqsServer, startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkPublish, type Published } from '../../../local/proxy/sns-rules.ts';
import { as, EVERYTHING, NOWHERE, proxyFor, refusal, roles } from './setup.ts';

const ARN = 'arn:aws:sns:us-east-1:000000000000:alerts';

let fauxqs: FauxqsServer;
beforeAll(async () => {
  fauxqs = await startFauxqs({ port: 0, logger: false });
});
afterAll(() => fauxqs.stop());
beforeEach(() => {
  fauxqs.purgeAll();
  fauxqs.createTopic('alerts');
  fauxqs.createQueue('inbox');
  fauxqs.subscribe({ topic: 'alerts', queue: 'inbox', attributes: { RawMessageDelivery: 'true' } });
});

const inbox = () => fauxqs.inspectQueue('inbox')?.messages.ready.map(({ body }) => body);

async function topic(statements = [EVERYTHING]) {
  const published: Published[] = [];
  const proxy = await proxyFor({
    roles: roles({ Writer: statements }),
    backends: {
      dynamodb: { url: NOWHERE, accessKeyId: 'nbwatch' },
      fauxqs: { url: `http://127.0.0.1:${fauxqs.port}` },
    },
    onPublished: (message) => published.push(message),
  });
  const client = new SNSClient(as('Writer', proxy));
  const publish = (input: Partial<PublishCommandInput>) =>
    client.send(new PublishCommand({ TopicArn: ARN, Message: 'm', ...input }));
  return { proxy, client, published, publish };
}
const invalid = (message: string) => ({
  name: 'InvalidParameterException',
  message: `Invalid parameter: ${message}`,
  status: 400,
});

describe('what SNS takes', () => {
  test('a plain message reaches the queue unchanged, and onPublished with the id that the emulator gave it', async () => {
    const { proxy, published, publish } = await topic();
    const { MessageId } = await publish({ Message: 'ünï & <b>', Subject: 'Job 1 failed' });
    expect(inbox()).toEqual(['ünï & <b>']);
    expect(published).toEqual([
      {
        topicArn: ARN,
        messageId: MessageId,
        subject: 'Job 1 failed',
        message: 'ünï & <b>',
        structure: false,
        bodies: { default: 'ünï & <b>' },
        attributes: {},
      },
    ]);
    expect(proxy.calls()).toMatchObject([{ service: 'sns', action: 'sns:Publish', resource: ARN }]);
  });

  test('the queue gets the sqs text of a structured message, and onPublished all texts that SNS knows', async () => {
    const { published, publish } = await topic();
    const Message = JSON.stringify({ default: 'd', sqs: 'q', email: 'e', https: 'h', lambda: 7, pigeon: 'p' });
    await publish({ Message, MessageStructure: 'json' });
    expect(inbox()).toEqual(['q']);
    expect(published[0]).toMatchObject({ structure: true, message: Message });
    expect(published[0]?.bodies).toEqual({ default: 'd', sqs: 'q', email: 'e', https: 'h' });
  });

  test('the queue gets the default text when the sqs text is missing or not a string', async () => {
    const { publish } = await topic();
    await publish({ Message: '{"default":"d","email":"e"}', MessageStructure: 'json' });
    await publish({ Message: '{"default":"d2","sqs":{"a":1}}', MessageStructure: 'json' });
    expect(inbox()).toEqual(['d', 'd2']);
  });

  test('attributes of every type reach onPublished, and a text attribute also reaches the queue', async () => {
    const { published, publish } = await topic();
    await publish({
      MessageAttributes: {
        kind: { DataType: 'String', StringValue: 'alert' },
        status: { DataType: 'Number', StringValue: '196' },
        'nb.policies': { DataType: 'String.Array', StringValue: '["a", 1, true, null]' },
        digest: { DataType: 'Binary', BinaryValue: Buffer.from('x') },
      },
    });
    expect(published[0]?.attributes).toEqual({
      kind: { type: 'String', value: 'alert' },
      status: { type: 'Number', value: '196' },
      'nb.policies': { type: 'String.Array', value: '["a", 1, true, null]' },
      digest: { type: 'Binary', value: 'eA==' },
    });
    const attributes = fauxqs.inspectQueue('inbox')?.messages.ready[0]?.messageAttributes;
    expect(attributes).toHaveProperty('kind.StringValue', 'alert');
  });

  test('a person’s message is held to the same rules and reaches onPublished too', async () => {
    const { proxy, published } = await topic();
    const person = new SNSClient(as('AKIAPERSON', proxy));
    await person.send(new PublishCommand({ TopicArn: ARN, Message: 'm' }));
    expect(published).toHaveLength(1);
    expect(proxy.calls()).toEqual([]);
    const wrong = person.send(new PublishCommand({ TopicArn: ARN, Message: 'm', Subject: 'two\nlines' }));
    expect(await refusal(wrong)).toEqual(invalid('Subject'));
  });
});

describe('what SNS refuses', () => {
  test('a subject of 100 characters, or with a line break or control character; 99 characters pass', async () => {
    const { published, publish } = await topic();
    for (const Subject of ['x'.repeat(100), 'a\nb', 'a\rb', 'a\tb', 'a\u0085b', 'a\u2028b']) {
      expect(await refusal(publish({ Subject }))).toEqual(invalid('Subject'));
    }
    await publish({ Subject: 'x'.repeat(99) });
    await publish({ Subject: '🔥'.repeat(99) });
    expect(published).toHaveLength(2);
  });

  test('262,145 bytes of message and attributes; 262,144 pass', async () => {
    const { published, publish } = await topic();
    // Name, type and value: 1 + 6 + 5 bytes.
    const MessageAttributes = { n: { DataType: 'String', StringValue: 'value' } };
    await publish({ Message: 'x'.repeat(262_144) });
    await publish({ Message: 'ü'.repeat(131_066), MessageAttributes });
    expect(published).toHaveLength(2);
    expect(await refusal(publish({ Message: 'x'.repeat(262_145) }))).toEqual(invalid('Message too long'));
    const longer = publish({ Message: `${'ü'.repeat(131_066)}x`, MessageAttributes });
    expect(await refusal(longer)).toEqual(invalid('Message too long'));
  });

  // Calls the rule itself: fauxqs counts the base64 and so refuses a little earlier.
  test('262,145 bytes with a binary attribute, which counts by its bytes and not its base64', () => {
    // Name, type and value: 1 + 6 + 3,000 bytes.
    const withBinary = (bytes: number) =>
      checkPublish(
        new URLSearchParams({
          Message: 'x'.repeat(bytes - 3_007),
          'MessageAttributes.entry.1.Name': 'b',
          'MessageAttributes.entry.1.Value.DataType': 'Binary',
          'MessageAttributes.entry.1.Value.BinaryValue': Buffer.alloc(3_000).toString('base64'),
        }),
      );
    expect(withBinary(262_144)).toHaveProperty('accepted');
    expect(withBinary(262_145)).toHaveProperty('refused.message', 'Invalid parameter: Message too long');
  });

  test('an empty message', async () => {
    const { publish } = await topic();
    expect(await refusal(publish({ Message: '' }))).toEqual(invalid('Empty message'));
  });

  test('a structured message that is not JSON, is not an object, or has no default text', async () => {
    const { publish } = await topic();
    const structured = (Message: string) => refusal(publish({ Message, MessageStructure: 'json' }));
    expect(await structured('{')).toEqual(invalid('Message Structure - JSON message body failed to parse'));
    for (const message of ['{}', '[]', '"default"', 'null', '{"default":1}', '{"email":"e"}']) {
      expect(await structured(message)).toEqual(invalid('Message Structure - No default entry in JSON message body'));
    }
    expect(await refusal(publish({ MessageStructure: 'xml' }))).toEqual(invalid('MessageStructure'));
  });

  test.each([
    ['an empty text', 'a', 'String', ''],
    ['an unknown type', 'a', 'Boolean', 'true'],
    ['a number that is not numeric', 'a', 'Number', '12 GB'],
    ['an array that is an object', 'a', 'String.Array', '{"a":1}'],
    ['an array of objects', 'a', 'String.Array', '[{}]'],
    ['a reserved name', 'AWS.x', 'String', 'v'],
    ['a name that begins with a dot', '.a', 'String', 'v'],
    ['a name with two dots in a row', 'a..b', 'String', 'v'],
    ['a name with a space', 'a b', 'String', 'v'],
    ['a name of 257 characters', 'a'.repeat(257), 'String', 'v'],
  ])('an attribute with %s', async (_, name, DataType, StringValue) => {
    const { published, publish } = await topic();
    const wrong = await refusal(publish({ MessageAttributes: { [name]: { DataType, StringValue } } }));
    expect(wrong).toMatchObject({ name: 'InvalidParameterValueException', status: 400 });
    expect(wrong.message).toContain(`'${name}'`);
    expect(published).toEqual([]);
    expect(inbox()).toEqual([]);
  });

  test('a publish to a topic that does not exist, with the emulator’s own error', async () => {
    const { published, publish } = await topic();
    const missing = await refusal(publish({ TopicArn: `${ARN}2` }));
    expect(missing).toMatchObject({ name: 'NotFoundException', status: 404 });
    expect(published).toEqual([]);
  });

  test('a batch, which is not supported here', async () => {
    const { client } = await topic();
    const batch = client.send(
      new PublishBatchCommand({ TopicArn: ARN, PublishBatchRequestEntries: [{ Id: '1', Message: 'm' }] }),
    );
    expect(await refusal(batch)).toMatchObject({ name: 'UnsupportedOnOneMachine', status: 400 });
    expect(inbox()).toEqual([]);
  });

  test('a role without sns:Publish on the topic, and publishes nothing', async () => {
    const other = { Effect: 'Allow', Action: 'sns:Publish', Resource: `${ARN}-other` } as const;
    const { published, publish } = await topic([other]);
    const denied = await refusal(publish({}));
    expect(denied).toMatchObject({ name: 'AuthorizationErrorException', status: 403 });
    expect(denied.message).toContain(`perform: sns:Publish on resource: ${ARN} because`);
    expect(published).toEqual([]);
    expect(inbox()).toEqual([]);
  });
});
