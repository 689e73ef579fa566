import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EndpointFile, parseEndpointFile } from '../../client/endpoint-file.ts';
import { EndpointFileError } from '../../client/errors.ts';
import { isTokenGood } from '../../functions/registry/endpoint.ts';
import { tokenHash } from '../../functions/registry/token.ts';
import { findTarget } from '../deployment.ts';
import { CliError, EXIT } from '../errors.ts';
import type { Session } from '../session.ts';

/** The options that say where traffic goes. */
export interface DestinationOptions {
  /** An endpoint file as NetBackup gets it. */
  endpoint?: string;
  /** A certificate to accept (PEM). */
  ca?: string;
  stack?: string;
}

export interface Destination {
  endpoint: EndpointFile;
  ca: Buffer | undefined;
}

/**
 * Where traffic goes: to the endpoint of the given file, otherwise to the one-machine run of this folder. Nothing is
 * sent to a stack unless its endpoint file is given. Throws CliError.
 */
export async function findDestination(options: DestinationOptions): Promise<Destination> {
  const { endpoint: given, ca, stack } = options;
  if (given === undefined && stack !== undefined)
    throw new CliError(
      'Nothing is sent to a deployed stack unless its endpoint file is given.',
      'Make one for a separate primary with npx nbwatch endpoint create --primary simulated, and give it with --endpoint.',
      EXIT.usage,
    );
  if (given === undefined) await findTarget({ local: true });
  const file = given ?? join(process.env.NBWATCH_FOLDER ?? '.nbwatch', 'demo.endpoint.json');
  return { endpoint: readEndpoint(file), ca: ca === undefined ? undefined : read(ca) };
}

function readEndpoint(file: string): EndpointFile {
  let endpoint: EndpointFile;
  try {
    endpoint = parseEndpointFile(String(read(file)));
  } catch (error) {
    if (!(error instanceof EndpointFileError)) throw error;
    throw new CliError(
      `${file}: ${error.message}.`,
      'Make an endpoint file with npx nbwatch endpoint create, or npx nbwatch endpoint rotate.',
      EXIT.usage,
    );
  }
  const { protocol, hostname } = new URL(endpoint.url);
  if (protocol === 'ws:' && !LOOPBACK.test(hostname))
    throw new CliError(
      `${endpoint.url} is not encrypted: the token could be read on its way.`,
      'ws:// is only for a one-machine run on this machine. Give an endpoint file with a wss:// URL.',
      EXIT.usage,
    );
  return endpoint;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CliError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Name an existing file that you may read.',
      EXIT.notFound,
    );
  }
}

/**
 * The primary that the token of an endpoint file belongs to. Throws CliError if this nbwatch does not know the token.
 */
export async function primaryOf({ endpoints, target, now }: Session, { token }: EndpointFile): Promise<string> {
  const hash = tokenHash(token);
  for await (const state of endpoints.list()) if (isTokenGood(state, hash, now)) return state.primary;
  throw new CliError(
    `${target.name[0]?.toUpperCase()}${target.name.slice(1)} has no endpoint with the token of this file, so nothing was sent.`,
    'Name the stack that the file belongs to with --stack, or leave out --verify.',
    EXIT.notFound,
  );
}
