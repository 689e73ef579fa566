import { expect, it, onTestFinished, vi } from 'vitest';
import { logCounted } from '../../../functions/runtime/metrics.ts';

/** The line that is written while something runs. */
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
  'a counted line of level %s has the time without which Lambda takes it for information',
  (level) => {
    const line = lineOf(() => logCounted(level, 'silent', { Silent: 1 }, {}));
    expect(line).toMatchObject({ level: level.toUpperCase(), timestamp: expect.stringMatching(RFC_3339), Silent: 1 });
  },
);

it('an ordinary line, which is paid for with each notification, has its time once', () => {
  const line = lineOf(() => logCounted('info', 'stored', { Facts: 1 }, {}));
  expect(line).toMatchObject({ _aws: { Timestamp: expect.any(Number) } });
  expect(line).not.toHaveProperty('timestamp');
});

it('a line that counts nothing has its time whatever its level', () => {
  expect(lineOf(() => logCounted('info', 'stored', {}, {}))).toMatchObject({
    timestamp: expect.stringMatching(RFC_3339),
  });
});
