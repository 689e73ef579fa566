import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readCertificate } from '../../functions/certificate/read.ts';
import { createCertificates } from '../../functions/registry/certificates.ts';
import { createEndpoints } from '../../functions/registry/endpoints.ts';
import { createRegistry } from '../../functions/registry/registry.ts';
import { watchCertificate } from '../../functions/watch/certificate-watch.ts';
import { freePort } from '../../local/ports.ts';
import { must, NEVER } from '../functions/support.ts';
import { watchAt } from '../functions/watch/watch-at.ts';
import { selfSigned } from '../support/certificate.ts';
import { startNbwatch } from './nbwatch.ts';

it('doctor checks what a one-machine run has; endpoint create, rotate and watch store the certificate', async () => {
  const tls = selfSigned();
  const test = await startNbwatch({ tls });
  const made = await test.nbwatch('endpoint', 'create', '--primary', 'berlin');
  expect(made.err).toMatch(
    /\nThe certificate is of CN=nbwatch test, by CN=nbwatch test, until .* SHA-256 [0-9A-F:]{95}\./,
  );
  const quiet = await test.nbwatch('doctor');
  expect(quiet).toMatchObject({ code: 0, err: '' });
  for (const check of ['functions', 'permissions', 'quotas'])
    expect(quiet.out).toMatch(new RegExp(`^${check} +unknown +does not apply to a one-machine run$`, 'm'));
  for (const check of ['subscriptions', 'streams', 'tables', 'clock', 'endpoint', 'certificate', 'endpoints'])
    expect(quiet.out).toMatch(new RegExp(`^${check} +ok `, 'm'));

  // What `watch` does each day, with its role.
  const at = new Date().setUTCMinutes(37, 0, 0);
  await watchAt(test, at, watchCertificate);
  expect(test.troubles).toEqual([]);
  const certificates = (await test.items('RegistryTable')).filter(({ pk }) => pk === 'certificate');
  expect(certificates).toMatchObject([{ sk: '127.0.0.1', lookedAt: at, certificate: { trusted: false } }]);

  // rotate stores the certificate again; create makes an endpoint even where it cannot see one.
  const noted = async (name: string) => (await test.json('endpoint', 'list')).find(({ endpoint }) => endpoint === name);
  const before = await noted('berlin');
  await test.nbwatch('endpoint', 'rotate', 'berlin');
  const chainOf = (state: unknown) => expect(state).toHaveProperty('certificate.chain.0.issuer', 'CN=nbwatch test');
  for (const state of [before, await noted('berlin')]) chainOf(state);
  expect(await noted('berlin')).not.toEqual(expect.objectContaining({ certificate: before?.certificate }));
  const description = readFileSync(join(test.folder, 'local.json'), 'utf8');
  const { port } = new URL(test.run.endpointUrl);
  const nowhere = description.replaceAll(`wss://127.0.0.1:${port}/`, `wss://127.0.0.1:${await freePort()}/`);
  writeFileSync(join(test.folder, 'local.json'), nowhere);
  const unseen = await test.nbwatch('endpoint', 'create', '--primary', 'paris');
  expect(unseen).toMatchObject({
    code: 0,
    err: expect.stringMatching(
      /\nIts certificate could not be read from this machine .*, so none is stored\. Check it before/,
    ),
  });
  expect(await noted('paris')).not.toHaveProperty('certificate');
  writeFileSync(join(test.folder, 'local.json'), description);
  await test.nbwatch('endpoint', 'revoke', 'paris');

  const primary = test.primary({ ca: tls.cert });
  await primary.start();
  const found = await test.json('doctor');
  expect(found.find(({ check }) => check === 'endpoints')?.what).toMatch(/^1 of 2 connected; last heard 20/);
  await primary.stop();
  await expect.poll(() => test.run.gateway.connections()).toEqual([]);
  const { code, out } = await test.nbwatch('doctor');
  expect(code).toBe(4);
  expect(out).toMatch(/^endpoints +warning +demo is not connected; last heard 20/m);
  expect(out).toContain('\nWhat to do next\n');
  expect(out).toContain('\n  endpoints: npx nbwatch endpoint show demo\n');
});

it('doctor names a primary server that has not connected since watch, or doctor itself, saw another authority', async () => {
  const { run, json } = await startNbwatch({ tls: selfSigned() });
  const { RegistryTable = '' } = run.deployment.outputs;
  const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
  const now = await readCertificate(run.endpointUrl, NEVER);
  const before = { ...now, chain: [{ ...must(now.chain[0]), issuer: 'CN=before', fingerprint: 'AB' }] };
  const berlin = { endpoint: 'berlin', primary: 'berlin', group: 'berlin', priority: 1, certificate: before };
  const token = must(await createEndpoints(run.dynamodb, RegistryTable).create(berlin, hoursAgo(9)));
  const connection = { connectionId: 'c=', sourceIp: '192.0.2.1', token, at: hoursAgo(2) };
  await createRegistry(run.dynamodb, RegistryTable).connect(connection, NEVER);
  const certificates = createCertificates(run.dynamodb, RegistryTable);
  const { hostname: host } = new URL(run.endpointUrl);
  for (const [certificate, hours, state] of [
    [now, 3, 'ok'],
    [now, 1, 'warning'],
    [before, 3, 'warning'],
  ] as const) {
    await certificates.put({ host, lookedAt: hoursAgo(1), since: hoursAgo(hours), certificate });
    const found = (await json('doctor')).find(({ check }) => check === 'certificate');
    expect(found).toMatchObject({ state, what: expect.stringContaining(state === 'ok' ? 'days left' : 'berlin') });
  }
});
