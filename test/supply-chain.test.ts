import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { ALLOWED, productionPackages } from '../bin/licences.ts';
import { bundleOptions } from '../local/stack/bundle.ts';
import { PROJECT } from '../local/stack/synthesize.ts';
import { read } from './docs/documents.ts';

const names = v.optional(v.record(v.string(), v.string()), {});
const manifest = v.parse(
  v.object({
    dependencies: names,
    devDependencies: names,
    optionalDependencies: names,
    scripts: names,
    allowScripts: v.record(v.string(), v.boolean()),
  }),
  JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')),
);
const { packages } = v.parse(
  v.object({
    packages: v.record(
      v.string(),
      v.looseObject({
        integrity: v.optional(v.string()),
        resolved: v.optional(v.string()),
        link: v.optional(v.boolean()),
        inBundle: v.optional(v.boolean()),
        hasInstallScript: v.optional(v.boolean()),
      }),
    ),
  }),
  JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8')),
);
const locked = Object.entries(packages).filter(([folder]) => folder !== '');
const declared = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };

describe('package-lock.json', () => {
  it('has a SHA-512 hash of every package that is fetched, including those for other platforms', () => {
    expect(locked.length).toBeGreaterThan(Object.keys(declared).length);
    // A package inside another package is covered by the other's hash.
    const open = locked.filter(([, { integrity = '', inBundle }]) => !inBundle && !/^sha512-\S{88}$/.test(integrity));
    expect(open.map(([folder]) => folder)).toEqual([]);
  });

  it('fetches from a registry only, and names none: no git, URL or folder', () => {
    expect(locked.filter(([, { resolved, link }]) => resolved !== undefined || link).map(([folder]) => folder)).toEqual(
      [],
    );
    expect(Object.entries(declared).filter(([, range]) => !/^[\^~]?\d+\.\d+\.\d+$/.test(range))).toEqual([]);
  });

  it('has no package with an install script except for those whose scripts package.json forbids', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([folder]) => folder);
    expect(scripted.map((folder) => [folder.replace(/^.*node_modules\//, ''), false])).toEqual(
      Object.entries(manifest.allowScripts),
    );
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
  });
});

describe('what is deployed', () => {
  it('is made of all `dependencies`, and of nothing but them and what they need', async () => {
    const { metafile, warnings } = await build({
      ...bundleOptions(),
      entryPoints: globSync('functions/*/handler.ts', { cwd: PROJECT }),
      ...{ write: false, metafile: true, outdir: 'unused' },
    });
    // A name that a stand-in of functions/runtime/ lacks would be undefined, with no more than a warning.
    expect(warnings).toEqual([]);
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
    const bundled = new Set(
      inputs
        .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .flatMap(([file]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
    );
    const production = new Set(productionPackages().map(({ name }) => name));
    expect([...bundled].filter((name) => !production.has(name))).toEqual([]);
    expect(Object.keys(manifest.dependencies).filter((name) => !bundled.has(name))).toEqual([]);
  });

  it('has only licences that ask for no more than attribution', () => {
    expect(productionPackages().filter(({ license }) => !ALLOWED.has(license))).toEqual([]);
  });

  it('is complete in the list that `npm run sbom` prints, and not marked as development', () => {
    const printed = execFileSync('npm', ['run', '--silent', 'sbom'], { cwd: PROJECT, encoding: 'utf8' });
    const property = v.object({ name: v.string(), value: v.string() });
    const component = v.object({ name: v.string(), version: v.string(), properties: v.array(property) });
    const { components } = v.parse(v.object({ components: v.array(component) }), JSON.parse(printed));
    const deployed = components.filter(
      ({ properties }) => !properties.some(({ name }) => name.endsWith(':development')),
    );
    const listed = new Set(deployed.map(({ name, version }) => `${name} ${version}`));
    expect(productionPackages().filter(({ name, version }) => !listed.has(`${name} ${version}`))).toEqual([]);
  });
});

it('docs/supply-chain.md says why every dependency is there, and names no other', () => {
  const rows = [...read('docs/supply-chain.md').matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \| \S.* \|$/gm)];
  const named = rows.flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  expect(named.toSorted()).toEqual(Object.keys(declared).toSorted());
});
