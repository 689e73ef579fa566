import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../functions/keys/key.ts';
import { variantKey } from '../../../functions/keys/ledger.ts';
import { asideItem } from '../../../functions/ledger/aside.ts';
import { type FactItem, factItem, readFact } from '../../../functions/ledger/fact.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { readNotification } from '../../../functions/nbwss/notification.ts';
import {
  allItems,
  FOREVER,
  imageItem,
  jobContent,
  jobItem,
  must,
  NEVER,
  RECEIVED,
  receiptOf,
  testTables,
  unicode,
} from '../support.ts';

async function setUp() {
  const { client, ledger: table } = await testTables();
  const ledger = createLedger(client, table);
  return {
    ledger,
    append: async (fact: FactItem) => (await ledger.append([fact], NEVER))[0],
    items: () => allItems(client, table),
  };
}

/** One fact with two contents, which differ in a field outside its identity. */
const one = jobItem({ policyName: 'one' });
const other = jobItem({ policyName: 'other' });

describe('appending a fact', () => {
  it('stores a new fact unchanged', async () => {
    const { append, items } = await setUp();
    expect(await append(one)).toBe('new');
    expect(await items()).toEqual([one]);
  });

  it('changes nothing if the fact is known, whatever message, connection, time or unknown fields it came with', async () => {
    const { append, items } = await setUp();
    await append(one);
    const again = jobItem(
      { policyName: 'one' },
      { messageId: 'm-2', messageTime: 5, connectionId: 'c-2', requestId: 'r-2', receivedAt: RECEIVED + 5_000 },
    );
    const around = '{"group":{"notificationType":"NEW"},"message":{}}';
    for (const known of [again, { ...again, around }]) expect(await append(known)).toBe('duplicate');
    expect(await items()).toEqual([one]);
  });

  it('stores the unknown fields around an entry, but ignores them when it compares facts', async () => {
    const { append, items } = await setUp();
    const [entry] = readNotification([{ object: 'JOB', data: [jobContent({ policyName: 'one' })] }]).entries;
    const fact = factItem(must(entry), receiptOf(), FOREVER);
    expect(fact).toEqual({ ...one, around: '{"group":{},"message":{"version":"1.0"}}' });
    expect(await append(fact)).toBe('new');
    expect(await append(one)).toBe('duplicate');
    expect(await items()).toEqual([fact]);
  });

  it('keeps other content of the same fact beside it, each content once', async () => {
    const { append, items } = await setUp();
    expect(await append(one)).toBe('new');
    expect(await append(other)).toBe('variant');
    expect(await append(jobItem({ policyName: 'third' }))).toBe('variant');
    for (const known of [one, other, other, one]) expect(await append(known)).toBe('duplicate');
    const kept = await items();
    expect(kept).toHaveLength(3);
    expect(kept).toContainEqual({ ...other, ...variantKey(other, other.digest) });
    expect(kept).toContainEqual(one);
  });

  it('treats another job, run, state, status or primary as another fact', async () => {
    const { append } = await setUp();
    const others = [{ jobId: 1 }, { startTime: 1 }, { state: 'ACTIVE' }, { status: 0 }].map((content) =>
      jobItem(content),
    );
    for (const fact of [one, ...others, jobItem({}, { primary: 'demo2' })]) expect(await append(fact)).toBe('new');
  });

  it('treats another image, time or operation as another fact, and another client as a variant', async () => {
    const { append } = await setUp();
    const facts = [{}, { backupId: 'b' }, { createdTime: 1 }, { operationId: 'UPDATE' }].map((content) =>
      imageItem(content),
    );
    for (const fact of facts) expect(await append(fact)).toBe('new');
    expect(await append(imageItem({ clientName: 'other' }))).toBe('variant');
  });

  it('stores a fact once when twenty copies come at once, and reports one of them as new', async () => {
    const { append, items } = await setUp();
    const appended = await Promise.all(
      Array.from({ length: 20 }, (_, n) => append(jobItem({}, { requestId: `r-${n}` }))),
    );
    expect(appended.toSorted()).toEqual([...Array(19).fill('duplicate'), 'new']);
    expect(await items()).toHaveLength(1);
  });

  it('stores both of two contents that come at once, one as the fact and one as its variant', async () => {
    const { append, items } = await setUp();
    const appended = await Promise.all([one, other, one, other].map(append));
    expect(appended.toSorted()).toEqual(['duplicate', 'duplicate', 'new', 'variant']);
    const kept = await items();
    expect(kept.map(({ entry }) => entry).toSorted()).toEqual([one.entry, other.entry].toSorted());
    for (const known of [one, other]) expect(await append(known)).toBe('duplicate');
  });

  it('fails when the table refuses for another reason than that the key is taken', async () => {
    const client = new DynamoDBClient({ region: 'us-east-1' });
    mockClient(client).on(PutItemCommand).rejects(new Error('throttled'));
    await expect(createLedger(client, 'Ledger').append([one], NEVER)).rejects.toThrow('throttled');
  });

  it('fails, and stores nothing, once the deadline has passed', async () => {
    const { ledger, items } = await setUp();
    await expect(ledger.append([one], AbortSignal.abort())).rejects.toThrow();
    expect(await items()).toEqual([]);
  });
});

