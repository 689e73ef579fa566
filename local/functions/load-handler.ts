import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HandlerContext } from './context.ts';

export type Handler = (event: unknown, context: HandlerContext) => unknown;

/** The extensions that Lambda tries for a handler's file. */
const EXTENSIONS = ['.js', '.mjs', '.cjs'];

/** Imports the bundle and returns the export that `handler` (`<file>.<export>`) names. Errors are meant for people. */
export async function loadHandler(codePath: string, handler: string): Promise<Handler> {
  const dot = handler.lastIndexOf('.');
  const [file, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const path = EXTENSIONS.map((extension) => join(codePath, file + extension)).find((each) => existsSync(each));
  if (dot < 1 || path === undefined) throw new Error(`No file for handler '${handler}' in ${codePath}`);
  const module: Record<string, unknown> = await import(pathToFileURL(path).href);
  const found = module[name] ?? property(module.default, name);
  if (typeof found !== 'function') throw new Error(`${handler} is undefined or not exported`);
  return (event, context) => Reflect.apply(found, undefined, [event, context]);
}

/** A CommonJS bundle that assigns `module.exports` has its exports only on the default export. */
function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
