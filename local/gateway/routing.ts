import type { Route } from './gateway.ts';

export interface SelectedRoute {
  routeKey: string;
  route: Route;
}

const EXPRESSION = /^\$(?:request\.body\.([\w.-]+)|\{request\.body\.([\w.-]+)\})$/;

/**
 * Reads a route selection expression ("Route selection expressions": `$request.body.action` or
 * `${request.body.action}`). Throws for any other: a stack with one would route every message wrongly.
 */
export function routeSelector(expression: string, routes: ReadonlyMap<string, Route>) {
  const [, bare, braced] = EXPRESSION.exec(expression) ?? [];
  const path = (bare ?? braced)?.split('.');
  if (!path) throw new Error(`Route selection expression ${expression}: only $request.body.<path> is emulated`);
  return (body: string): SelectedRoute | undefined => {
    const key = valueAt(path, body);
    const custom = key === undefined || key.startsWith('$') ? undefined : routes.get(key);
    if (key !== undefined && custom) return { routeKey: key, route: custom };
    const fallback = routes.get('$default');
    return fallback && { routeKey: '$default', route: fallback };
  };
}

/** The value as a route key, or undefined if the body is not JSON or has no plain value there. */
function valueAt(path: readonly string[], body: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'object' || value === undefined ? undefined : String(value);
}
