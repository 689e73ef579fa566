import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const packageFile = v.object({ version: v.string() });

/** The version of this nbwatch, from its `package.json`. */
export function versionOf(): string {
  return v.parse(packageFile, JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))).version;
}
