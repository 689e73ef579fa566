import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../functions/alerts/alert-settings.ts';
import { type Alert, renderMessage, renderText } from '../../../functions/alerts/message.ts';
import { messageFor } from '../../../functions/alerts/message-for.ts';
import { must } from '../support.ts';
import { EXAMPLES, failure, ID } from './examples.ts';
import { render } from './rendering.ts';

const alert: Alert = {
  ...{ kind: 'JobFailed', severity: 'error', subject: 'S', headline: 'H', facts: { A: '1', Longer: '2', None: '' } },
  ...{ nextSteps: ['N'], dedupKey: 'd', part: 1, parts: 1, attributes: {}, data: { extra: 1 } },
};
const BOTH = ['alerts', 'chat'] as const;
const formsOf = (of: Alert): Record<string, string> => JSON.parse(renderMessage(ID, of, BOTH).Message);
const attributesOf = (attributes: Alert['attributes']) =>
  renderMessage(ID, { ...alert, attributes }, BOTH).MessageAttributes;

describe('a message', () => {
  it('is text for email, a card for HTTPS, its subject for SMS, and JSON for everything else', () => {
    const forms = formsOf(alert);
    expect(Object.keys(forms).toSorted()).toEqual(['default', 'email', 'https', 'sms']);
    expect(forms.sms).toBe('S');
    expect(JSON.parse(must(forms.default))).toEqual({
      ...{ version: 1, id: ID, kind: 'JobFailed', severity: 'error', dedupKey: 'd', part: 1, parts: 1, extra: 1 },
    });
    expect(renderMessage(ID, alert, BOTH).MessageStructure).toBe('json');
  });

  it('has no card on the alerts topic, so that an HTTPS endpoint gets the JSON there', () => {
    const message = renderMessage(ID, alert, BOTH);
    const { https: _, ...forms } = formsOf(alert);
    const forAlerts = messageFor('alerts', message);
    expect({ ...forAlerts, Message: JSON.parse(forAlerts.Message) }).toEqual({ ...message, Message: forms });
    expect(messageFor('chat', message)).toEqual(message);
    expect(renderMessage(ID, alert, ['alerts'])).toEqual(forAlerts);
  });

  it('has attributes for what it is about, by which subscribers can filter', () => {
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    expect(render(EXAMPLES.JobFailed).message.MessageAttributes).toEqual({
      ...{ kind: text('JobFailed'), severity: text('error'), part: { DataType: 'Number', StringValue: '1' } },
      ...{ primary: text('demo'), client: text('DummyTestVM'), policy: text('vmware2') },
      ...{ jobType: text('BACKUP'), policyType: text('VMWARE'), status: { DataType: 'Number', StringValue: '156' } },
    });
  });

  it.each(Object.entries(EXAMPLES))('has at most ten attributes, as raw delivery allows: %s', (_, content) => {
    expect(Object.keys(render(content).message.MessageAttributes).length).toBeLessThanOrEqual(10);
  });
});

describe('an attribute', () => {
  it('is a list if it has several values, each once, and absent if one is missing', () => {
    expect(
      attributesOf({ policy: ['a', 'b', 'a'], status: 0, jobStatus: [5, 1, 5], one: [7, 7], primary: ['p', 'p'] }),
    ).toMatchObject({
      policy: { DataType: 'String.Array', StringValue: '["a","b"]' },
      status: { DataType: 'Number', StringValue: '0' },
      jobStatus: { DataType: 'String.Array', StringValue: '[5,1]' },
      one: { DataType: 'Number', StringValue: '7' },
      primary: { DataType: 'String', StringValue: 'p' },
    });
    expect(attributesOf({ client: ['', ''], policy: '' })).not.toHaveProperty('client');
    expect(attributesOf({ client: ['', ''], policy: '' })).not.toHaveProperty('policy');
    expect(attributesOf({ client: ['a', ''] })).not.toHaveProperty('client');
  });

  it('is left out when its list has more than 8,192 bytes', () => {
    // ["…","b"] has 8 bytes beside the first name.
    const listOf = (bytes: number) => attributesOf({ client: ['é'.repeat((bytes - 8) / 2), 'b'] }).client;
    expect(Buffer.byteLength(must(listOf(8_192)).StringValue)).toBe(8_192);
    expect(listOf(8_194)).toBeUndefined();
  });

  it('has no characters that SQS refuses', () => {
    expect(attributesOf({ client: 'a\0b\ufffe😀' }).client?.StringValue).toBe('a�b�😀');
  });
});

describe('a subject', () => {
  const subjectOf = (subject: string) => renderMessage(ID, { ...alert, subject }, BOTH).Subject;

  it('keeps up to 99 characters, and is cut to 99 if it is longer', () => {
    expect([98, 99, 100, 5_000].map((length) => subjectOf('x'.repeat(length)).length)).toEqual([98, 99, 99, 99]);
    expect(subjectOf('x'.repeat(99))).toBe('x'.repeat(99));
    expect(subjectOf('x'.repeat(100))).toBe(`${'x'.repeat(96)}...`);
  });

  it('is one line of ASCII, does not begin with a space, and is never empty', () => {
    expect(subjectOf('a\r\nb\té\0😀')).toBe('a??b????');
    expect(subjectOf('  x')).toBe('x');
    expect(subjectOf(' ')).toBe('nbwatch');
  });

  it('shortens a long name, and keeps the words around it', () => {
    const long = failure(
      { clientName: `db${'x'.repeat(480)}.example.com` },
      { failures: 2, failingSince: 1, lastUsableAt: 1 },
    );
    const { subject } = render({ kind: 'JobFailed', failures: [long] });
    expect(subject).toMatch(/^ERROR dbx+\.\.\.: BACKUP 148 failed, status 156 \(2nd in a row\) \[demo\]$/);
    expect(subject).toHaveLength(99);
  });
});

