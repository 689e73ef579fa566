import * as v from 'valibot';
import { ACCOUNT, REGION } from '../environment.ts';
import type { Route } from '../gateway/gateway.ts';
import { apiIdOf } from './attributes.ts';
import { type Deployment, functionIdOf, isOfApi, type Resolved } from './deployment.ts';
import { checkMayInvoke } from './permissions.ts';

/** A WebSocket API of the template, as the gateway needs it. */
export interface ApiDefinition {
  apiId: string;
  stage: string;
  routeSelectionExpression: string;
  routes: ReadonlyMap<string, Route>;
  /** Where connections are managed on AWS. */
  managementUrl: string;
  /** URLs that primary servers would connect to on AWS: API Gateway's own, and those mapped to the stage. */
  urls: readonly string[];
}

const apiSchema = v.object({ ProtocolType: v.literal('WEBSOCKET'), RouteSelectionExpression: v.string() });
const stageSchema = v.object({ StageName: v.string() });
const routeSchema = v.object({
  RouteKey: v.string(),
  Target: v.string(),
  AuthorizationType: v.optional(v.literal('NONE')),
});
const domainSchema = v.object({ DomainName: v.string() });
const mappingSchema = v.object({ DomainName: v.string(), ApiMappingKey: v.optional(v.string()), Stage: v.string() });
const integrationSchema = v.object({
  IntegrationType: v.literal('AWS_PROXY'),
  IntegrationUri: v.string(),
  TimeoutInMillis: v.optional(v.number(), 29_000),
});

/** `arn:…:lambda:path/2015-03-31/functions/<function ARN>/invocations` */
const FUNCTION_OF_URI = /\/functions\/([^/]+)\/invocations$/;

/** Reads the template's WebSocket API. Throws unless there is exactly one, with only what the gateway can do. */
export function readApi(deployment: Deployment): ApiDefinition {
  const [api, ...more] = deployment.ofType('AWS::ApiGatewayV2::Api');
  if (!api || more.length > 0) throw new Error('The one-machine run needs exactly one WebSocket API in the template');
  const ofApi = (type: string) => deployment.ofType(`AWS::ApiGatewayV2::${type}`).filter(isOfApi(api));
  const stage = v.parse(stageSchema, ofApi('Stage')[0]?.properties);
  const apiId = apiIdOf(api.id);
  const routes = ofApi('Route').map((resource): [string, Route] => {
    const { RouteKey, Target } = v.parse(routeSchema, resource.properties);
    const route = readIntegration(ofApi('Integration'), Target);
    checkMayInvoke(
      deployment,
      'apigateway.amazonaws.com',
      route.functionId,
      `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${stage.StageName}/${RouteKey}`,
    );
    return [RouteKey, route];
  });
  const { RouteSelectionExpression } = v.parse(apiSchema, api.properties);
  const url = `${apiId}.execute-api.${REGION}.amazonaws.com/${stage.StageName}`;
  return {
    ...{ apiId, stage: stage.StageName, routeSelectionExpression: RouteSelectionExpression, routes: new Map(routes) },
    managementUrl: `https://${url}`,
    urls: [`wss://${url}`, ...readMappedUrls(deployment, ofApi('ApiMapping'), stage.StageName)],
  };
}

/**
 * URLs with the template's own host names that lead to a stage. On one machine no host name is resolved: the run only
 * replaces these URLs in the functions' variables.
 */
function readMappedUrls(deployment: Deployment, mappings: readonly Resolved[], stage: string): string[] {
  const names = deployment
    .ofType('AWS::ApiGatewayV2::DomainName')
    .map(({ properties }) => v.parse(domainSchema, properties).DomainName);
  return mappings
    .map(({ properties }) => v.parse(mappingSchema, properties))
    .filter(({ DomainName, Stage }) => names.includes(DomainName) && Stage === stage)
    .map(({ DomainName, ApiMappingKey = '' }) => `wss://${DomainName}${ApiMappingKey && `/${ApiMappingKey}`}`);
}

function readIntegration(integrations: readonly Resolved[], target: string): Route {
  const found = integrations.find(({ id }) => target === `integrations/${id}`);
  const { IntegrationUri, TimeoutInMillis } = v.parse(integrationSchema, found?.properties);
  const functionId = functionIdOf(FUNCTION_OF_URI.exec(IntegrationUri)?.[1] ?? '');
  return { functionId, timeoutMs: TimeoutInMillis };
}
