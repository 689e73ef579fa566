import { expect, test } from 'vitest';
import { parseEndpointFile } from '../../client/endpoint-file.ts';
import { times } from '../../client/times.ts';

const file = { token: 'secret', priority: 1, groupId: 'group', hostName: 'host', url: 'wss://host/stage' };

test('an endpoint file with exactly the five keys is read', () => {
  expect(parseEndpointFile(JSON.stringify(file))).toEqual(file);
});

test.for(Object.keys(file))('an endpoint file without "%s" is refused by that name', (key) => {
  expect(() => parseEndpointFile(JSON.stringify({ ...file, [key]: undefined }))).toThrow(`"${key}"`);
});

test.for([
  ['token', ''],
  ['token', 7],
  ['priority', '1'],
  ['priority', 1.5],
  ['groupId', null],
  ['hostName', ['host']],
  ['url', 'host/stage'],
  ['url', 'https://host/stage'],
  ['url', 'wss://user:pass@host/'],
  ['url', 'wss://host/#part'],
  ['extra', 1],
] as const)('a "%s" of %j is refused by the name of the key', ([key, value]) => {
  expect(() => parseEndpointFile(JSON.stringify({ ...file, [key]: value }))).toThrow(`"${key}"`);
});

test.for(['', 'secret', '[]', 'null', '"secret"', '{"token":"secret"'])('%j is refused without being shown', (text) => {
  const attempt = () => parseEndpointFile(text);
  expect(attempt).toThrow('The endpoint file');
  expect(attempt).not.toThrow('secret');
});

test('scaling divides every time and leaves the count of pongs', () => {
  expect(times(100)).toEqual({
    sendTimeout: 20,
    resendAfter: 50,
    pingEvery: 300,
    reconnectAfter: 600,
    openTimeout: 50,
    connectTimeout: 50,
    maxPongMiss: 3,
  });
});
