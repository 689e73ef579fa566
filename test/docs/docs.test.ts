import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { METRICS } from '../../functions/runtime/metrics.ts';
import { readSettings, SETTING_PREFIX, SETTINGS } from '../../lib/settings.ts';
import { PROJECT, readAssembly } from '../../local/stack/synthesize.ts';

const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
const DOCS = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: PROJECT })];

describe.each(DOCS)('%s', (file) => {
  const text = read(file);

  it('links only to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link ?? '');
    expect(links.filter((link) => !existsSync(join(PROJECT, dirname(file), link)))).toEqual([]);
  });

  it('names only paths that exist', () => {
    const paths = [...text.matchAll(/`((?:bin|lib|functions|local|client|examples|test|docs|\.ci)\/[^`*<\s]*)`/g)];
    expect(paths.map(([, path]) => path ?? '').filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = [...text.matchAll(/npm (?:run (\w+)|(start|test))/g)].map(([, run, short]) => run ?? short);
    expect(named.filter((script) => !(`${script}` in scripts))).toEqual([]);
  });
});

describe('docs/operations.md', () => {
  const text = read('docs/operations.md');

  it('names every metric with its unit, and no other', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, unit]) => [name, unit]);
    expect(rows).toEqual(Object.entries(METRICS));
  });

  it('has an article for every alarm, titled by its name', () => {
    const { Resources } = readAssembly(inject('assemblyFolder')).template;
    const alarms = Object.values(Resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
    const titles = [...text.matchAll(/^### (\w+)$/gm)].map(([, title]) => title);
    expect(titles.toSorted()).toEqual(alarms.map(({ Properties }) => Properties?.MetricName).toSorted());
  });
});

describe('docs/settings.md', () => {
  const rows = new Map(
    [...read('docs/settings.md').matchAll(/^\| `([^`]+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map(
      ([, name, preset, takes, meaning]) => [name, { preset: preset?.replaceAll('`', ''), takes, meaning }],
    ),
  );
  const defaults = readSettings({});

  it.each(Object.entries(SETTINGS))('says of %s what the code says', (name, { takes, meaning }) => {
    const preset = String(defaults[name as keyof typeof defaults]) || 'none';
    expect(rows.get(SETTING_PREFIX + name)).toEqual({ preset, takes, meaning });
  });

  it('has no row for a setting that does not exist', () => {
    expect(rows.size).toBe(Object.keys(SETTINGS).length);
  });
});