describe('a fact of the ledger', () => {
  it('is read back as it was sent and received', async () => {
    const { append, items } = await setUp();
    const facts = [
      jobItem({ policyName: '', clientName: '😀#%~', attempt: { nested: [1] }, status: -2_147_483_648 }),
      imageItem({ createdTime: 9_999_999_999, x: '\ud800' }, { messageTime: Number.MAX_SAFE_INTEGER }),
    ];
    for (const fact of facts) await append(fact);
    const [image, job] = (await items()).map(readFact);
    expect(job).toMatchObject({
      ...receiptOf(),
      object: 'JOB',
      entry: { clientName: '😀#%~', attempt: { nested: [1] } },
    });
    expect(image).toMatchObject({
      ...receiptOf({ messageTime: Number.MAX_SAFE_INTEGER }),
      object: 'IMAGE',
      entry: { x: '\ud800' },
    });
  });

  it('keeps the whole entry as canonical text, with the SHA-256 of that text', () => {
    expect(JSON.parse(one.entry)).toEqual(jobContent({ policyName: 'one' }));
    expect(one).toMatchObject({ digest: sha256(one.entry), format: 1, pk: 'job#demo#148', sk: '1459830500#DONE#156' });
  });

  it('is read back unchanged for any client name and state', () => {
    const name = unicode.filter((text) => text.length > 0 && Buffer.byteLength(text) <= 128);
    fc.assert(
      fc.property(name, name, (clientName, state) => {
        expect(readFact(jobItem({ clientName, state })).entry).toEqual(jobContent({ clientName, state }));
      }),
    );
  });

  it('expires the configured days after its receipt, or never if it is kept forever', () => {
    const retention = { jobDays: 400, imageDays: 1 };
    expect(jobItem({}, {}, retention).expiresAt).toBe(1_795_462_413 + 400 * 86_400);
    expect(imageItem({}, { receivedAt: 999 }, retention).expiresAt).toBe(86_400);
    expect(jobItem({}, {}, FOREVER)).not.toHaveProperty('expiresAt');
    expect(imageItem({}, {}, { jobDays: 1, imageDays: undefined })).not.toHaveProperty('expiresAt');
    expect(jobItem({}, {}, { jobDays: 0, imageDays: undefined }).expiresAt).toBe(1_795_462_413);
  });

  it.each([
    undefined,
    {},
    { ...one, format: 2 },
    { ...one, object: 'POLICY' },
    { ...one, entry: '{' },
    { ...one, entry: '{}' },
    { ...one, object: 'IMAGE' },
    { ...one, receivedAt: undefined },
  ])('is refused if malformed or of an unknown format: %#', (item) => expect(() => readFact(item)).toThrow(/./));
});

describe('putting aside', () => {
  const aside = (x: number, requestId = 'r-1') =>
    asideItem({ ...receiptOf({ requestId }), reason: 'why' }, `{"token":"SECRET","x":${x}}`);

  it('stores each content of an hour once, without its tokens, however often it is sent', async () => {
    const { ledger, items } = await setUp();
    for (const item of [aside(1), aside(2), aside(1), aside(1, 'r-2')]) await ledger.putAside(item, NEVER);
    const kept = await items();
    expect(kept.map(({ content }) => content).sort()).toEqual([1, 2].map((x) => `{"token":"[removed]","x":${x}}`));
    expect(kept.find(({ sk }) => sk === sha256('{"token":"[removed]","x":1}'))).toMatchObject({
      ...{ pk: 'aside#demo#2026-11-23T19', format: 1, primary: 'demo', endpoint: 'demo', reason: 'why' },
      ...{ content: '{"token":"[removed]","x":1}', receivedAt: RECEIVED, connectionId: 'c-1', requestId: 'r-1' },
    });
  });

  it('fails once the deadline has passed', async () => {
    const { ledger } = await setUp();
    await expect(ledger.putAside(aside(0), AbortSignal.abort())).rejects.toThrow();
  });
});
