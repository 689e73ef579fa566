import { renderAttributes } from './attributes.ts';
import type { Alert } from './message.ts';
import { clip, oneLine } from './words.ts';

/** Slack shows at most 3,000 characters of one text. */
const DESCRIPTION_LIMIT = 2_900;
const TITLE_LIMIT = 150;
const LINE_LIMIT = 600;

/** Readers of a chat may get no email. */
const MORE = '_All jobs: npx nbwatch jobs --failed_';

/**
 * A card for Slack by way of Amazon Q Developer in chat applications, which shows only its own custom notification
 * schema (Amazon Q Developer in chat applications Administrator Guide, "Custom notifications"). Cards that share a
 * threadId are one thread.
 */
export function renderSlackCard(id: string, alert: Alert): object {
  const { kind, severity, subject, headline, facts, sections = [], nextSteps, dedupKey, part } = alert;
  const shown = Object.entries(facts).filter(([, value]) => value !== '');
  const lines = [
    slackText(headline),
    '',
    ...shown.map(([label, value]) => `*${slackText(label)}:* ${slackText(value)}`),
    ...sections.flatMap(({ title, lines }) => ['', `*${slackText(title)}*`, ...lines.map((line) => slackText(line))]),
    ...(part > 1 ? [MORE] : []),
  ];
  const single = Object.entries(renderAttributes(alert)).filter(([, { DataType }]) => DataType !== 'String.Array');
  return {
    version: '1.0',
    source: 'custom',
    id,
    content: {
      textType: 'client-markdown',
      title: slackText(clip(subject, TITLE_LIMIT)),
      description: firstLines(lines),
      ...(nextSteps.length > 0 ? { nextSteps: nextSteps.map(slackText) } : {}),
      keywords: [severity, kind],
    },
    metadata: {
      threadId: dedupKey,
      summary: slackText(clip(headline, TITLE_LIMIT)),
      eventType: kind,
      additionalContext: Object.fromEntries(single.map(([name, { StringValue }]) => [name, slackText(StringValue)])),
    },
  };
}

/** As many whole lines as Slack shows. */
function firstLines(lines: readonly string[]): string {
  let text = '';
  for (const line of lines) {
    if (text.length + line.length + MORE.length + 2 > DESCRIPTION_LIMIT) return `${text}\n${MORE}`;
    text = text === '' ? line : `${text}\n${line}`;
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** One line without a mention or link that we did not write: Slack's `<!channel>` in a name calls nobody. */
function slackText(text: string): string {
  return clip(oneLine(text).trimStart(), LINE_LIMIT).replace(/[&<>]/g, (character) => ESCAPES[character] ?? character);
}
