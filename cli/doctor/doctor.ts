import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Session } from '../session.ts';

/** A resource of the deployed stack. */
export interface Resource {
  logicalId: string;
  physicalId: string;
  type: string;
}

/** What every check is given. */
export interface Doctor {
  session: Session;
  isOneMachine: boolean;
  clients: ReturnType<typeof createClients>;
  /** Every resource of the stack, fetched once; none on one machine. */
  resources(): Promise<readonly Resource[]>;
}

/** A hanging call must end before the time limit of its check. */
const CALL = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 6_000, throwOnRequestTimeout: true },
};

function createClients({ target }: Session) {
  const config = { ...target.client, ...CALL };
  return {
    cloudformation: new CloudFormationClient(config),
    cloudwatch: new CloudWatchClient(config),
    gateway: new ApiGatewayManagementApiClient({ ...config, endpoint: target.managementUrl }),
    lambda: new LambdaClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    sns: new SNSClient(config),
  };
}

/** Runs `work` with a doctor, and closes its clients afterwards. */
export async function withDoctor(session: Session, work: (doctor: Doctor) => Promise<void>): Promise<void> {
  const clients = createClients(session);
  const { stack } = session.target;
  let resources: Promise<readonly Resource[]> | undefined;
  try {
    await work({
      session,
      isOneMachine: stack === undefined,
      clients,
      resources() {
        resources ??= stack === undefined ? Promise.resolve([]) : listResources(clients.cloudformation, stack);
        return resources;
      },
    });
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

async function listResources(client: CloudFormationClient, StackName: string): Promise<Resource[]> {
  const found: Resource[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName })) {
    for (const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' } of StackResourceSummaries)
      found.push({ logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType });
  }
  return found;
}

/** The functions of the stack: the name that people use for each, and its name in Lambda. */
export async function functionsOf({ resources }: Doctor): Promise<{ name: string; functionName: string }[]> {
  return (await resources())
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ logicalId, physicalId }) => ({ name: nameOf(logicalId), functionName: physicalId }));
}

/** `Watch` for `WatchD2C11A62`: a logical id without the hash that CDK appends. */
export const nameOf = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');
