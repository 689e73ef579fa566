import { oneLine } from '../alerts/words.ts';

/** Markup made by this code. Everything else is text, and is escaped wherever it is inserted. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
  toString(): string {
    return this.markup;
  }
}

export type Content = Html | string | number | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for use between tags and in quoted attributes: names are chosen by whoever names a client. */
function escapeText(text: string): string {
  return oneLine(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function render(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Html) return content.markup;
  if (typeof content === 'object') return content.map(render).join('');
  return escapeText(String(content));
}

/** Builds markup around contents. The literal parts are trusted, the contents are not. */
export function html(literals: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(literals.map((literal, index) => literal + render(contents[index])).join(''));
}

/** Marks markup from elsewhere as trusted: a plot, a style sheet. */
export const trusted = (markup: string): Html => new Html(markup);
