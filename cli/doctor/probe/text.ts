import type { Answer } from './answers.ts';
import { PROBE_CLIENT } from './latency.ts';

/** Where and when a probe was made. */
export interface Circumstances {
  version: string;
  /** Of AWS, or `one machine`. */
  region: string;
  /** ISO 8601, UTC. */
  at: string;
  minutes: number;
  /** How many jobs it reported. */
  jobs: number;
}

/** The Region of an endpoint's URL. A custom host name does not contain it. */
export function regionOf(url: string): string {
  const { hostname, protocol } = new URL(url);
  if (protocol === 'ws:' || /^(127\.|localhost$|\[)/.test(hostname)) return 'one machine';
  return /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(hostname)?.[1] ?? 'not known';
}

/** Markdown to paste into an issue. It names no host, no account and no endpoint. */
export function issueText({ version, region, at, minutes, jobs }: Circumstances, answers: readonly Answer[]): string {
  const open = answers.filter(({ isSettled }) => !isSettled);
  const rows = answers.map(({ question, seen, said, isSettled }) =>
    row(question, isSettled ? seen : `_not settled:_ ${seen}`, said),
  );
  return [
    '### nbwatch doctor --probe',
    '',
    `nbwatch ${version}, Region: ${region}, ${at}, ${minutes} minutes`,
    '',
    row('question', 'seen', 'docs/limits.md said'),
    '|---|---|---|',
    ...rows,
    '',
    `${answers.length - open.length} of ${answers.length} are settled. The probe reported ${jobs} jobs of the client \`${PROBE_CLIENT}\`.`,
  ].join('\n');
}

const row = (...cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
