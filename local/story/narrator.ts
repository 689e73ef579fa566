import { setTimeout } from 'node:timers/promises';
import { styleText } from 'node:util';
import type { Published } from '../proxy/sns-rules.ts';
import { type Excerpt, excerptOf, wrap } from './email.ts';
import type { Expectation } from './scene.ts';

/** Prints the story on a terminal of 80 columns. Colours only where the terminal shows them; NO_COLOR is honoured. */
export interface Narrator {
  act(title: string): void;
  /** Prints what the primary server does. */
  does(text: string): void;
  held(text: string): void;
  missed(expectation: Expectation): void;
  email(alert: Published, excerpt?: Excerpt): void;
  /** Prints the alert's copy for the chat and its form for programs. */
  copies(alert: Published, card: Published | undefined): void;
  /** Lines that change in place on a terminal. Elsewhere they are printed once, in their final state. */
  board(): Board;
  /** Gives a person at a terminal time to read. */
  pause(ms: number): Promise<void>;
}

interface Board {
  show(lines: readonly string[]): void;
  end(): void;
}

const WIDTH = 80;

type Style = Parameters<typeof styleText>[0];

/** `live`: somebody watches on a terminal whose lines can be changed. */
export function createNarrator(print: (line: string) => void, live: boolean): Narrator {
  const paint = (style: Style, text: string) => styleText(style, text);
  /** Prints a mark, followed by a text on as many lines as it needs. */
  const marked = (mark: string, style: Style, text: string) => {
    const [first = '', ...more] = wrap(' '.repeat(5), text, WIDTH);
    print(`   ${paint(style, mark)} ${first.trimStart()}`);
    for (const line of more) print(line);
  };
  let acts = 0;
  return {
    act(title) {
      acts += 1;
      print('');
      print(paint('bold', `${acts}. ${title}`));
    },
    does: (text) => marked('→', 'cyan', text),
    held: (text) => marked('✓', 'green', text),
    missed: ({ what, expected, actual }) => marked('✗', 'red', `${what}: ${actual} (expected ${expected})`),
    email({ subject = '', bodies }, excerpt = {}) {
      print(`   ${paint('yellow', '✉')} ${paint('bold', subject)}`);
      for (const line of excerptOf(bodies.email ?? '', excerpt, WIDTH - 7)) print(`     ${paint('dim', '│')} ${line}`);
    },
    copies({ bodies }, card) {
      const { content } = JSON.parse(card?.bodies.https ?? '{}');
      const { kind, severity, job, dedupKey } = JSON.parse(bodies.default ?? '{}');
      marked('#', 'yellow', `Slack: a card with the same ${content?.nextSteps?.length} next steps`);
      const incident = String(dedupKey).slice(0, 8);
      marked('{', 'yellow', `JSON: kind ${kind}, severity ${severity}, status ${job?.status}, incident ${incident}…`);
    },
    board() {
      let shown: readonly string[] = [];
      return {
        show(lines) {
          const up = shown.length > 0 ? `\x1b[${shown.length}A` : '';
          if (live) print(up + lines.map((line) => `\x1b[2K${line}`).join('\n'));
          shown = lines;
        },
        end() {
          if (!live) for (const line of shown) print(line);
        },
      };
    },
    pause: (ms) => (live ? setTimeout(ms) : Promise.resolve()),
  };
}
