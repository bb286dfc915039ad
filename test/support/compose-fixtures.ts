import { readdirSync } from 'node:fs';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Adopted, adoptCompose } from '../../src/adopt/adopt.ts';
import { builtInPlugins } from '../../src/stack/contract/plugins.ts';
import { ROOT } from './cli.ts';

/** Compose files as teams have them, each in a folder with what it names. */
export const COMPOSE_FIXTURES = join(ROOT, 'test/adopt/fixtures');

export function composeFixtures(): readonly string[] {
  return readdirSync(COMPOSE_FIXTURES).sort();
}

/** What a fixture becomes, with every kind there is. */
export async function adoptFixture(name: string, env: Readonly<Record<string, string>> = {}): Promise<Adopted> {
  return adoptFile(join(COMPOSE_FIXTURES, name, 'compose.yaml'), env);
}

export async function adoptFile(path: string, env: Readonly<Record<string, string>> = {}): Promise<Adopted> {
  const kinds = await Promise.all(builtInPlugins.kindNames().map(builtInPlugins.loadKind));
  return adoptCompose({ path, shown: 'compose.yaml', env, kinds, anyImage: 'container', editorLine: '# schema' });
}

/** A fixture in a folder of its own, where files may be written. The caller removes it. */
export async function copiedFixture(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `stackctl-${name}-`));
  await cp(join(COMPOSE_FIXTURES, name), folder, { recursive: true });
  return folder;
}
