/*
 * What a message calls `token` or `Authorization` is a secret wherever it stands, and is kept nowhere: a primary server that sends its
 * token in the wrong place must not leave it in a table.
 */

/** A letter of a name in any case, as itself or escaped. */
const letter = (character: string) => {
  const codes = [character.toLowerCase(), character.toUpperCase()].map((c) => c.charCodeAt(0).toString(16));
  return `(?:${character}|\\\\+u00(?:${codes.join('|')}))`;
};
const spelled = (name: string) => Array.from(name, letter).join('');

/** The name of a `token` or `Authorization` member up to its value. In JSON within a JSON text, backslashes come before its quotes. */
const SECRET_NAME = new RegExp(
  `(?<!\\\\)(\\\\*)"(?:${spelled('token')}|${spelled('authorization')})\\1"\\s*:\\s*`,
  'gi',
);

/**
 * The text with the value of every `token` and `Authorization` member replaced, in JSON, in what is left of it when it was cut,
 * and in JSON that is itself the text of a member. In doubt too much is removed.
 */
export function withoutSecrets(text: string): string {
  let kept = '';
  let from = 0;
  for (const match of text.matchAll(SECRET_NAME)) {
    if (match.index < from) continue;
    const [name, backslashes = ''] = match;
    const value = match.index + name.length;
    kept += `${text.slice(from, value)}${backslashes}"[removed]${backslashes}"`;
    from = endOfValue(text, value, backslashes.length);
  }
  return kept + text.slice(from);
}

/** Where a value ends that begins at `start` between quotes with so many backslashes; the end of the text when it was cut. */
function endOfValue(text: string, start: number, backslashes: number): number {
  const tokens = /(?<!\\)(\\*)"|[{}[\],\s]/g;
  tokens.lastIndex = start;
  let depth = 0;
  let quoted = false;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    const [mark, before] = token;
    if (before === undefined) {
      if (quoted) continue;
      if (mark === '{' || mark === '[') depth += 1;
      else if (depth === 0) return token.index;
      else if (mark === '}' || mark === ']') depth -= 1;
      if (depth === 0) return tokens.lastIndex;
    } else if (before.length < backslashes) {
      // The quote that ends the text which all of this is in.
      return token.index;
    } else if (!quoted) {
      quoted = true;
    } else if (before.length % (2 * (backslashes + 1)) === backslashes) {
      quoted = false;
      if (depth === 0) return tokens.lastIndex;
    }
  }
  return text.length;
}

const SECRET = /^(?:token|authorization)$/i;

/** For `canonicalJson`: replaces the value of a secret member, and secrets in JSON that is the text of a member. What comes out is JSON. */
export function replaceSecrets(key: string, value: unknown): unknown {
  if (SECRET.test(key)) return '[removed]';
  return typeof value === 'string' ? withoutSecrets(value) : value;
}
