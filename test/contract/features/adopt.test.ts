/** Compose files are read by code of our own: it is held against what Compose itself reads. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { interpolate } from '../../../src/adopt/read/interpolate.ts';
import { loadCompose } from '../../../src/adopt/read/load.ts';
import { readService } from '../../../src/adopt/read/service.ts';
import { writeFileAtomic } from '../../../src/lib/files.ts';
import { render } from '../../../src/render/render.ts';
import { type ComposeService, variablesOf } from '../../../src/stack/contract/compose-service.ts';
import { run } from '../../support/cli.ts';
import { adoptFixture, composeFixtures, copiedFixture } from '../../support/compose-fixtures.ts';
import { ownStack } from '../../support/own-stack.ts';
import { requireCompose } from '../../support/require.ts';

const ENV = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };

interface ComposeJson {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

async function config(folder: string, flags: readonly string[] = []): Promise<ComposeJson> {
  // Named none, it merges in the override file beside compose.yaml, as a team's `docker compose up` does.
  const args = ['compose', '--profile', '*', 'config', '--format', 'json', ...flags];
  const { code, out, err } = await run('docker', args, { cwd: folder, env: ENV });
  expect(code, err).toBe(0);
  return JSON.parse(out) as ComposeJson;
}

/** Compose doubles every `$` of what it prints. */
function single(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$$', '$');
  if (Array.isArray(value)) return value.map(single);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, single(item)]));
}

/** What both know of a service, in one order. Compose has the variables of env files among the others. */
function comparable(service: ComposeService) {
  const { image, build, command, entrypoint, ports, mounts, healthcheck, dependsOn, replicas, stopGraceS, profiles } =
    service;
  const sorted = <T>(items: Iterable<T>) => [...items].map((item) => JSON.stringify(item)).sort();
  return {
    ...{ image, command, entrypoint, healthcheck, replicas, stopGraceS },
    build: build && {
      context: build.context.replace(/^\.\//, ''),
      args: build.args,
      dockerfile: build.rest.dockerfile,
      target: build.rest.target,
    },
    variables: Object.fromEntries([...variablesOf(service)].sort()),
    ports: sorted(ports),
    mounts: sorted(mounts.map((mount) => ({ ...mount, source: mount.source?.replace(/^\.\/|\/$/g, '') }))),
    dependsOn: sorted(dependsOn),
    profiles: sorted(profiles),
  };
}

/** Compose refuses to read a file whose env file is not there. */
async function withEnvFiles(name: string, folder: string): Promise<void> {
  if (name === 'node-mongo') await writeFile(join(folder, '.env.api'), '');
  if (name !== 'init-scripts') return;
  const file = join(folder, 'compose.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace('/etc/none/db.env, ../none/of-db.env, ', ''));
}

test.for(composeFixtures())('%s is read as Compose reads it', async (name, context) => {
  requireCompose(context);
  const folder = await copiedFixture(name);
  try {
    await withEnvFiles(name, folder);
    const ours = (await loadCompose(join(folder, 'compose.yaml'), 'compose.yaml', ENV)).file.services;
    const { services } = await config(folder, ['--no-path-resolution', '--no-normalize', '--no-consistency']);
    const theirs = Object.entries(services).map(([service, raw]) =>
      readService(service, single(raw) as Readonly<Record<string, unknown>>, {
        rebase: (path) => path,
        lookup: () => undefined,
        envFile: () => undefined,
        tell: (path, message) => expect.unreachable(`${path.join('.')}: ${message}`),
      }),
    );
    expect(ours.map((service) => service.name).sort()).toEqual(theirs.map((service) => service.name).sort());
    for (const service of ours) {
      const other = theirs.find((one) => one.name === service.name);
      expect(other && { [service.name]: comparable(other) }).toEqual({ [service.name]: comparable(service) });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test.for(composeFixtures())('%s becomes a stack whose compose.yaml Compose takes', async (name, context) => {
  requireCompose(context);
  const folder = await copiedFixture(name);
  try {
    const adopted = await adoptFixture(name);
    await writeFile(join(folder, 'stack.yaml'), adopted.text);
    for (const { path, text } of adopted.migrations) await writeFileAtomic(join(folder, path), text);
    for (const { path, text, mode } of render(await ownStack(folder, 'docker')).files) {
      await writeFileAtomic(join(folder, 'rendered', path), text, mode);
    }
    const args = ['compose', '-f', 'rendered/compose.yaml', 'config', '--quiet'];
    expect(await run('docker', args, { cwd: folder, env: ENV })).toMatchObject({ code: 0 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('variables are filled in as Compose fills them in', async (context) => {
  requireCompose(context);
  const folder = await mkdtemp(join(tmpdir(), 'stackctl-adopt-'));
  const variables: Readonly<Record<string, string>> = { SET: 'a value', EMPTY: '', QUOTED: `it's "so"`, DOLLAR: '$5' };
  const name = fc.constantFrom('SET', 'EMPTY', 'QUOTED', 'DOLLAR', 'MISSING');
  const operator = fc.constantFrom(':-', '-', ':+', '+');
  const plain = fc.constantFrom('', 'x', ' y ', 'a:b', 'http://h/p', '$$', '-', '?', '#');
  const { text } = fc.letrec<{ readonly text: string; readonly one: string; readonly word: string }>((tie) => ({
    text: fc.array(fc.oneof(plain, tie('one')), { maxLength: 4 }).map((parts) => parts.join('')),
    one: fc.oneof(
      { depthSize: 'small' },
      name.map((known) => `\${${known}}`),
      fc.tuple(name, operator, tie('word')).map(([known, how, word]) => `\${${known}${how}${word}}`),
    ),
    word: fc.oneof({ depthSize: 'small' }, fc.constantFrom('', 'w', 'a b', 'c/d'), tie('one')),
  }));
  try {
    const texts = fc.sample(text, { numRuns: 400, seed: 20 });
    const environment = Object.fromEntries(texts.map((one, index) => [`V${index}`, one]));
    const file = { services: { it: { image: 'it', environment } } };
    await writeFile(join(folder, 'compose.yaml'), JSON.stringify(file));
    const dotenv = Object.entries(variables).map(([key, value]) => `${key}='${value.replaceAll("'", "\\'")}'`);
    await writeFile(join(folder, '.env'), dotenv.filter((line) => !line.startsWith('QUOTED')).join('\n'));
    const args = ['compose', '-f', 'compose.yaml', 'config', '--format', 'json'];
    const { out, code, err } = await run('docker', args, { cwd: folder, env: { ...ENV, QUOTED: variables.QUOTED } });
    expect(code, err).toBe(0);
    const theirs = (JSON.parse(out) as ComposeJson).services.it?.environment as Readonly<Record<string, string>>;
    for (const [key, given] of Object.entries(environment)) {
      const filled = interpolate(given, (one) => variables[one]);
      expect({ given, ...filled }).toMatchObject({ given, text: single(theirs[key]) });
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
