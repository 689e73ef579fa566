import type { SnsMessage } from './message.ts';
import type { TopicName } from './outbox.ts';

/**
 * What a topic gets of a rendered message. Slack and Teams subscribe by HTTPS, and only to the chat topic. Whoever
 * subscribes to alerts by HTTPS is a program, and gets what programs get.
 */
export function messageFor(topic: TopicName, message: SnsMessage): SnsMessage {
  if (topic === 'chat') return message;
  const { https: _, ...forms } = JSON.parse(message.Message);
  return { ...message, Message: JSON.stringify(forms) };
}
