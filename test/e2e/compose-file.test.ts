/** A team's Compose file, taken over and brought up by the built program. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AdoptReport } from '../../src/adopt/adopt.ts';
import { STACKCTL } from '../support/cli.ts';
import { freePorts } from '../support/free-ports.ts';
import { ok, openPlace } from '../support/project.ts';
import { RUNTIMES, requireRuntime } from '../support/require.ts';

/** In `.env`, and in no file that a repository has. */
const SECRET = 'only-in-the-dotenv';

const composeYaml = (port: number) => `services:
  my_db:
    image: postgres:16
    environment: {POSTGRES_USER: shop, POSTGRES_PASSWORD: "\${DB_PASSWORD}"}
    ports: ["${port}:5432"]
    volumes: ["data:/var/lib/postgresql/data"]
    command: postgres -c max_connections=42
  cache:
    image: redis:7
    command: redis-server --requirepass cache-secret --maxmemory 64mb
    ports: ["${port + 1}:6379"]
  api:
    build: {context: ./api, dockerfile: docker/api.Dockerfile}
    command: [node, main.mjs]
    env_file: api.env
    environment:
      DATABASE_URL: postgres://shop:\${DB_PASSWORD}@my_db:5432/shop
      CACHE_URL: redis://:cache-secret@cache:6379/0
    ports: ["${port + 2}:8000"]
    volumes: ["./seen:/seen"]
    healthcheck: {test: "curl -f http://localhost:8000/health || exit 1"}
    depends_on: [my_db, cache]
volumes: {data: {}}
`;

/** Answers when both servers do, with what it was given. */
const MAIN = `
import { createServer } from 'node:http';
import { connect } from 'node:net';
const talk = ({ port, hostname }, bytes, expected) => new Promise((resolve, reject) => {
  const socket = connect(Number(port), hostname, () => socket.write(bytes));
  socket.on('error', reject).on('data', (data) => {
    socket.end();
    expected.test(String(data)) ? resolve() : reject(new Error(String(data)));
  });
});
const { CACHE_URL, DATABASE_URL, MODE, PORT, HOST } = process.env;
const [cache, database] = [new URL(CACHE_URL), new URL(DATABASE_URL)];
createServer(async (_, response) => {
  try {
    await talk(cache, 'AUTH ' + cache.password + '\\r\\nSET mode ' + MODE + '\\r\\n', /^\\+OK/);
    // Whether it speaks TLS: every PostgreSQL server answers with a letter.
    await talk(database, Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]), /^[SN]/);
    response.end(JSON.stringify({ mode: MODE, password: database.password }));
  } catch (error) {
    response.writeHead(503).end(String(error));
  }
}).listen(Number(PORT), HOST);
`;

/** What the team adds to the stack once it has it. */
const MORE = `migrations: { my-db: migrations }
traffic: traffic
`;
const TABLE = 'CREATE TABLE orders (id UUID PRIMARY KEY, amount NUMERIC NOT NULL);\n';
const PROFILE = `profile: orders
description: Orders
send: { service: my-db, settings: { table: orders } }
stores: [{ service: my-db, settings: { table: orders, idColumn: id } }]
body: { id: "{{id}}", amount: 7 }
`;

test.for(RUNTIMES)(
  '%s: a Compose file comes up as a stack, with its data servers and its program',
  async (runtime, context) => {
    requireRuntime(context, runtime);
    const port = await freePorts(3);
    await using place = await openPlace(STACKCTL, 'project', runtime);
    const write = (name: string, text: string) => writeFile(join(place.folder, name), text);
    for (const folder of ['api/docker', 'migrations', 'traffic', 'seen']) {
      await mkdir(join(place.folder, folder), { recursive: true });
    }
    await write('compose.yaml', composeYaml(port));
    await write('.env', `DB_PASSWORD=${SECRET}\n`);
    await write('api.env', 'MODE=from-the-file\n');
    await write('api/main.mjs', MAIN);
    await write('api/docker/api.Dockerfile', 'FROM stackctl-test/node:20\nWORKDIR /srv\nCOPY main.mjs .\n');

    const made = await place.run(['init', '--from', 'compose.yaml', '--json']);
    expect(made.code, made.err).toBe(0);
    expect(`${made.out}${made.err}`).not.toMatch(new RegExp(`${SECRET}|cache-secret`));
    const report: AdoptReport = JSON.parse(made.out).data;
    const program = [{ name: 'api', kind: 'container', build: './api' }];
    expect(report.services).toMatchObject([
      { name: 'my-db', from: 'my_db', kind: 'postgres' },
      { name: 'cache', kind: 'redis' },
      ...program,
    ]);
    expect(await readFile(join(place.folder, 'stack.yaml'), 'utf8')).not.toContain(SECRET);

    await appendFile(join(place.folder, 'stack.yaml'), MORE);
    await write('migrations/0001_orders.sql', TABLE);
    await write('traffic/orders.yaml', PROFILE);
    const images = ['--set', 'image.my-db=stackctl-test/timescaledb:17', '--set', 'image.cache=stackctl-test/redis:8'];
    const up = ok(await place.json(['up', '--runtime', runtime, ...images])).data;
    expect(up).toMatchObject({ healthy: true });

    const ask = async (...args: readonly string[]) => (await place.run(['cli', ...args])).out.trim().split(/\s+/);
    expect(await ask('my-db', '--', '-Atc', 'SELECT current_user, current_database(); SHOW max_connections')).toEqual([
      'shop|shop',
      '42',
    ]);
    expect(await ask('cache', '--', 'CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 1024 * 1024)]);
    ok(await place.json(['seed', 'traffic', '--count', '200']));
    expect(await ask('my-db', '--', '-Atc', 'SELECT count(*) FROM orders')).toEqual(['200']);

    const answer = await fetch(`http://127.0.0.1:${port + 2}/`);
    expect(await answer.json()).toEqual({ mode: 'from-the-file', password: SECRET });
    expect(await ask('cache', '--', 'GET', 'mode')).toEqual(['from-the-file']);
  },
);
