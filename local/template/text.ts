import type { References } from './references.ts';
import { isObject, type Template, UnresolvedError } from './template.ts';

type Resolve = (value: unknown, path: string) => unknown;

function text(value: unknown, path: string, what: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new UnresolvedError(path, `${what} is not text`);
}

/** A function's arguments, resolved. The list itself may come from a function. */
export function listOf(value: unknown, path: string, resolve: Resolve, length?: number): unknown[] {
  const list = resolve(value, path);
  if (!Array.isArray(list) || (length !== undefined && list.length !== length))
    throw new UnresolvedError(path, `takes a list${length === undefined ? '' : ` of ${length} values`}`);
  return list;
}

export function joined([delimiter, parts]: unknown[], path: string): string {
  if (!Array.isArray(parts)) throw new UnresolvedError(path, 'Fn::Join takes a delimiter and a list');
  return parts
    .map((part, index) => text(part, path, `Fn::Join: element ${index}`))
    .join(text(delimiter, path, 'Fn::Join: the delimiter'));
}

export function split([delimiter, whole]: unknown[], path: string): string[] {
  const by = text(delimiter, path, 'Fn::Split: the delimiter');
  if (by === '') throw new UnresolvedError(path, 'Fn::Split: the delimiter is empty');
  return text(whole, path, 'Fn::Split: the value').split(by);
}

export function selected([index, list]: unknown[], path: string): unknown {
  const place = text(index, path, 'Fn::Select: the index');
  if (!Array.isArray(list)) throw new UnresolvedError(path, 'Fn::Select takes an index and a list');
  if (!/^\d+$/.test(place) || Number(place) >= list.length)
    throw new UnresolvedError(path, `Fn::Select: there is no element ${place} of ${list.length}`);
  return list[Number(place)];
}

export function findInMap(mappings: NonNullable<Template['Mappings']>, keys: unknown[], path: string): unknown {
  const names = keys.map((key) => text(key, path, 'Fn::FindInMap: a key'));
  let found: unknown = mappings;
  for (const name of names) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  if (found === undefined) throw new UnresolvedError(path, `Fn::FindInMap ${names.join('.')}: not in the template`);
  return found;
}

/**
 * Fn::Sub: `${Name}`, `${Resource.Attribute}`, a name from the function's own map, and `${!Literal}` for `${Literal}`.
 */
export function substituted(argument: unknown, path: string, references: References, resolve: Resolve): string {
  const [pattern, values, ...more]: unknown[] = Array.isArray(argument) ? argument : [argument, {}];
  if (typeof pattern !== 'string' || !isObject(values) || more.length > 0)
    throw new UnresolvedError(path, 'Fn::Sub takes text, and may take a map of values');
  return pattern.replaceAll(/\$\{([^}]*)\}/g, (_whole, inner: string) => {
    if (inner.startsWith('!')) return `\${${inner.slice(1)}}`;
    const name = inner.trim();
    const value = Object.hasOwn(values, name)
      ? resolve(values[name], path)
      : name.includes('.')
        ? references.getAtt(name, path)
        : references.ref(name, path);
    return text(value, path, `Fn::Sub: the value of ${name}`);
  });
}
