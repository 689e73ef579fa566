import { canonicalJson, parseJson } from './json.ts';

/*
 * What a message calls `token` or `Authorization` is a secret wherever it stands, and is kept nowhere: a primary server that sends its
 * token in the wrong place must not leave it in a table. In doubt too much is removed.
 */

const REMOVED = '[removed]';

/** The name of a member whose value is a secret. */
const SECRET_MEMBER = /^(?:token|authorization)$/i;

/** A text without this names no secret, in whatever way its letters are escaped. */
const SUSPECT = /token|authorization|u00|%[\da-f]{2}/i;

/** Any of these characters, as itself in any case or escaped as JSON (`\u0074`) and URLs (`%74`, `%2574`) do. */
function anyOf(characters: string): string {
  const all = Array.from(characters.toLowerCase() + characters.toUpperCase());
  const codes = all.map((character) => character.charCodeAt(0).toString(16).padStart(2, '0')).join('|');
  return `(?:[${characters.replace(/[\\\]]/g, '\\$&')}]|u00(?:${codes})|%(?:25)*(?:${codes}))`;
}

/** Backslashes stand only between what is looked for, so that none of them is a place to begin at: a text of them is read once. */
const spelled = (name: string) => Array.from(name, anyOf).join('\\\\*');

/** The name of a secret and what leads to its value: `token=`, `'token': `, `\"token\":`, `token%3D`, `Authorization: `. */
const SECRET_NAME = new RegExp(
  `(?:${spelled('token')}|${spelled('authorization')})(?:${anyOf(' \t\n\r"\'`\\])')})*${anyOf(':=>')}`,
  'i',
);

/** How deep texts are read that are JSON in a text. Each level doubles the backslashes of the one in it when it is written again. */
const LEVELS = 3;

/**
 * The text with every secret in it replaced. JSON stays JSON, in which only the values of secrets change; so does JSON that is the text
 * of a member. Of any other text nothing is kept after the first name of a secret: where its value ends is anyone's guess.
 */
export function withoutSecrets(text: string, levels = LEVELS): string {
  if (!SUSPECT.test(text)) return text;
  try {
    if (levels > 0) {
      const replace = replacer(levels - 1);
      return canonicalJson(replace('', parseJson(text)), replace);
    }
  } catch {
    // No JSON, or JSON that nests too deep.
  }
  const name = SECRET_NAME.exec(text);
  return name ? `${text.slice(0, name.index + name[0].length)}${REMOVED}` : text;
}

const replacer = (levels: number) => (member: string, value: unknown) => {
  if (SECRET_MEMBER.test(member)) return REMOVED;
  return typeof value === 'string' ? withoutSecrets(value, levels) : value;
};

/** For `canonicalJson`: replaces the value of a secret member, and secrets in texts and names. What comes out is JSON. */
export const replaceSecrets = replacer(LEVELS);
