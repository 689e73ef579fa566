import { ExplainedError } from '../explained-error.ts';
import { evaluate } from '../proxy/iam.ts';
import { matches } from '../proxy/wildcard.ts';
import { type Deployment, functionIdOf } from './deployment.ts';

/** Thrown when AWS would refuse, at deployment or later, what the template makes a service do. */
export class MissingPermissionError extends ExplainedError {
  override readonly name = 'MissingPermissionError';
}

/** Checks that a service may invoke a function for a source: an `AWS::Lambda::Permission` must say so. */
export function checkMayInvoke(deployment: Deployment, principal: string, functionId: string, sourceArn: string): void {
  const allowed = deployment
    .ofType('AWS::Lambda::Permission')
    .some(
      ({ properties }) =>
        properties.Action === 'lambda:InvokeFunction' &&
        properties.Principal === principal &&
        functionIdOf(String(properties.FunctionName)) === functionId &&
        (properties.SourceArn === undefined || matches(String(properties.SourceArn), sourceArn)),
    );
  if (!allowed) throw new MissingPermissionError(`${principal} may not invoke ${functionId} for ${sourceArn}`);
}

/** Checks that a function's role allows what Lambda does with it: read the stream, store the records it gives up. */
export function checkRoleMay(
  deployment: Deployment,
  functionId: string,
  actions: readonly string[],
  resource: string,
): void {
  const role = deployment.roles.get(deployment.roleOf(functionId));
  for (const action of actions) {
    const decision = evaluate(role?.statements ?? [], { action, resource, context: { 'aws:SecureTransport': 'true' } });
    if (!decision.allowed) {
      throw new MissingPermissionError(
        `The role of ${functionId} may not ${action} on ${resource}: Lambda needs it for a mapping`,
      );
    }
  }
}
