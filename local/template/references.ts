import type { ResolverOptions } from './resolve.ts';
import { UnresolvedError } from './template.ts';

export interface References {
  ref(name: unknown, path: string): unknown;
  /** Takes `[logicalId, attribute]` or `logicalId.attribute`; the attribute may contain dots. */
  getAtt(argument: unknown, path: string): unknown;
}

/** Looks up what a name stands for: a pseudo parameter, a parameter or a resource. */
export function createReferences(
  { template, attribute, pseudo, parameters = {} }: ResolverOptions,
  holds: (condition: string, path: string) => boolean,
): References {
  function parameter(name: string, path: string): unknown {
    const declared = template.Parameters?.[name];
    // An SSM parameter's default is the name of a stored value, not the value.
    const fallback = declared?.Type.startsWith('AWS::SSM::') ? undefined : declared?.Default;
    const value = Object.hasOwn(parameters, name) ? parameters[name] : fallback;
    if (value === undefined || value === null)
      throw new UnresolvedError(path, `Ref ${name}: the parameter has neither a value nor a default`);
    const list = declared?.Type === 'CommaDelimitedList' || declared?.Type.startsWith('List<');
    return list
      ? String(value)
          .split(',')
          .map((element) => element.trim())
      : String(value);
  }

  function resource(id: string, name: string, what: string, path: string): unknown {
    const found = Object.hasOwn(template.Resources, id) ? template.Resources[id] : undefined;
    if (!found) throw new UnresolvedError(path, `${what}: there is no ${id} in the template`);
    if (found.Condition !== undefined && !holds(found.Condition, path))
      throw new UnresolvedError(path, `${what}: the condition ${found.Condition} leaves ${id} out`);
    const value = attribute(id, name);
    if (value === undefined) throw new UnresolvedError(path, `${what}: not known for ${found.Type}`);
    return value;
  }

  return {
    ref(name, path) {
      if (typeof name !== 'string') throw new UnresolvedError(path, 'Ref takes a name');
      if (name === 'AWS::NoValue') return undefined;
      if (Object.hasOwn(pseudo, name)) return pseudo[name];
      if (Object.hasOwn(template.Parameters ?? {}, name)) return parameter(name, path);
      return resource(name, 'Ref', `Ref ${name}`, path);
    },
    getAtt(argument, path) {
      const dot = typeof argument === 'string' ? argument.indexOf('.') : -1;
      const [id, name, ...more]: unknown[] =
        typeof argument === 'string' && dot > 0
          ? [argument.slice(0, dot), argument.slice(dot + 1)]
          : Array.isArray(argument)
            ? argument
            : [];
      if (typeof id !== 'string' || typeof name !== 'string' || name === '' || more.length > 0)
        throw new UnresolvedError(path, 'Fn::GetAtt takes a logical id and an attribute');
      return resource(id, name, `Fn::GetAtt ${id}.${name}`, path);
    },
  };
}
