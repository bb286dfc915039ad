import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { SmokeReport } from '../../src/smoke/phases.ts';
import type { TrafficReport } from '../../src/traffic/report.ts';
import { STACKCTL } from '../support/cli.ts';
import { freePorts } from '../support/free-ports.ts';
import { type Envelope, ok, openPlace } from '../support/project.ts';
import { requireRuntime } from '../support/require.ts';

/** A program before a Redis, and what it does at its start and with an order. */
async function shop(source: string) {
  const place = await openPlace(STACKCTL, 'shop', 'process');
  const port = await freePorts(3);
  const folder = join(place.folder, 'shop');
  await mkdir(join(folder, 'traffic'), { recursive: true });
  await mkdir(join(folder, 'api'));
  await writeFile(
    join(folder, 'stack.yaml'),
    `stack: shop
description: Orders in a list of Redis
services:
  cache: { kind: redis, ports: { redis: ${port + 1} } }
  api:
    kind: app
    dependsOn: [cache]
    build: api
    command: [node, api.js]
    ports: { http: ${port} }
    environment: { CACHE: { value: "{{cache.address}}", description: Where orders are kept } }
traffic: traffic
`,
  );
  await writeFile(
    join(folder, 'traffic/orders.yaml'),
    `profile: orders
description: Orders through the API
send: { service: api, batch: 1, settings: { path: /orders, events: apart } }
stores: [{ service: cache, settings: { list: orders }, settle: 2s }]
body: { id: "{{id}}" }
`,
  );
  await writeFile(join(folder, 'api/api.js'), PROGRAM.replace('SOURCE', source));
  return place;
}

/** A connection for each command. `ask` resolves to the lines of the answer, and rejects where there is none. */
const PROGRAM = `
const { connect } = require('node:net');
const [host, port] = process.env.CACHE.split(':');
const ask = (...words) => new Promise((resolve, reject) => {
  const socket = connect(Number(port), host).setEncoding('utf8');
  socket.on('data', (text) => { socket.destroy(); text.startsWith('-') ? reject(new Error(text)) : resolve(text.split('\\r\\n')); });
  socket.on('error', reject).on('end', () => reject(new Error('no answer')));
  socket.write('*' + words.length + '\\r\\n' + words.map((word) => '$' + word.length + '\\r\\n' + word + '\\r\\n').join(''));
});
const serve = (store) => require('node:http').createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  const stored = request.method === 'GET' ? ask('PING') : store(body);
  stored.then(() => 201, () => 503).then((status) => {
    response.writeHead(request.method === 'GET' && status === 201 ? 200 : status, { connection: 'close' }).end('{}');
  });
}).listen(process.env.PORT, process.env.HOST);
process.once('SIGTERM', () => process.exit());
SOURCE
`;

function phaseOf({ data }: Envelope, name: string) {
  const found = (data as SmokeReport).phases.find(({ phase }) => phase === name);
  if (found === undefined) throw new Error(`there is no phase ${name}`);
  return found;
}

/**
 * At its start the first order becomes another one: as many as before are there. Later every order is acknowledged, also while the server
 * is away.
 */
const CARELESS = `
(async () => {
  const [, , first] = await ask('LRANGE', 'orders', '0', '0');
  if (first) await ask('LSET', 'orders', '0', first.replace(/[0-9a-f]{6}"/, 'ffffff"'));
  serve((body) => ask('RPUSH', 'orders', body).catch(() => undefined));
})();
`;

