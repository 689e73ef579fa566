import { join } from 'node:path';
import * as v from 'valibot';
import type { FunctionDefinition } from '../functions/runtime.ts';
import type { MappingDefinition, MappingProperties } from '../mappings/mappings.ts';
import type { Role, Statement } from '../proxy/iam.ts';
import { createResolver } from '../template/resolve.ts';
import { apiIdOf, attributesOf, PSEUDO_PARAMETERS } from './attributes.ts';
import { checkResourceTypes } from './resource-types.ts';
import type { Assembly } from './synthesize.ts';

/** A resource with every intrinsic computed. */
export interface Resolved {
  id: string;
  type: string;
  properties: Record<string, unknown>;
}

/** The template, read into what the run needs. */
export interface Deployment {
  resources: readonly Resolved[];
  ofType(type: string): readonly Resolved[];
  outputs: Readonly<Record<string, string>>;
  functions: readonly FunctionDefinition[];
  /** The logical id of the role that a function runs as. */
  roleOf(functionId: string): string;
  roles: ReadonlyMap<string, Role>;
  mappings: readonly MappingDefinition[];
}

/** Reads a synthesized stack. Throws for a resource, a reference or a value that the run does not know. */
export function readDeployment({ template, folder }: Assembly): Deployment {
  checkResourceTypes(template);
  const resolver = createResolver({ template, attribute: attributesOf(template), pseudo: PSEUDO_PARAMETERS });
  const resources: Resolved[] = Object.entries(template.Resources)
    .filter(([, { Condition }]) => Condition === undefined || resolver.condition(Condition))
    .map(([id, { Type, Properties = {} }]) => ({ id, type: Type, properties: readProperties(id, Properties) }));
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);

  function readProperties(id: string, properties: Record<string, unknown>): Record<string, unknown> {
    return v.parse(v.record(v.string(), v.unknown()), resolver.resolve(properties, `Resources.${id}.Properties`));
  }

  const roles = readRoles(ofType('AWS::IAM::Role'), ofType('AWS::IAM::Policy'));
  const functions = ofType('AWS::Lambda::Function');
  const asset = (id: string) => join(folder, String(template.Resources[id]?.Metadata?.['aws:asset:path']));
  return {
    resources,
    ofType,
    outputs: Object.fromEntries(
      Object.entries(template.Outputs ?? {}).map(([name, { Value }]) => [
        name,
        String(resolver.resolve(Value, `Outputs.${name}.Value`)),
      ]),
    ),
    functions: functions.map((resource) => readFunction(resource, asset(resource.id))),
    roleOf(functionId) {
      const role = String(functions.find(({ id }) => id === functionId)?.properties.Role);
      return role.slice(role.lastIndexOf('/') + 1);
    },
    roles,
    mappings: ofType('AWS::Lambda::EventSourceMapping').map(({ id, properties }) => ({
      id,
      functionId: functionIdOf(String(properties.FunctionName)),
      properties: properties as unknown as MappingProperties,
    })),
  };
}

/** The logical id of a function, from its ARN or name. */
export function functionIdOf(nameOrArn: string): string {
  return nameOrArn.slice(nameOrArn.lastIndexOf(':') + 1);
}

const functionSchema = v.object({
  Handler: v.string(),
  Runtime: v.literal('nodejs24.x'),
  Timeout: v.optional(v.number(), 3),
  MemorySize: v.optional(v.number(), 128),
  Environment: v.optional(v.object({ Variables: v.record(v.string(), v.string()) }), { Variables: {} }),
  ReservedConcurrentExecutions: v.optional(v.number()),
});

function readFunction({ id, properties }: Resolved, codePath: string): FunctionDefinition {
  const read = v.parse(functionSchema, properties);
  const reserved = read.ReservedConcurrentExecutions;
  return {
    id,
    codePath,
    handler: read.Handler,
    timeoutMs: read.Timeout * 1000,
    memoryMb: read.MemorySize,
    environment: read.Environment.Variables,
    ...(reserved === undefined ? {} : { reservedConcurrency: reserved }),
  };
}

const policySchema = v.object({
  Roles: v.array(v.string()),
  PolicyDocument: v.object({ Statement: v.array(v.unknown()) }),
});

/** The statements of every role, from the policies that name it. */
function readRoles(roles: readonly Resolved[], policies: readonly Resolved[]): Map<string, Role> {
  const attached = policies.map(({ properties }) => v.parse(policySchema, properties));
  return new Map(
    roles.map(({ id, properties }) => {
      for (const unread of ['ManagedPolicyArns', 'Policies', 'PermissionsBoundary']) {
        if (unread in properties)
          throw new Error(`Resources.${id}: the one-machine run does not know a role's ${unread}`);
      }
      const statements = attached
        .filter(({ Roles }) => Roles.includes(id))
        .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      return [id, { name: id, statements: statements as Statement[] }];
    }),
  );
}

/** Whether a route, integration or stage belongs to the API. */
export function isOfApi(api: Resolved): (resource: Resolved) => boolean {
  return ({ properties }) => properties.ApiId === apiIdOf(api.id);
}
