import type { QueryCommandInput } from '@aws-sdk/client-dynamodb';

/** A command of a document, with the comment line above it that says what it asks. */
export interface Documented {
  question: string;
  command: string;
}

/** Every `aws dynamodb query` in the shell blocks of a document. */
export function documentedQueries(markdown: string): Documented[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text ?? '');
  return blocks
    .flatMap((block) => block.split('\n\n'))
    .flatMap((paragraph) => {
      const [, question = '', command] = /^(?:# (.*)\n)?aws dynamodb query (.*)$/s.exec(paragraph.trim()) ?? [];
      return command === undefined ? [] : [{ question, command }];
    });
}

/** What each flag that takes a value sets, and how the value is read. */
const VALUES: Readonly<Record<string, (value: string) => Partial<QueryCommandInput>>> = {
  '--table-name': (TableName) => ({ TableName }),
  '--index-name': (IndexName) => ({ IndexName }),
  '--key-condition-expression': (KeyConditionExpression) => ({ KeyConditionExpression }),
  '--filter-expression': (FilterExpression) => ({ FilterExpression }),
  '--expression-attribute-names': (text) => ({ ExpressionAttributeNames: JSON.parse(text) }),
  '--expression-attribute-values': (text) => ({ ExpressionAttributeValues: JSON.parse(text) }),
};

const SWITCHES: Readonly<Record<string, Partial<QueryCommandInput>>> = {
  '--no-scan-index-forward': { ScanIndexForward: false },
  '--consistent-read': { ConsistentRead: true },
};

/** The parameters of an `aws dynamodb query` as a shell with these variables runs it. Throws for an unknown flag. */
export function parseQuery(command: string, variables: Readonly<Record<string, string>>): QueryCommandInput {
  const input: QueryCommandInput = { TableName: undefined };
  const words = shellWords(command, variables);
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const read = VALUES[word];
    const set = SWITCHES[word];
    if (set) Object.assign(input, set);
    else if (read) Object.assign(input, read(words.shift() ?? ''));
    else throw new Error(`aws dynamodb query has no flag ${word} that the tests know`);
  }
  return input;
}

function shellWords(command: string, variables: Readonly<Record<string, string>>): string[] {
  const text = command.replaceAll('\\\n', ' ').trim();
  return text.split(/\s+(?=(?:[^']*'[^']*')*[^']*$)/).map((word) => {
    if (/^'[^']*'$/.test(word)) return word.slice(1, -1);
    const [, variable] = /^"?\$(\w+)"?$/.exec(word) ?? [];
    const value = variable === undefined ? word : variables[variable];
    if (value === undefined || /["'$]/.test(value)) throw new Error(`Not understood: ${word}`);
    return value;
  });
}