test('a service that gives ids of its own is asked about, and loses nothing that anybody could know of', async (context) => {
  requireRuntime(context, 'process');
  await using place = await openPlace(STACKCTL, 'shop', 'process');
  ok(await place.json(['init', '--new', './shop']));
  const program = join(place.folder, 'shop/services/api/src/main.ts');
  const source = await readFile(program, 'utf8');
  await writeFile(program, source.replace('INSERT, [id,', 'INSERT, [crypto.randomUUID(),'));
  ok(await place.json(['up', './shop', '--runtime', 'process', '--ports', 'auto']));
  const answer = await place.json(['seed', 'traffic', './shop', '--count', '60', '--timeout', '3s']);
  expect(answer).toMatchObject({ code: 6, error: { code: 'E_TRAFFIC_LOST' } });
  expect(answer.error?.hint).toContain('stackctl logs api');
  const { reasons, stores } = answer.data as TrafficReport;
  expect(stores).toMatchObject([{ missing: 60, otherRows: 60 }]);
  expect(reasons.join()).toContain('Does the service give ids of its own?');
  ok(await place.json(['down', './shop', '--volumes', '--yes']));
});

/** Every fourth order is answered with an error, and not stored. */
const FAILS = `
let count = 0;
serve((body) => (count++ % 4 === 3 ? Promise.reject(new Error('no')) : ask('RPUSH', 'orders', body)));
`;

test('refused orders are a warning with the reason, in every file too; a threshold of the profile makes them a failure', async (context) => {
  requireRuntime(context, 'process');
  await using place = await shop(FAILS);
  const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: join(place.folder, 'summary.md') };
  const files = ['--junit', 'junit.xml', '--html', 'page.html'];
  const answer = await place.json(['smoke', './shop', '--runtime', 'process', ...files], env);
  const traffic = phaseOf(answer, 'traffic');
  const warning = 'orders: 250 unknown: HTTP 503';
  expect(traffic).toMatchObject({ verdict: 'pass', reasons: [], warnings: [warning] });
  for (const name of ['junit.xml', 'page.html', 'summary.md'])
    expect(await readFile(join(place.folder, name), 'utf8'), name).toContain(warning);

  const profile = join(place.folder, 'shop/traffic/orders.yaml');
  await writeFile(profile, `${await readFile(profile, 'utf8')}thresholds: [errors.rate < 1%]\n`);
  const failing = await place.run(['smoke', './shop', '--runtime', 'process', '--json'], env);
  expect(failing.code).toBe(6);
  const failed = JSON.parse(failing.out) as Envelope;
  expect(phaseOf(failed, 'traffic').reasons.join()).toContain('errors.rate');
  // While services are restarted errors are no wonder.
  expect(phaseOf(failed, 'restart').reasons.join()).not.toContain('errors.rate');
  expect(failing.err).toContain(`::warning title=stackctl smoke%3A traffic::${warning}`);
});

test('what a careless program loses is told: orders that were never stored, with when, and one that became another', async (context) => {
  requireRuntime(context, 'process');
  await using place = await shop(CARELESS);
  const answer = await place.json(['smoke', './shop', '--runtime', 'process']);
  expect(answer.code, JSON.stringify(answer.error)).toBe(6);
  expect(phaseOf(answer, 'traffic')).toMatchObject({ verdict: 'pass' });

  const restart = phaseOf(answer, 'restart');
  const reasons = restart.reasons.join('\n');
  expect(reasons).toMatch(/^cache orders: \d+ events? acknowledged while cache-1 was restarted, and not there now$/m);
  expect(reasons).toMatch(/^cache orders still has all \d+ that it held before the restarts\. api acknowledged what/m);
  const { traffic, lost } = restart.data as {
    readonly traffic: { readonly stores: readonly { readonly missing: number }[] };
    readonly lost: readonly { readonly missing: number; readonly heldBefore: number; readonly kept: number }[];
  };
  expect(lost).toMatchObject([{ missing: traffic.stores[0]?.missing, heldBefore: 0 }]);
  expect(lost[0]?.kept).toBeGreaterThan(0);

  const again = phaseOf(answer, 'again');
  expect(again.data).toMatchObject([{ found: 1000, foundAgain: 1000, gone: 1, added: 1 }]);
  expect(again.reasons.join()).toMatch(
    /^cache orders had 1000 events of run (\S+), and has 1000: 1 gone \(\1-8000-8000-0{12}\), 1 new \(\1-8000-8000-0{6}f{6}\)$/,
  );
});
