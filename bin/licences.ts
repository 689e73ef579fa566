import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as v from 'valibot';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const lockSchema = v.object({
  packages: v.record(v.string(), v.looseObject({ dev: v.optional(v.boolean()), optional: v.optional(v.boolean()) })),
});
const packageSchema = v.object({ name: v.string(), version: v.string(), license: v.optional(v.string(), 'none') });

/** A package that may be part of what is deployed. `folder`: where it is installed, below the project. */
interface ProductionPackage {
  name: string;
  version: string;
  /** Its SPDX identifier, as the package gives it. */
  license: string;
  folder: string;
}

/** Licences that ask for no more than to be named: somebody has to read any other first. */
export const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
]);

/** What `npm ci --omit dev` installs, sorted by folder: the functions' bundles are made from it. */
export function productionPackages(): ProductionPackage[] {
  const { packages } = v.parse(lockSchema, JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8')));
  return Object.entries(packages)
    .filter(([folder, { dev, optional }]) => folder !== '' && !dev && !optional)
    .map(([folder]) => ({
      ...v.parse(packageSchema, JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, 'utf8'))),
      folder,
    }))
    .sort((a, b) => a.folder.localeCompare(b.folder, 'en'));
}

/** The texts that come with a package: its licence, and notices that have to stay with it. */
function textsOf({ folder }: ProductionPackage): string[] {
  if (!existsSync(`${ROOT}${folder}`)) return [];
  const files = readdirSync(`${ROOT}${folder}`).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  return files.map((file) => readFileSync(`${ROOT}${folder}/${file}`, 'utf8').trim());
}

function print(): void {
  const { values } = parseArgs({ options: { texts: { type: 'boolean', default: false } } });
  const packages = productionPackages();
  const width = Math.max(...packages.map(({ license }) => license.length));
  for (const each of packages) {
    const { name, version, license } = each;
    console.log(values.texts ? `${name} ${version} (${license})\n` : `${license.padEnd(width)}  ${name} ${version}`);
    if (!values.texts) continue;
    const texts = textsOf(each);
    console.log(texts.length > 0 ? `${texts.join('\n\n')}\n` : 'The package brings no text of its licence.\n');
    console.log(`${'-'.repeat(80)}\n`);
  }
  const unknown = packages.filter(({ license }) => !ALLOWED.has(license));
  if (unknown.length === 0) return;
  const list = unknown.map(({ name, license }) => `${name} (${license})`).join(', ');
  console.error(
    `Not among the licences that bin/licences.ts allows: ${list}. Read them, then allow them or do without.`,
  );
  process.exitCode = 1;
}

if (import.meta.main) print();
