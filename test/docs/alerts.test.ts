import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { KINDS, type MessageContent } from '../../functions/alerts/alert-of.ts';
import { SEVERITIES } from '../../functions/alerts/severity.ts';
import { passesFilter } from '../../local/proxy/subscription-filter.ts';
import { PROJECT } from '../../local/stack/synthesize.ts';
import {
  EXAMPLES,
  failure,
  family,
  outage,
  QUIET_DAY,
  recovery,
  STOPPED,
  wholeDigest,
} from '../functions/alerts/examples.ts';
import { render } from '../functions/alerts/rendering.ts';
import { RECEIVED } from '../functions/support.ts';

const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
const page = read('docs/alerts.md');
const schema = JSON.parse(read('docs/alert.schema.json'));
const contents: Record<string, MessageContent> = {
  ...EXAMPLES,
  QuietDay: QUIET_DAY,
  Family: family(),
  Stopped: { kind: 'BackupOverdue', intent: STOPPED },
};

/** The blocks of code that follow a comment that begins with `mark`, with the rest of the comment. */
const blocks = (mark: string) =>
  [...page.matchAll(new RegExp(`<!-- ${mark}: ?(.*?) ?-->\n\`\`\`\\w+\n(.*?)\`\`\``, 'gs'))].map(
    ([, name = '', text = '']) => [name, text] as const,
  );

/** A message's attributes, as the one-machine run has them. */
const attributesOf = (content: MessageContent) => {
  const attributes = Object.entries(render(content).message.MessageAttributes);
  return Object.fromEntries(
    attributes.map(([name, { DataType, StringValue }]) => [name, { type: DataType, value: StringValue }]),
  );
};

describe('docs/alerts.md', () => {
  it.each(blocks('example'))('shows exactly what nbwatch renders: %s', (name, text) => {
    const [kind = '', form] = name.split(' ');
    const { subject, email, card, machine, message } = render(contents[kind] as MessageContent);
    if (form === 'email') expect(text).toBe(`Subject: ${subject}\n\n${email}`);
    else if (form === 'card') expect(JSON.parse(text)).toEqual(card);
    else if (form === 'attributes') expect(JSON.parse(text)).toEqual(message.MessageAttributes);
    else if (form === 'machine') expect(JSON.parse(text)).toEqual(machine);
    else expect.unreachable(name);
  });

  it('shows every kind as an email, and describes no other kind', () => {
    const shown = blocks('example').map(([name]) => name);
    for (const kind of Object.keys(EXAMPLES)) expect(shown).toContain(`${kind} email`);
    const [, kinds = ''] = page.split('\n## Kinds\n');
    expect([...kinds.matchAll(/^### (\w+)$/gm)].map(([, kind]) => kind)).toEqual(Object.keys(EXAMPLES));
  });

  it('names every attribute with its type, and every severity', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (String|Number) \|/gm)].map(([, name, type]) => [name, type]);
    const { MessageAttributes } = render(EXAMPLES.JobFailed).message;
    const types = Object.entries(MessageAttributes).map(([name, { DataType }]) => [name, DataType]);
    expect(rows.toSorted()).toEqual(types.toSorted());
    for (const severity of [...SEVERITIES, 'summary'])
      expect(page).toMatch(new RegExp(`^\\| \`${severity}\` \\|`, 'm'));
  });

  it.each(blocks('filter takes'))('has a filter policy that takes exactly the kinds it claims: %s', (kinds, text) => {
    const taken = Object.entries(EXAMPLES).filter(([, content]) => passesFilter(text, attributesOf(content)));
    expect(taken.map(([kind]) => kind).toSorted()).toEqual(kinds.split(' ').filter(Boolean).toSorted());
  });
});

const WHOLE_JOB = '#/$defs/wholeJob';

/** The schema as a writer has to keep it: with no other fields, although a reader ignores unknown fields. */
function closed(part: unknown, isInstance = false): unknown {
  if (Array.isArray(part)) return part.map((each) => closed(each));
  if (typeof part !== 'object' || part === null) return part;
  const entries = Object.entries(part).map(([name, value]) => {
    if (name === 'oneOf') return [name, value.map((kind: unknown) => closed(kind, true))];
    if (name !== 'properties') return [name, closed(value, name === 'items')];
    return [name, Object.fromEntries(Object.entries(value).map(([field, of]) => [field, closed(of, true)]))];
  });
  const isOpen = !isInstance || ('$ref' in part && part.$ref === WHOLE_JOB);
  return { ...Object.fromEntries(entries), ...(isOpen ? {} : { unevaluatedProperties: false }) };
}

describe('docs/alert.schema.json', () => {
  const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
  const validate = ajv.compile(schema);
  const validateClosed = ajv.compile(closed(schema) as object);
  const failures = [
    failure({ jobId: 5, parentJobId: 1 }),
    failure({ jobId: 6, parentJobId: 1, policyName: '' }),
  ] as const;
  const more: Record<string, MessageContent> = {
    family: { kind: 'JobFailed', failures: [failure({ jobId: 1, parentJobId: 1 }), ...failures] },
    'unknown status, unknown field': { kind: 'JobFailed', failures: [failure({ status: 99_999, attempts: [1] })] },
    'no parent': { kind: 'JobFailed', failures: [failure({ parentJobId: undefined })] },
    'part 2': { kind: 'FailureDigest', ...outage(), failures: [], part: 2, parts: 2 },
    'nothing in it': { kind: 'FailureDigest', ...wholeDigest([]) },
    'no last usable run': {
      kind: 'JobRecovered',
      recovered: recovery({ series: { failures: 1, failingSince: RECEIVED, lastUsableAt: 0 } }),
    },
  };

  it.each(Object.entries({ ...contents, ...more }))('describes the JSON of %s', (_, content) => {
    const { machine } = render(content);
    expect(validate(machine), ajv.errorsText(validate.errors)).toBe(true);
    expect(validateClosed(machine), ajv.errorsText(validateClosed.errors)).toBe(true);
  });

  it('refuses a field that it does not describe, in its closed form for writers only', () => {
    const { machine } = render(EXAMPLES.FailureDigest);
    const [first, ...others] = machine.failures;
    for (const extra of [
      { x: 1 },
      { counts: { ...machine.counts, x: 1 } },
      { failures: [{ ...first, x: 1 }, ...others] },
    ]) {
      expect(validate({ ...machine, ...extra })).toBe(true);
      expect(validateClosed({ ...machine, ...extra })).toBe(false);
    }
  });

  it('refuses JSON that is not an alert', () => {
    const { machine } = render(EXAMPLES.JobFailed);
    for (const wrong of [
      { version: 2 },
      { kind: 'Other' },
      { dedupKey: '' },
      { severity: 'bad' },
      { job: {} },
      { part: 0 },
    ])
      expect(validate({ ...machine, ...wrong })).toBe(false);
  });

  it('lists every kind in order, each with a description', () => {
    const kinds = schema.oneOf.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1));
    expect(kinds).toEqual(Object.keys(EXAMPLES));
    expect(KINDS).toEqual(kinds);
    for (const kind of kinds) expect(schema.$defs[kind].description).toMatch(/\.$/);
  });
});
