import { styleText } from 'node:util';
import type { Published } from '../proxy/sns-rules.ts';
import type { Expectation } from './chapters.ts';
import type { Example } from './examples.ts';

/** Tells the story on a terminal. Colours only where the terminal shows them (NO_COLOR is honoured). */
export interface Narrator {
  connected(hostName: string): void;
  chapter(title: string, file: string): void;
  acknowledged(payload: Example['payload'], ms: number): void;
  checked(expectations: readonly Expectation[], missed: readonly Expectation[]): void;
  /** `copy`: what the chat topic got of it. */
  alert(alert: Published, copy: Published | undefined): void;
  again(): void;
}

type Style = Parameters<typeof styleText>[0];

export function createNarrator(print: (line: string) => void): Narrator {
  const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout });
  const indent = (text: string, by: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => by + line)
      .join('\n');
  let chapters = 0;
  let telling = true;
  return {
    connected(hostName) {
      print('');
      print(paint('bold', `Primary server ${hostName} connects over a WebSocket and shows its token`));
      print(`   ${paint('green', '✓')} CONNECT answered: valid`);
    },
    chapter(title, file) {
      chapters += 1;
      print('');
      print(`${paint('bold', `${chapters}. ${title}`)}  ${paint('dim', `examples/${file}`)}`);
    },
    acknowledged(payload, ms) {
      for (const { object, data } of payload) for (const entry of data) print(`   → ${describe(object, entry)}`);
      print(`   ${paint('green', '✓')} stored, then acknowledged after ${Math.round(ms)} ms`);
    },
    checked(expectations, missed) {
      for (const expectation of telling ? expectations : missed) {
        const held = !missed.includes(expectation);
        const { what, expected, actual } = expectation;
        if (held && what === 'alerts') continue;
        print(
          `   ${held ? paint('green', '✓') : paint('red', '✗')} ${what}: ${actual}${held ? '' : ` (expected ${expected})`}`,
        );
      }
    },
    alert({ subject, bodies }, copy) {
      print('');
      print(`   ${paint('yellow', '✉ the email')}   ${paint('bold', subject ?? '')}`);
      print(indent(bodies.email ?? '', '     │ '));
      print(`   ${paint('yellow', '# the Slack card')}`);
      print(indent(pretty(copy?.bodies.https), '     │ '));
      print(`   ${paint('yellow', '{} what queues, functions and HTTPS endpoints get')}`);
      print(indent(pretty(bodies.default), '     │ '));
    },
    again() {
      telling = false;
      print('');
      print(paint('bold', 'The network is cut; after the reconnect NetBackup sends everything once more'));
    },
  };
}

/** `IMAGE localhost_1458601200 DELETE` */
function describe(object: string, entry: Record<string, unknown>): string {
  if (object === 'JOB') {
    const policy = entry.policyName === '' ? 'no policy' : `policy ${entry.policyName}`;
    return `JOB ${entry.jobId} ${entry.jobType} of ${entry.clientName}, ${policy}: ${entry.state}, status ${entry.status}`;
  }
  return `IMAGE ${entry.backupId}: ${entry.operationId}`;
}

const pretty = (json: string | undefined) => JSON.stringify(JSON.parse(json ?? 'null'), undefined, 2);
