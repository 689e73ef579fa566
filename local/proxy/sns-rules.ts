import { parsed, record } from './json.ts';
import { attributeBytes, attributesOf, type MessageAttribute, wrongAttribute } from './message-attributes.ts';

/** A message that SNS has accepted. */
export interface Published {
  topicArn: string;
  messageId: string;
  subject?: string;
  /** As it was sent. */
  message: string;
  /** Whether it was sent with `MessageStructure: json`. */
  structure: boolean;
  /** Protocol → text. Without a MessageStructure, only `default`. */
  bodies: Record<string, string>;
  attributes: Record<string, MessageAttribute>;
}

/** An error as SNS names it in its answer. The status is always 400. */
export interface Refusal {
  code: string;
  message: string;
}

/** Bytes of a message with its attributes (Publish, "Constraints"). */
const MAXIMUM_BYTES = 262_144;
/**
 * "less than 100 characters long" (Publish, Subject). AWS was seen to take exactly 100 (moto issue 1503), but this
 * follows the documentation.
 */
const SUBJECT_BELOW = 100;

/**
 * Keys of a structured message that SNS knows (Publish, and "Sending platform-specific payloads"). It ignores all
 * others.
 */
const PROTOCOLS = new Set(
  'default email email-json http https sqs lambda sms firehose application APNS APNS_SANDBOX APNS_VOIP APNS_VOIP_SANDBOX MACOS MACOS_SANDBOX GCM ADM BAIDU WNS MPNS'.split(
    ' ',
  ),
);

/** Checks a Publish as SNS does, except for the topic: the emulator knows that. */
export function checkPublish(form: URLSearchParams): { refused: Refusal } | { accepted: Omit<Published, 'messageId'> } {
  const message = form.get('Message') ?? '';
  const subject = form.get('Subject');
  const structure = form.get('MessageStructure');
  const attributes = attributesOf(form);
  const refuse = (reason: string) => ({
    refused: { code: 'InvalidParameter', message: `Invalid parameter: ${reason}` },
  });

  if (message === '') return refuse('Empty message');
  if (subject !== null && !validSubject(subject)) return refuse('Subject');
  if (structure !== null && structure !== 'json') return refuse('MessageStructure');
  const wrong = wrongAttribute(attributes);
  if (wrong) return { refused: wrong };
  if (Buffer.byteLength(message) + attributeBytes(attributes) > MAXIMUM_BYTES) return refuse('Message too long');
  const bodies = structure === 'json' ? structuredBodies(message) : { default: message };
  if (typeof bodies === 'string') return refuse(`Message Structure - ${bodies}`);
  return {
    accepted: {
      topicArn: form.get('TopicArn') ?? '',
      ...(subject === null ? {} : { subject }),
      message,
      structure: structure === 'json',
      bodies,
      attributes: Object.fromEntries(attributes),
    },
  };
}

/**
 * UTF-8 without line breaks and control characters. SNS once took only ASCII; the current reference (SDK 3.1169) does
 * not say so.
 */
function validSubject(subject: string): boolean {
  return subject !== '' && [...subject].length < SUBJECT_BELOW && !/[\p{Cc}\u2028\u2029]/u.test(subject);
}

/**
 * The texts by protocol, or why there are none. SNS ignores values that are not strings, so `default` must be a string.
 */
function structuredBodies(message: string): Record<string, string> | string {
  const structured = parsed(message);
  if (structured === undefined) return 'JSON message body failed to parse';
  const bodies: Record<string, string> = {};
  for (const [protocol, text] of Object.entries(record(structured))) {
    if (PROTOCOLS.has(protocol) && typeof text === 'string') bodies[protocol] = text;
  }
  return bodies.default === undefined ? 'No default entry in JSON message body' : bodies;
}
