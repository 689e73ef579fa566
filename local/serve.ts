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
import { type StoryResult, whileServing } from './story/next-steps.ts';

/** A run to serve, and what tells the user about it. */
export interface Served {
  run: Run;
  endpoint: EndpointFile;
  options: Options;
  /** What the story left to look at, if there was one. */
  told: StoryResult | undefined;
  print: (line: string) => void;
  /** Called once this function handles Ctrl-C. */
  onListening(): void;
  /** Called after the last line of the introduction: from now on, events may be printed. */
  onServing(): void;
}

/** Says how to reach a run, and returns on Ctrl-C. */
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
  address('AWS clients connect to', run.awsUrl, options.awsPort);
  file('endpoint file with a token', FILES.endpoint);
  file('all addresses and names', FILES.run);
  file('log of the functions', FILES.log);
  print('');
  for (const line of whileServing(relative(PROJECT, FILES.endpoint), told)) print(line);
  print('');
  print('Ctrl-C stops everything.');
  on.onServing();
  await stopped;
  print('Stopping …');
}
