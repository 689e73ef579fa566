import { join, relative } from 'node:path';
import type { Assembly } from '../../local/stack/synthesize.ts';
import { isObject, type Resource, type Template } from '../../local/template/template.ts';

/** The table of Powertools Idempotency, in the peer's copy of the stack. */
const IDEMPOTENCY = 'Idempotency';

/** The longest that API Gateway waits for an integration, seconds. */
const LONGEST = 29;

/**
 * A copy of the stack whose `Ingest` is this bundle, with as much time as the gateway grants: what is slow here is
 * slow, not cut off.
 */
export function withIngest({ template, folder }: Assembly, bundle: string, { idempotency = false } = {}): Assembly {
  const copy = structuredClone(template);
  const ingest = resourceOf(copy, 'Ingest');
  ingest.Metadata = { ...ingest.Metadata, 'aws:asset:path': relative(folder, bundle) };
  const variables = variablesOf(ingest);
  variables.DEADLINE_MS = String(LONGEST * 1_000);
  if (ingest.Properties) ingest.Properties.Timeout = LONGEST + 1;
  for (const { Type, Properties } of Object.values(copy.Resources))
    if (Type === 'AWS::ApiGatewayV2::Integration' && Properties) Properties.TimeoutInMillis = LONGEST * 1_000;
  if (idempotency) {
    addIdempotencyTable(copy);
    variables.IDEMPOTENCY_TABLE = { Ref: IDEMPOTENCY };
  }
  return { template: copy, folder };
}

/** Where the bundle of one of the stack's own functions is, and the environment that the template gives it. */
export function functionOf({ template, folder }: Assembly, name: string) {
  const found = resourceOf(template, name);
  return { bundle: join(folder, String(found.Metadata?.['aws:asset:path'])), variables: variablesOf(found) };
}

/** The function whose logical id begins with this name. */
function resourceOf({ Resources }: Template, name: string): Resource {
  const found = Object.entries(Resources).find(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith(name),
  );
  if (!found) throw new Error(`The stack has no ${name}`);
  return found[1];
}

function variablesOf({ Properties }: Resource): Record<string, unknown> {
  const environment = Properties?.Environment;
  if (!isObject(environment) || !isObject(environment.Variables)) throw new Error('A function has no environment');
  return environment.Variables;
}

/** Adds a table with the key that Powertools expects, and the right of `Ingest` to use it. */
function addIdempotencyTable({ Resources }: Template): void {
  Resources[IDEMPOTENCY] = {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    },
  };
  const policy = Object.entries(Resources).find(
    ([id, { Type }]) => Type === 'AWS::IAM::Policy' && /^IngestRole/.test(id),
  );
  const document = policy?.[1].Properties?.PolicyDocument;
  if (!isObject(document) || !Array.isArray(document.Statement)) throw new Error('Ingest has no policy');
  document.Statement.push({
    Effect: 'Allow',
    Action: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].map((action) => `dynamodb:${action}`),
    Resource: { 'Fn::GetAtt': [IDEMPOTENCY, 'Arn'] },
  });
}
