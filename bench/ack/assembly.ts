import { join, relative } from 'node:path';
import type { Assembly } from '../../local/stack/synthesize.ts';
import { isObject, type Resource, type Template } from '../../local/template/template.ts';

/** The table of Powertools Idempotency, in the peer's copy of the stack. */
const IDEMPOTENCY = 'Idempotency';

/** The longest that API Gateway waits for an integration, seconds. */
const LONGEST = 29;

/** A copy of the stack whose `Ingest` is the bundle in `folder`, and has as much time as the gateway grants: what is slow here is slow, not cut off. */
export function withIngest({ template, folder }: Assembly, bundle: string, { idempotency = false } = {}): Assembly {
  const copy = structuredClone(template);
  const ingest = ingestOf(copy);
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

/** Where the bundle of the stack's own `Ingest` is. */
export function bundleOfIngest({ template, folder }: Assembly): string {
  return join(folder, String(ingestOf(template).Metadata?.['aws:asset:path']));
}

/** The one function whose environment names the ledger and the acknowledgement. */
function ingestOf({ Resources }: Template): Resource {
  const found = Object.entries(Resources).find(
    ([id, { Type }]) => Type === 'AWS::Lambda::Function' && /^Ingest/.test(id),
  );
  if (!found) throw new Error('The stack has no Ingest');
  return found[1];
}

function variablesOf({ Properties }: Resource): Record<string, unknown> {
  const environment = Properties?.Environment;
  if (!isObject(environment) || !isObject(environment.Variables)) throw new Error('Ingest has no environment');
  return environment.Variables;
}

/** A table with the key that Powertools expects, and the right of `Ingest` to use it. */
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
