import { randomUUID } from 'node:crypto';
import { errorReply, publishedReply } from './answers.ts';
import { Unsupported } from './call.ts';
import type { Incoming, Reply } from './http.ts';
import { checkPublish, type Published } from './sns-rules.ts';

/**
 * Serves a call to SNS. A Publish to a topic that the emulator knows is checked and delivered to queues by SNS's rules,
 * and passed to `published`. The emulator answers all other calls.
 */
export async function serveSns(
  incoming: Incoming,
  forward: (incoming: Incoming) => Promise<Reply>,
  deliver: (message: Published) => Promise<void>,
  published: (message: Published) => void,
): Promise<Reply> {
  const form = new URLSearchParams(incoming.body.toString());
  const action = form.get('Action');
  if (action === 'PublishBatch') throw new Unsupported('sns PublishBatch is not supported.');
  if (action !== 'Publish') return forward(incoming);

  const checked = checkPublish(form);
  if ('refused' in checked) return errorReply('sns', 400, checked.refused.code, checked.refused.message);
  const asked = new URLSearchParams({ Action: 'GetTopicAttributes', TopicArn: checked.accepted.topicArn });
  const topic = await forward({ ...incoming, body: Buffer.from(asked.toString()) });
  if (topic.status !== 200) return topic;
  const message = { ...checked.accepted, messageId: randomUUID() };
  await deliver(message);
  published(message);
  return publishedReply(message.messageId);
}
