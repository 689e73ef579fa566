import { expect, it, onTestFinished, vi } from 'vitest';
import { logCounted } from '../../../functions/runtime/metrics.ts';

/** The log line that is written while something runs. */
function lineOf(run: () => void): Record<string, unknown> {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    onTestFinished(() => spy.mockRestore());
  }
  run();
  return JSON.parse(written.join(''));
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

it.each(['warn', 'error'] as const)(
  'writes the time into a counted line of level %s, which Lambda would otherwise take for information',
  (level) => {
    const line = lineOf(() => logCounted(level, 'silent', { Silent: 1 }, {}));
    expect(line).toMatchObject({ level: level.toUpperCase(), timestamp: expect.stringMatching(RFC_3339), Silent: 1 });
  },
);

it('writes the time only once into an ordinary line, because each notification pays for one', () => {
  const line = lineOf(() => logCounted('info', 'stored', { Facts: 1 }, {}));
  expect(line).toMatchObject({ _aws: { Timestamp: expect.any(Number) } });
  expect(line).not.toHaveProperty('timestamp');
});

it('writes the time into an information line that counts nothing', () => {
  expect(lineOf(() => logCounted('info', 'stored', {}, {}))).toMatchObject({
    timestamp: expect.stringMatching(RFC_3339),
  });
});
