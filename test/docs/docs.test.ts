import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { METRICS } from '../../functions/runtime/metrics.ts';
import { articleOf } from '../../lib/operations.ts';
import { readSettings, SETTING_PREFIX, SETTINGS } from '../../lib/settings.ts';
import { PROJECT, readAssembly } from '../../local/stack/synthesize.ts';
import { anchors, blocks, DOCS, inlineCode, read } from './documents.ts';

const { Resources, Outputs = {} } = readAssembly(inject('assemblyFolder')).template;
const ofType = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);

/** Outputs of what is off by default, which test/lib/off-by-default.test.ts checks. */
const OPTIONAL = ['ReportBucket'];

describe.each(DOCS)('%s', (file) => {
  const text = read(file);

  it('links only to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, link = '', anchor]) => {
      const target = link === '' ? file : join(dirname(file), link);
      if (!existsSync(join(PROJECT, target))) return true;
      return anchor !== undefined && !anchors(read(target)).has(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names only paths that exist', () => {
    const paths = [...text.matchAll(/`((?:bin|cli|lib|functions|local|client|examples|test|docs|\.ci)\/[^`*<\s]*)`/g)];
    expect(paths.map(([, path]) => path ?? '').filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
  });

  it('names only settings that exist', () => {
    const named = [...text.matchAll(new RegExp(`\\b${SETTING_PREFIX}([a-z]\\w*)`, 'g'))].map(([, name]) => name ?? '');
    expect(named.filter((name) => name !== 'name' && !Object.hasOwn(SETTINGS, name))).toEqual([]);
  });

  it('names only outputs that exist', () => {
    const named = inlineCode(text).filter((code) => /^[A-Z][a-z]\w*(?:Arn|Url|Table|Bucket|Days)$/.test(code));
    expect(named.filter((name) => !Object.hasOwn(Outputs, name) && !OPTIONAL.includes(name))).toEqual([]);
  });
});

describe('README.md', () => {
  it('shows only lines of the example alert in docs/alerts.md', () => {
    const [alert = ''] = blocks(read('README.md'), 'text');
    const [example = ''] = blocks(read('docs/alerts.md'), 'text');
    expect(alert.split('\n').filter((line) => !example.split('\n').includes(line))).toEqual([]);
  });
});

describe('docs/operations.md', () => {
  const text = read('docs/operations.md');

  it('names every metric with its unit, and no other', () => {
    const rows = [...text.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, unit]) => [name, unit]);
    expect(rows).toEqual(Object.entries(METRICS));
  });

  it('has an article for every alarm, titled by its name', () => {
    const titles = [...text.matchAll(/^### (\w+)$/gm)].map(([, title]) => title);
    const named = ofType('AWS::CloudWatch::Alarm').map(({ Properties }) => String(Properties?.AlarmDescription));
    const articles = titles.map((title) => articleOf(title ?? ''));
    // One article may be about several alarms, for several values of a metric.
    expect(articles.toSorted()).toEqual([...new Set(named.map((text) => /docs\/\S+$/.exec(text)?.[0]))].toSorted());
  });
});

describe('docs/deploying.md', () => {
  const text = read('docs/deploying.md');

  it('says what every output is for', () => {
    const [, rows = ''] = text.split('| output |');
    const [table = ''] = rows.split('\n\n');
    const named = table.split('\n').flatMap((row) => inlineCode(row.split('|')[1] ?? ''));
    expect(named.toSorted()).toEqual(Object.keys(Outputs).toSorted());
  });

  it('counts the KMS keys, alarm metrics and dashboards of the stack in its costs', () => {
    const counted = (what: string) => Number(new RegExp(`^\\| ${what}[^|]*\\| (\\d+) \\|`, 'm').exec(text)?.[1]);
    expect(counted('KMS key')).toBe(ofType('AWS::KMS::Key').length);
    // Every metric of an alarm is paid for.
    const looked = ofType('AWS::CloudWatch::Alarm').flatMap(({ Properties }) => {
      const metrics = Array.isArray(Properties?.Metrics) ? Properties.Metrics : [{ MetricStat: {} }];
      return metrics.filter((one) => Object.hasOwn(one, 'MetricStat'));
    });
    expect(counted('metrics that alarms look at')).toBe(looked.length);
    expect(counted('dashboard')).toBe(ofType('AWS::CloudWatch::Dashboard').length);
  });
});

describe('docs/settings.md', () => {
  const rows = new Map(
    [...read('docs/settings.md').matchAll(/^\| `([^`]+)` \| (.*?) \| (.*?) \| (.*?) \|$/gm)].map(
      ([, name, preset, takes, meaning]) => [name, { preset: preset?.replaceAll('`', ''), takes, meaning }],
    ),
  );
  const defaults = readSettings({});

  it.each(Object.entries(SETTINGS))('says about %s what the code says', (name, { takes, meaning }) => {
    const preset = String(defaults[name as keyof typeof defaults]) || 'none';
    expect(rows.get(SETTING_PREFIX + name)).toEqual({ preset, takes, meaning });
  });

  it('has no row for a setting that does not exist', () => {
    expect(rows.size).toBe(Object.keys(SETTINGS).length);
  });
});
