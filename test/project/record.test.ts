import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { projectPaths } from '../../src/project/paths.ts';
import { type ProjectRecord, projectsIn, readRecord, writeRecord } from '../../src/project/record.ts';
import { readSecrets, writeSecrets } from '../../src/project/secrets.ts';
import { errorOf, folderOf } from '../support/stack-fixtures.ts';

const record: ProjectRecord = {
  schemaVersion: 1,
  id: 'pair-1a2b3c',
  name: 'pair',
  stack: 'pair',
  stackFolder: '/stacks/pair',
  runtime: 'process',
  runtimesUsed: ['process'],
  profile: 'dev',
  state: 'up',
  keptValues: { size: 3 },
  counts: { store: 2 },
  ports: { 'store-1': { main: 7000 } },
  wantedPorts: {},
  network: null,
  primaries: { store: { instance: 'store-2', epoch: 4 } },
  createdAt: '2026-11-20T10:00:00.000Z',
};

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('what was written is read again, in a private folder that git ignores', async () => {
  await using folder = await folderOf({});
  const paths = projectPaths(folder.path, 'pair');
  expect(await readRecord(paths)).toBeUndefined();
  expect(await projectsIn(folder.path)).toEqual([]);
  await writeRecord(paths, record);
  expect(await readRecord(paths)).toEqual(record);
  expect(await projectsIn(folder.path)).toEqual(['pair']);
  expect(await modeOf(join(folder.path, '.stackctl'))).toBe(0o700);
  expect(await readFile(join(folder.path, '.stackctl/.gitignore'), 'utf8')).toBe('*\n');
});

test.each([
  ['half a file', '{"schemaVersion": 1', /not valid JSON/],
  ['an empty record', '{}', /not a project record/],
  ['a port that is no table', JSON.stringify({ ...record, ports: { a: 1 } }), /ports.a/],
  ['a later format', JSON.stringify({ ...record, schemaVersion: 2 }), /newer stackctl \(format 2\)/],
])('%s is refused, naming the file and what to do', async (_, text, message) => {
  await using folder = await folderOf({ '.stackctl/pair/project.json': text });
  const paths = projectPaths(folder.path, 'pair');
  const error = await errorOf(readRecord(paths));
  expect(error.code).toBe('E_STATE_UNREADABLE');
  expect(error.message).toMatch(message);
  expect(error.message).toContain(paths.record);
  expect(error.hint).toBeTruthy();
});

test('secrets are kept in a file of mode 0600 and never shown by an error', async () => {
  await using folder = await folderOf({});
  const paths = projectPaths(folder.path, 'pair');
  await writeSecrets(paths, { kept: {}, generated: {} });
  expect(await projectsIn(folder.path)).toEqual([]);
  await writeSecrets(paths, { kept: { password: new Secret('hush') }, generated: { token: new Secret('quiet') } });
  expect(await modeOf(paths.secrets)).toBe(0o600);
  const read = await readSecrets(paths);
  expect([read.kept.password?.reveal(), read.generated.token?.reveal()]).toEqual(['hush', 'quiet']);
  await writeFile(paths.secrets, '{"kept": "hush"}');
  const error = await errorOf(readSecrets(paths));
  expect(error.message + error.hint + JSON.stringify(error.details)).not.toContain('hush');
});
