import { matches } from '../../local/proxy/wildcard.ts';
import type { Run } from '../../local/run.ts';

/** What Lambda itself does with a function's role: write its log, read its stream, store records that it gives up. */
const BY_LAMBDA =
  /^(logs:|dynamodb:(ListStreams|DescribeStream|GetRecords|GetShardIterator) |s3:\w+ arn:aws:s3:::givenup)/;

/**
 * What a function's role allows although no call of the function needed it in this run: the action, the resource and
 * the key, as in `PutItem StoresLedger job#*`. Every key of a statement has to be used.
 */
export function unusedPermissions({ deployment, proxy }: Run, functionStart: string): string[] {
  const found = deployment.functions.find(({ id }) => id.startsWith(functionStart));
  if (!found) throw new Error(`no function ${functionStart}`);
  const role = deployment.roleOf(found.id);
  const needs = proxy.calls().flatMap((call) => (call.role === role ? call.needs : []));
  return (deployment.roles.get(role)?.statements ?? []).flatMap(({ Action, Resource, Condition }) => {
    const keys = Object.values(Condition ?? {}).flatMap((test) => Object.values(test).flat());
    return [Action].flat().flatMap((action) =>
      [Resource].flat().flatMap((resource) =>
        (keys.length > 0 ? keys : [undefined])
          .filter(() => !BY_LAMBDA.test(`${action} ${resource}`))
          .filter(
            (key) =>
              !needs.some(
                (need) =>
                  need.action === action &&
                  matches(resource, need.resource) &&
                  (key === undefined || need.leadingKeys?.some((value) => matches(key, value))),
              ),
          )
          .map((key) => [action.replace('dynamodb:', ''), nameOf(resource), key].filter(Boolean).join(' ')),
      ),
    );
  });
}

/** The last part of an ARN, without what CloudFormation adds to a name. */
const nameOf = (arn: string) =>
  arn
    .replace(/^arn:.*?(?=[^:]*$)/, '')
    .replaceAll(/(?<=[a-z])[0-9A-F]{8}\b/g, '')
    .replace(/^table\//, '');
