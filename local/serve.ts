import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { EndpointFile } from '../client/endpoint-file.ts';
import { writeEndpointFile } from './demo-endpoint.ts';
import { describeRun } from './describe-run.ts';
import { FILES } from './folder.ts';
import type { Options } from './options.ts';
import type { Run } from './run.ts';
import { PROJECT } from './stack/synthesize.ts';
import { type Told, whileServing } from './story/next-steps.ts';

/** What is served, and to whom it is said. */
export interface Served {
  run: Run;
  endpoint: EndpointFile;
  options: Options;
  /** What the story left to look at, if it was told. */
  told: Told | undefined;
  print: (line: string) => void;
  /** Called once Ctrl-C is heard here. */
  onListening(): void;
  /** Called once all is said: what happens from now on may be printed. */
  onServing(): void;
}

/** Says how to reach a run, and returns when it is told to stop (Ctrl-C). */
export async function serve({ run, endpoint, options, told, print, ...on }: Served): Promise<void> {
  const stopped = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
  on.onListening();
  writeEndpointFile(FILES.endpoint, endpoint);
  writeFileSync(FILES.run, `${JSON.stringify(describeRun(run), undefined, 2)}\n`);
  const address = (what: string, url: string, preferred: number) => {
    const isTaken = preferred !== 0 && new URL(url).port !== String(preferred);
    print(`  ${what.padEnd(28)}${url}${isTaken ? `   (${preferred} is in use)` : ''}`);
  };
  const file = (what: string, path: string) => print(`  ${what.padEnd(28)}${relative(PROJECT, path)}`);
  print('');
  print('Serving');
  address('primary servers connect to', run.endpointUrl, options.port);
  address('AWS clients look in at', run.awsUrl, options.awsPort);
  file('endpoint file, with a token', FILES.endpoint);
  file('every address and name', FILES.run);
  file('what the functions log', FILES.log);
  print('');
  for (const line of whileServing(relative(PROJECT, FILES.endpoint), told)) print(line);
  print('');
  print('Ctrl-C stops everything.');
  on.onServing();
  await stopped;
  print('Stopping …');
}
