import { canonicalJson, MAX_KEPT_BYTES, parseJson } from './json.ts';

/*
 * Whatever a message calls `token` or `Authorization` is a secret, wherever it is, and is kept nowhere: a primary
 * server that sends its token in the wrong place must not leave it in a table. When in doubt, too much is removed.
 */

const REMOVED = '[removed]';

/** The name of a member whose value is a secret: `token`, `Proxy-Authorization`, `accessToken`. */
const SECRET_MEMBER = /(?:token|authorization)\s*$/i;

/** A text that names its neighbour: `{ "name": "Authorization", "value": … }`. */
const SECRET_TEXT = /^\s*(?:token|authorization)\s*$/i;

/** A text that does not match names no secret, however its letters are escaped. */
const SUSPECT = /token|authorization|u00|\\x[\da-f]{2}|%[\da-f]{2}/i;

/**
 * Any of these characters, in any case, as itself or escaped as in JSON (`\u0074`), scripts (`\x74`) and URLs (`%74`,
 * `%2574`); or one of `others`.
 */
function anyOf(characters: string, others = ''): string {
  const all = Array.from(characters.toLowerCase() + characters.toUpperCase());
  const codes = all.map((character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('|');
  return `(?:[${characters.replace(/[\\\]]/g, '\\$&')}${others}]|(?:u00|x|%(?:25)*)(?:${codes}))`;
}

/** Allows backslashes only between letters: no match begins at one, so a text full of them is read only once. */
const spelled = (name: string) => Array.from(name, (letter) => anyOf(letter)).join('\\\\*');

const NAME = `(?:${spelled('token')}|${spelled('authorization')})`;
const QUOTE = anyOf('"\'`');
const BETWEEN = `${anyOf(' \t\n\r\u00a0"\'`\\])', '\\s')}*`;

/**
 * The name of a secret and what leads to its value: `token=`, `'token': `, `\"token\":`, `token%3D`,
 * `Authorization Bearer`, `"Authorization","`. Alternatives under a repetition differ in their first character, so a
 * text is read only once.
 */
const SECRET_NAME = new RegExp(
  `${NAME}(?:\\\\*${QUOTE}${BETWEEN},|${BETWEEN}(?:${anyOf(':=>')}|(?=${spelled('bearer')}|${spelled('basic')})))`,
  'i',
);
const ANY_NAME = new RegExp(NAME, 'i');

/** The beginning of JSON that may hold a name. Other texts, of which there may be 10,000, need not be parsed. */
const JSON_TEXT = /^[ \t\n\r]*["[{]/;

/** How many levels of JSON inside texts are read. Writing a level again doubles the backslashes inside it. */
const LEVELS = 3;

/**
 * Replaces every secret in a text. JSON stays JSON in which only the values of secrets change, and so does JSON that is
 * the text of a member. Of any other text, nothing is kept after the first name of a secret, because the end of its
 * value is unknown. The result for a message's text is never too large to keep.
 */
export function withoutSecrets(text: string, levels = LEVELS): string {
  if (!SUSPECT.test(text)) return text;
  try {
    if (levels > 0 && JSON_TEXT.test(text)) {
      const replace = replacer(levels - 1);
      const kept = canonicalJson(replace('', parseJson(text)), replace);
      return Buffer.byteLength(kept, 'utf8') > MAX_KEPT_BYTES ? cutAfter(ANY_NAME, text) : kept;
    }
  } catch {
    // Not JSON, or JSON that nests too deep.
  }
  return cutAfter(SECRET_NAME, text);
}

function cutAfter(pattern: RegExp, text: string): string {
  const name = pattern.exec(text);
  return name ? `${text.slice(0, name.index + name[0].length)}${REMOVED}` : text;
}

const replacer = (levels: number) => (member: string, value: unknown) => {
  if (SECRET_MEMBER.test(member)) return REMOVED;
  return typeof value === 'string' ? withoutSecrets(value, levels) : withoutNamedSecrets(value);
};

/** A list or an object without anything that is beside the name of a secret. */
function withoutNamedSecrets(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !Object.values(value).some(isSecretName)) return value;
  const keep = (item: unknown) => (isSecretName(item) ? item : REMOVED);
  if (Array.isArray(value)) return value.map(keep);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, keep(item)]));
}

const isSecretName = (value: unknown) => typeof value === 'string' && SECRET_TEXT.test(value);

/**
 * For `canonicalJson`: replaces the value of a secret member, and secrets in texts and names. The result is JSON.
 * `canonicalJson` does not call it with the whole content, so a client or policy named `token` does not cost a fact its
 * other fields.
 */
export const replaceSecrets = replacer(LEVELS);
