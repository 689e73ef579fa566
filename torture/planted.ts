import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundle } from '../local/stack/bundle.ts';
import { type Assembly, PROJECT } from '../local/stack/synthesize.ts';

/** A bug planted in the product to see whether the checker finds it: a piece of source is replaced by another. */
interface Bug {
  /** What the product then does wrong. */
  what: string;
  /** The folder of the one function that is changed. */
  folder: 'ingest' | 'projection';
  file: string;
  from: string;
  to: string;
}

/** One bug for each property. */
export const BUGS: Readonly<Record<string, Bug>> = {
  P1: {
    what: 'does not store the first of many entries',
    folder: 'ingest',
    file: 'functions/ingest/notification.ts',
    from: 'context.ledger.append(facts, signal),',
    to: 'context.ledger.append(facts.length > 3 ? facts.slice(1) : facts, signal),',
  },
  P2: {
    what: 'takes a fact that comes again for a new one',
    folder: 'ingest',
    file: 'functions/ledger/ledger.ts',
    from: "if (holder.digest === fact.digest) return 'duplicate';",
    to: '',
  },
  P3: {
    what: 'lets the time of a message decide where DONE should',
    folder: 'projection',
    file: 'functions/records/job.ts',
    from: '(fact) => (fact.entry.state === DONE ? 1 : 0),',
    to: '',
  },
  P4: {
    what: 'forgets the failures with one status',
    folder: 'projection',
    file: 'functions/projection/intend.ts',
    from: 'if (deservesAlert(fact)) {',
    to: 'if (deservesAlert(fact) && fact.entry.status !== 156) {',
  },
  P5: {
    what: 'answers something else now and then',
    folder: 'ingest',
    file: 'functions/ingest/socket.ts',
    from: 'Data: text',
    to: `Data: Math.random() < 0.02 ? '{"ok":true}' : text`,
  },
  P6: {
    what: 'stores what one primary server reports under the name of another',
    folder: 'ingest',
    file: 'functions/ingest/notification.ts',
    from: '    ...endpoint,\n',
    to: "    ...endpoint, primary: 'primary-1',\n",
  },
  P7: {
    what: 'drops the entries beside one that it cannot read',
    folder: 'ingest',
    file: 'functions/ingest/notification.ts',
    from: 'const facts = entries.map(',
    to: 'const facts = (unreadable.length > 0 ? [] : entries).map(',
  },
  P8: {
    what: 'keeps secrets as they were sent',
    folder: 'ingest',
    file: 'functions/nbwss/secrets.ts',
    from: 'export const replaceSecrets = replacer(LEVELS);',
    to: 'export const replaceSecrets = (_member: string, value: unknown) => value;',
  },
};

/** The stack with a bug in one of its functions. The other functions are unchanged. */
export async function withBug({ template, folder }: Assembly, name: string): Promise<Assembly> {
  const bug = BUGS[name];
  if (!bug) throw new Error(`There is no planted bug ${name}`);
  const { file, from, to } = bug;
  const source = readFileSync(join(PROJECT, file), 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} has not exactly one place for the bug of ${name}`);
  const place = `planted-${name}`;
  const plant: Plugin = {
    name: 'bug',
    setup: ({ onLoad }) =>
      onLoad({ filter: new RegExp(`${file.replaceAll('/', '[\\\\/]').replace('.', '\\.')}$`) }, () => ({
        contents: source.replace(from, () => to),
        loader: 'ts',
      })),
  };
  await bundle(`functions/${bug.folder}/handler.ts`, join(folder, place), [plant]);
  const copy = structuredClone(template);
  const start = bug.folder === 'ingest' ? 'Ingest' : 'Projection';
  for (const [id, { Type, Metadata }] of Object.entries(copy.Resources))
    if (Type === 'AWS::Lambda::Function' && id.startsWith(start) && Metadata) Metadata['aws:asset:path'] = place;
  return { template: copy, folder };
}
