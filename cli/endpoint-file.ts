import type { EndpointFile } from '../client/endpoint-file.ts';
import type { EndpointState } from '../functions/registry/endpoint.ts';

/** The file that NetBackup takes for an endpoint. NetBackup lists endpoints by host name. */
export function endpointFile(
  { group, priority }: Pick<EndpointState, 'group' | 'priority'>,
  token: string,
  url: string,
): EndpointFile {
  return { token, priority, groupId: group, hostName: new URL(url).hostname, url };
}
