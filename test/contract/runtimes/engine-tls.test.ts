/** An Engine behind TLS whose certificate comes from an authority of the user's own. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findEngine } from '../../../src/runtimes/docker/engine/find-engine.ts';

test('it is trusted where NODE_EXTRA_CA_CERTS names the authority, and only there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stackctl-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-days',
    '2',
    ...subject,
  ];
  execFileSync('openssl', made, { stdio: 'pipe' });
  const asked: (string | undefined)[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, ({ url }, answer) => {
    asked.push(url);
    answer.writeHead(500).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const env = { DOCKER_HOST: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, DOCKER_TLS_VERIFY: '1' };
  await expect(findEngine({ ...env, DOCKER_CERT_PATH: folder, HOME: folder })).rejects.toThrow(/self-signed/);
  expect(asked).toEqual([]);
  const trusting = { ...env, HOME: folder, NODE_EXTRA_CA_CERTS: cert };
  await expect(findEngine(trusting)).rejects.toThrow(/500/);
  expect(asked).not.toEqual([]);
});
