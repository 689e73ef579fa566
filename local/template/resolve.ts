import { createConditions } from './conditions.ts';
import { createReferences, type References } from './references.ts';
import { isObject, type Template, UnresolvedError } from './template.ts';
import { findInMap, joined, listOf, selected, split, substituted } from './text.ts';

export { type Resource, type Template, UnresolvedError } from './template.ts';

export interface Resolver {
  /** The value with its intrinsics computed; `undefined` for `AWS::NoValue`. `path`: the value's place, for errors. */
  resolve(value: unknown, path: string): unknown;
  condition(name: string): boolean;
}

export interface ResolverOptions {
  template: Template;
  /** What `Ref` (the name is then 'Ref') or `Fn::GetAtt` gives for a resource; `undefined` if it is not known. */
  attribute(logicalId: string, name: string): unknown;
  /** `AWS::Region` and the like, by that name. */
  pseudo: Readonly<Record<string, string>>;
  parameters?: Readonly<Record<string, string>>;
}

type Intrinsic = (argument: unknown, path: string) => unknown;

/** Computes the intrinsic functions that a synthesized template uses. Throws UnresolvedError for any other. */
export function createResolver(options: ResolverOptions): Resolver {
  const conditions = createConditions(options.template.Conditions ?? {}, resolve);
  const references: References = createReferences(options, conditions.holds);
  const list = (value: unknown, path: string, length?: number) => listOf(value, path, resolve, length);

  const intrinsics: Readonly<Record<string, Intrinsic>> = {
    Ref: (name, path) => references.ref(name, path),
    'Fn::GetAtt': (argument, path) => references.getAtt(resolve(argument, path), path),
    'Fn::Join': (argument, path) => joined(list(argument, path, 2), path),
    'Fn::Sub': (argument, path) => substituted(argument, path, references, resolve),
    'Fn::Select': (argument, path) => selected(list(argument, path, 2), path),
    'Fn::Split': (argument, path) => split(list(argument, path, 2), path),
    'Fn::FindInMap': (argument, path) => findInMap(options.template.Mappings ?? {}, list(argument, path, 3), path),
    'Fn::If': (argument, path) => {
      if (!Array.isArray(argument) || argument.length !== 3 || typeof argument[0] !== 'string')
        throw new UnresolvedError(path, 'Fn::If takes a condition and two values');
      // Resolves only the branch that is taken: the other may name a resource that does not exist in this stack.
      return resolve(conditions.holds(argument[0], path) ? argument[1] : argument[2], path);
    },
    'Fn::Equals': conditions.decide('Fn::Equals'),
    'Fn::And': conditions.decide('Fn::And'),
    'Fn::Or': conditions.decide('Fn::Or'),
    'Fn::Not': conditions.decide('Fn::Not'),
  };

  function resolve(value: unknown, path: string): unknown {
    if (Array.isArray(value))
      return value
        .map((element, index) => resolve(element, `${path}.${index}`))
        .filter((element) => element !== undefined);
    if (!isObject(value)) return value;
    const keys = Object.keys(value);
    const [only] = keys;
    if (keys.length === 1 && only !== undefined && (only === 'Ref' || only.startsWith('Fn::'))) {
      const intrinsic = Object.hasOwn(intrinsics, only) ? intrinsics[only] : undefined;
      if (!intrinsic) throw new UnresolvedError(path, `${only} is not supported`);
      return intrinsic(value[only], path);
    }
    const stray = keys.find((key) => key.startsWith('Fn::'));
    if (stray) throw new UnresolvedError(path, `${stray} has other keys beside it`);
    // fromEntries, because assigning to a key named __proto__ would lose the value.
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, element]) => [key, resolve(element, `${path}.${key}`)] as const)
        .filter(([, element]) => element !== undefined),
    );
  }

  return { resolve, condition: (name) => conditions.holds(name, `Conditions.${name}`) };
}