describe('the text of an email', () => {
  it('begins with the headline, and aligns values in one column, including their further lines', () => {
    const value = Array.from({ length: 25 }, (_, index) => `word${index}`).join(' ');
    expect(renderText({ ...alert, facts: { A: '1', Longer: value } })).toBe(`H

  A:      1
  Longer: word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 word10 word11 word12 word13
          word14 word15 word16 word17 word18 word19 word20 word21 word22 word23 word24

What to do next
  1. N

--
nbwatch JobFailed
`);
  });

  it('ends with the id of the message and the number of the part', () => {
    expect(renderText({ ...alert, part: 2, parts: 5 }, ID)).toMatch(
      /\n--\nnbwatch JobFailed, 1795462413034-[0-9a-f]{32}, part 2 of 5\n$/,
    );
  });

  it('never wraps a command, as copying one line of it could retire more than was meant', () => {
    const command = 'npx nbwatch expect --retire --client sql01.prod.example.com --policy nightly --primary demo';
    const text = renderText({ ...alert, nextSteps: [`If it should no longer run: ${command}. Else find out why.`] });
    expect(text).toContain(`\n     ${command}.`);
    expect(text).not.toContain('\0');
  });

  it('leaves out empty sections, and breaks no word', () => {
    const word = 'x'.repeat(300);
    expect(renderText({ ...alert, headline: `a ${word} b`, facts: {}, nextSteps: [] })).toBe(
      `a\n${word}\nb\n\n--\nnbwatch JobFailed\n`,
    );
  });

  it('keeps a name on one line, so that no name can forge a section', () => {
    const { email, card } = render({
      kind: 'JobFailed',
      failures: [failure({ clientName: 'a\n\nWhat to do next\n  1. Pay' })],
    });
    expect(email.match(/^What to do next$/gm)).toHaveLength(1);
    expect(email).toContain('  Client:             a��What to do next�  1. Pay\n');
    expect(card.content.description).toContain('*Client:* a��What to do next�  1. Pay\n');
  });
});

describe('a Slack card', () => {
  it('has only fields that Amazon Q Developer knows', () => {
    const { card } = render(EXAMPLES.JobFailed, DEFAULT_ALERT_SETTINGS);
    expect(card).toEqual({
      ...{ version: '1.0', source: 'custom', id: ID },
      content: {
        textType: 'client-markdown',
        title: 'ERROR DummyTestVM: BACKUP 148 failed, status 156 (3rd in a row) [demo]',
        description: `BACKUP 148 of client DummyTestVM failed with status 156. The snapshot could not be made or used. Third failure in a row, last good backup 2 days ago.

*Severity:* error
*Primary server:* demo
*Client:* DummyTestVM
*Policy:* vmware2
*Policy type:* VMWARE
*Schedule:* ST_FULL
*Job ID:* 148
*Where to look:* snapshot/VMware
*Likely cause:* VSS, VMware or the storage array could not make the snapshot, or it was lost.
*Failing since:* 2026-11-22 18:33:33 UTC
*Last good backup:* 2026-11-21 14:33:33 UTC
*Received:* 2026-11-23 19:33:33 UTC
*Start time as sent:* 1459830500 (read as UTC 2016-04-05 04:28:20; may run whole hours ahead)`,
        nextSteps: [
          expect.stringMatching(/^Read the bpfis log/),
          expect.stringMatching(/^Open job 148/),
          expect.stringContaining('bperror -S 156'),
        ],
        keywords: ['error', 'JobFailed'],
      },
      metadata: {
        threadId: render(EXAMPLES.JobFailed).machine.dedupKey,
        summary: expect.stringMatching(/^BACKUP 148 of client DummyTestVM failed/),
        eventType: 'JobFailed',
        additionalContext: {
          ...{ kind: 'JobFailed', severity: 'error', part: '1', primary: 'demo', client: 'DummyTestVM' },
          ...{ policy: 'vmware2', jobType: 'BACKUP', policyType: 'VMWARE', status: '156' },
        },
      },
    });
  });

  it('escapes names, so that none can mention a person or a channel', () => {
    const { card } = render({ kind: 'JobFailed', failures: [failure({ clientName: '<!channel> & <@U1>' })] });
    expect(JSON.stringify(card)).not.toMatch(/[<>]|& /);
    expect(card.content.description).toContain('*Client:* &lt;!channel&gt; &amp; &lt;@U1&gt;\n');
  });

  it('is cut after a whole line, before Slack would cut it', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(40)}`);
    const [card] = [formsOf({ ...alert, sections: [{ title: 'T', lines }] })].map(({ https = '' }) =>
      JSON.parse(https),
    );
    expect(card.content.description.length).toBeLessThanOrEqual(2_900);
    expect(card.content.description).toMatch(/\n\d+ x{40}\n_All jobs: npx nbwatch jobs --failed_$/);
  });
});
