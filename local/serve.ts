import { once } from 'node:events';
import { appendFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { earlierToken, registerDemoEndpoint, writeEndpointFile } from './demo-endpoint.ts';
import { describeRun } from './describe-run.ts';
import { startDynamoDbLocal } from './dynamodb/dynamodb-local.ts';
import { claimFolder, FILES, FOLDER, releaseFolder } from './folder.ts';
import { isAlert } from './is-alert.ts';
import type { Options } from './options.ts';
import { type Run, type RunObserver, startRun } from './run.ts';
import type { Assembly } from './stack/synthesize.ts';
import { PROJECT } from './stack/synthesize.ts';
import type { Step } from './steps.ts';

/** Serves the stack until it is told to stop (Ctrl-C). What was stored stays in `.nbwatch/`, unless `--in-memory` says otherwise. */
export async function serve(
  assembly: Assembly,
  options: Options,
  step: Step,
  print: (line: string) => void,
): Promise<void> {
  // Listening before anything is started: a Ctrl-C on the way up must not leave anything behind either.
  let asked = false;
  const stopped = Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal))).then(() => {
    asked = true;
  });
  claimFolder(options.reset);
  try {
    const place = options.inMemory ? {} : { folder: FILES.data };
    const where = options.inMemory ? 'in memory' : `its data in ${shown(FOLDER)}/`;
    const dynamodb = await step(`DynamoDB Local up, ${where}`, () => startDynamoDbLocal(place));
    try {
      const run = await step('gateway, functions, streams and topics up', () =>
        startRun({
          assembly,
          dynamodb: { url: dynamodb.url, accessKeyId: 'local' },
          ports: { gateway: options.port, aws: options.awsPort },
          on: observer(print),
          ...(options.inMemory ? {} : { folder: FOLDER }),
          ...(options.tls && { tls: options.tls }),
        }),
      );
      try {
        await announce(run, print);
        await stopped;
        print('Stopping …');
      } finally {
        await run.stop();
      }
    } finally {
      await dynamodb.stop();
    }
  } catch (error) {
    // A terminal's Ctrl-C also ends what was being started: that is no failure to tell of.
    if (!asked) throw error;
  } finally {
    releaseFolder();
  }
}

/** A path as a person in the project's folder would write it. */
const shown = (file: string) => relative(PROJECT, file);

/** Writes the files that say how to reach the run, then says it on the terminal. */
async function announce(run: Run, print: (line: string) => void): Promise<void> {
  writeEndpointFile(FILES.endpoint, await registerDemoEndpoint(run, earlierToken(FILES.endpoint)));
  writeFileSync(FILES.run, `${JSON.stringify(describeRun(run), undefined, 2)}\n`);
  print('');
  print(`Serving. Primary servers connect to   ${run.endpointUrl}`);
  print(`         AWS clients look in at       ${run.awsUrl}   (any credentials)`);
  print('');
  print('Next steps');
  print(`  the endpoint file for NetBackup     ${shown(FILES.endpoint)}`);
  print('  connect something else              any WebSocket client: send examples/01-connect.json with the');
  print('                                      token of that file first, then any other of examples/');
  print(`  every address and name              ${shown(FILES.run)}`);
  print(`  what the functions log              ${shown(FILES.log)}`);
  print('  what came of it                     npx nbwatch jobs, npx nbwatch images, npx nbwatch --help');
  print(`  with any AWS client                 aws dynamodb scan --region us-east-1 --endpoint-url ${run.awsUrl} \\`);
  print(`                                          --table-name ${run.deployment.outputs.RecordsTable}`);
  print('');
  print('Ctrl-C stops everything.');
}

/** While serving: alerts and trouble on the terminal, everything that functions log in a file. */
function observer(print: (line: string) => void): Partial<RunObserver> {
  let last = '';
  let repeated = 0;
  // Streams try again several times a second: the same trouble is told once, until something else happens.
  const tell = (line: string) => {
    repeated = line === last ? repeated + 1 : 0;
    last = line;
    if (repeated === 0) print(`${new Date().toISOString().slice(11, 19)} ${line}`);
    if (repeated === 1) print(`         and again; ${shown(FILES.log)} has each`);
  };
  return {
    published: (message) => isAlert(message) && tell(`alert: ${message.subject}`),
    denied: ({ role, action, resource }, why) => tell(`${role} was denied ${action} on ${resource} ${why}`),
    invoked: (functionId, failure) => failure && tell(`${functionId} failed: ${failure}`),
    warning: (line) => appendFileSync(FILES.log, `${line}\n`),
    log: ({ functionId, line }) => appendFileSync(FILES.log, `${functionId} ${line}\n`),
  };
}
