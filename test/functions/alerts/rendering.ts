import { alertOf, type MessageContent } from '../../../functions/alerts/alert-of.ts';
import type { AlertSettings } from '../../../functions/alerts/alert-settings.ts';
import { type Alert, renderMessage, type SnsMessage } from '../../../functions/alerts/message.ts';
import { BERLIN, ID } from './examples.ts';

/** A message as its receivers get it. */
export interface Rendered {
  alert: Alert;
  message: SnsMessage;
  subject: string;
  email: string;
  card: Card;
  // biome-ignore lint/suspicious/noExplicitAny: it is what a reader of JSON has
  machine: any;
}

export interface Card {
  content: { title: string; description: string; nextSteps?: string[]; keywords: string[] };
  metadata: { threadId: string; additionalContext: Record<string, string> };
}

export function render(content: MessageContent, settings: AlertSettings = BERLIN): Rendered {
  const alert = alertOf(content, settings);
  const message = renderMessage(ID, alert, ['alerts', 'chat']);
  const forms: Record<string, string> = JSON.parse(message.Message);
  return {
    alert,
    message,
    subject: message.Subject,
    email: forms.email ?? '',
    card: JSON.parse(forms.https ?? ''),
    machine: JSON.parse(forms.default ?? ''),
  };
}
