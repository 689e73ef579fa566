import { EndpointFileError } from './errors.ts';

/** The JSON file that describes an endpoint to NetBackup (NBWSS guide). It has exactly these keys. */
export interface EndpointFile {
  token: string;
  /** Integer; within a group NetBackup tries the lowest first. */
  priority: number;
  groupId: string;
  hostName: string;
  /** `wss://…`. A `ws://` URL is accepted here, and refused where the connection is made. */
  url: string;
}

const KEYS = ['token', 'priority', 'groupId', 'hostName', 'url'];

/** Reads an endpoint file. Errors name the key and never show a value: one of them is the token. */
export function parseEndpointFile(text: string): EndpointFile {
  const file = parseObject(text);
  const strange = Object.keys(file).find((key) => !KEYS.includes(key));
  if (strange !== undefined) throw new EndpointFileError(`"${strange}" is not a key of an endpoint file`);
  const priority = file.priority;
  if (typeof priority !== 'number' || !Number.isInteger(priority)) {
    throw new EndpointFileError('"priority" must be an integer');
  }
  const url = stringAt(file, 'url');
  // User information in a URL would travel as an Authorization header, which NetBackup never sends.
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^wss?:$/.test(parsed.protocol) || parsed.username || parsed.password || parsed.hash) {
    throw new EndpointFileError('"url" must be a wss:// URL without user information or fragment');
  }
  return {
    token: stringAt(file, 'token'),
    priority,
    groupId: stringAt(file, 'groupId'),
    hostName: stringAt(file, 'hostName'),
    url,
  };
}

function parseObject(text: string): Record<string, unknown> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and with it the token.
    throw new EndpointFileError('The endpoint file is not JSON');
  }
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    throw new EndpointFileError('The endpoint file must be a JSON object');
  }
  return { ...file };
}

function stringAt(file: Record<string, unknown>, key: string): string {
  const value = file[key];
  if (typeof value !== 'string' || value === '') throw new EndpointFileError(`"${key}" must be a non-empty string`);
  return value;
}
