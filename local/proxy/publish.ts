import { errorReply } from './answers.ts';
import { Unsupported } from './call.ts';
import type { Incoming, Reply } from './http.ts';
import { plainForm } from './sns.ts';
import { checkPublish, type Published } from './sns-rules.ts';

/**
 * Serves a call to SNS: a Publish is checked first, and `published` hears of what the emulator took, with the id that it gave. A text
 * for queues that is empty is refused by the emulator although SNS would take it.
 */
export async function serveSns(
  incoming: Incoming,
  forward: (incoming: Incoming) => Promise<Reply>,
  published: (message: Published) => void,
): Promise<Reply> {
  const form = new URLSearchParams(incoming.body.toString());
  const action = form.get('Action');
  if (action === 'PublishBatch') throw new Unsupported('sns PublishBatch is not supported.');
  if (action !== 'Publish') return forward(incoming);

  const checked = checkPublish(form);
  if ('refused' in checked) return errorReply('sns', 400, checked.refused.code, checked.refused.message);
  const { accepted } = checked;
  const plain = plainForm(form, accepted.bodies.sqs ?? accepted.bodies.default ?? '');
  const reply = await forward(accepted.structure ? { ...incoming, body: Buffer.from(plain) } : incoming);
  const messageId = /<MessageId>([^<]+)<\/MessageId>/.exec(reply.body.toString())?.[1];
  if (reply.status === 200 && messageId !== undefined) published({ ...accepted, messageId });
  return reply;
}
