import type { Scenario } from '../../local/scenarios/scenario.ts';
import type { PublishedMessage } from '../../local/scenarios/world.ts';
import { CliError } from '../errors.ts';
import type { Streams } from '../program.ts';

/**
 * Plays a scenario with a simulated clock, and prints what happens and which messages are sent. Throws CliError if
 * others should be.
 */
export async function showScenario(
  scenario: Scenario,
  { json, emails }: { json?: boolean; emails?: boolean },
  streams: Streams,
): Promise<void> {
  const { playScenario } = await import('../../local/scenarios/play.ts');
  if (!json) streams.out(`${scenario.name}: ${scenario.title}\n\n`);
  const told = await playScenario(scenario, {
    progress: (text) => streams.err(`${text}\n`),
    happens(at, what) {
      if (!json) streams.out(`  ${whenOf(at)}        ${what}\n`);
    },
    told(message) {
      if (json) streams.out(`${JSON.stringify(message)}\n`);
      else streams.out(`  ${whenOf(message.at)}  told  ${message.subject}\n`);
      if (emails && !json) streams.out(`${indented(message.text)}\n`);
    },
  });
  const kinds = told.map(({ kind }) => kind);
  const expected = countKinds(scenario.tells);
  if (JSON.stringify(kinds) === JSON.stringify(scenario.tells)) {
    if (!json) streams.out(`\nAs expected: ${expected}.\n`);
    return;
  }
  throw new CliError(
    `It sent ${countKinds(kinds)}, and should have sent ${expected}.`,
    'With other thresholds than the defaults (docs/settings.md) that may be right. With the defaults it is a bug in nbwatch.',
  );
}

/** `no messages`; `3 FeedLost, 1 FeedRestored` */
export function countKinds(kinds: readonly string[]): string {
  const counts = Array.from(
    Map.groupBy(kinds, (kind) => kind),
    ([kind, all]) => `${all.length} ${kind}`,
  );
  return counts.length === 0 ? 'no messages' : counts.join(', ');
}

const MINUTE_MS = 60_000;

/** `day 3 07:15`, counted from the beginning of the scenario. `at`: ms since then. */
function whenOf(at: PublishedMessage['at']): string {
  const minutes = Math.floor(at / MINUTE_MS);
  const two = (n: number) => String(n).padStart(2, '0');
  return `day ${String(Math.floor(minutes / 1_440) + 1).padStart(3)} ${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}

const indented = (text: string) => text.replaceAll(/^/gm, '      | ');
