import type { Published } from './proxy/sns-rules.ts';

/** Whether a message was published to the alerts topic. The chat topic gets copies of the alerts for people. */
export function isAlert({ topicArn }: Published): boolean {
  return topicArn.includes(':AlertsTopic');
}

/** Whether a message was published to the probe's topic, which gets the messages about the canary. */
export function isForProbe({ topicArn }: Published): boolean {
  return topicArn.includes(':ProbeTopic');
}
