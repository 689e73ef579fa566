import type { Published } from './proxy/sns-rules.ts';

/** Whether a message was published to the alerts topic. The chat topic gets copies of what people are told. */
export function isAlert({ topicArn }: Published): boolean {
  return topicArn.includes(':AlertsTopic');
}

/** Whether a message was published to the topic of the probe: it is of the canary. */
export function isForProbe({ topicArn }: Published): boolean {
  return topicArn.includes(':ProbeTopic');
}
