import { Duration } from 'aws-cdk-lib';
import {
  DomainName,
  EndpointType,
  IpAddressType,
  SecurityPolicy,
  WebSocketApi,
  WebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

export interface GatewayProps {
  /** Both empty: primary servers connect to API Gateway's own host name. */
  domainName: string;
  certificateArn: string;
  /** How many connects, messages and disconnects a second all primary servers together may send in the long run. */
  requestsPerSecond: number;
}

/** The stage's name, and the path that primary servers connect to under either host name. */
const STAGE = 'nbwss';

/**
 * The WebSocket API that primary servers connect to. Its routes are one-way: the gateway sends NetBackup nothing that
 * the functions did not send, except for an invocation that was killed, timed out or throttled.
 */
export class Gateway extends Construct {
  readonly api: WebSocketApi;
  readonly stage: WebSocketStage;
  /** What primary servers connect to. */
  readonly url: string;
  /** The target for the DNS record of the user's own host name, if there is one. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, { domainName, certificateArn, requestsPerSecond }: GatewayProps) {
    super(scope, id);
    // NBWSS messages have no field to route by: all go to $default.
    this.api = new WebSocketApi(this, 'Api', {
      routeSelectionExpression: '$request.body.type',
      // IPv4 and IPv6, whichever the primary server has.
      ipAddressType: IpAddressType.DUAL_STACK,
    });
    const domain = domainName === '' ? undefined : this.domain(domainName, certificateArn);
    this.stage = new WebSocketStage(this, 'Stage', {
      ...{ webSocketApi: this.api, stageName: STAGE, autoDeploy: true },
      // Without it a flood could take the account's 10,000 a second from all its other APIs, and cost as much.
      throttle: { rateLimit: requestsPerSecond, burstLimit: 2 * requestsPerSecond },
      ...(domain && { domainMapping: { domainName: domain, mappingKey: STAGE } }),
    });
    this.url = domain ? `wss://${domainName}/${STAGE}` : this.stage.url;
    this.domainTarget = domain?.regionalDomainName;
  }

  /** API Gateway's own host name keeps working beside it: with that switched off, `@connections` answers Forbidden. */
  private domain(domainName: string, certificateArn: string): DomainName {
    return new DomainName(this, 'Domain', {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      endpointType: EndpointType.REGIONAL,
      securityPolicy: SecurityPolicy.TLS_1_2,
      ipAddressType: IpAddressType.DUAL_STACK,
    });
  }

  /** Sends every message, connect and disconnect to `receiver`. */
  route(receiver: IFunction): void {
    // Longer than the function's own timeout, so that a run that takes too long shows as a failure of the function.
    const timeout = Duration.seconds(10);
    const integration = (name: string) => new WebSocketLambdaIntegration(name, receiver, { timeout });
    this.api.addRoute('$connect', { integration: integration('Connect') });
    this.api.addRoute('$disconnect', { integration: integration('Disconnect') });
    this.api.addRoute('$default', { integration: integration('Message') });
  }

  /** Lets a function act on connections: POST answers on one, DELETE ends it, GET says whether it is alive. */
  grantConnections(grantee: IGrantable, methods: readonly ('POST' | 'DELETE' | 'GET')[]): void {
    const connections = methods.map((method) =>
      this.api.arnForExecuteApiV2(`${method}/@connections/*`, this.stage.stageName),
    );
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['execute-api:ManageConnections'], resources: connections }),
    );
  }
}
