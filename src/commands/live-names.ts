import { access, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTextIfThere } from '../lib/files.ts';
import { builtInStacks } from '../stack/catalog.ts';
import { projectPaths } from '../stack/paths.ts';
import type { LiveNames } from './candidates.ts';

/**
 * What can be read from a few folders without asking a server or loading a stack, since it is read at every press of
 * the tab key. A rendered project has one folder for each of its instances.
 */
export function liveNames(cwd: string, templatesFolder: string): LiveNames {
  const folder = projectFolder(cwd);
  const projects = async () => foldersIn(join(await folder, '.stackctl'));
  return {
    stacks: () => builtInStacks(templatesFolder),
    projects,
    members: async (of) => {
      const known = await projects();
      const chosen = of === undefined ? known : known.filter((name) => name === of);
      const rendered = await Promise.all(
        chosen.map(async (name) => foldersIn(projectPaths(await folder, name).rendered)),
      );
      const instances = [...new Set(rendered.flat())];
      if (instances.length > 0 || of === undefined) return { services: servicesOf(instances), instances };
      return plannedMembers(join(templatesFolder, of));
    },
  };
}

/** The nearest folder that has a project or a configuration. */
async function projectFolder(cwd: string): Promise<string> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = await Promise.all(['.stackctl', 'stackctl.yaml'].map((name) => isThere(join(folder, name))));
    if (found.includes(true)) return folder;
    if (folder === dirname(folder)) return cwd;
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function foldersIn(path: string): Promise<readonly string[]> {
  if (!(await isThere(path))) return [];
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function servicesOf(instances: readonly string[]): readonly string[] {
  return [...new Set(instances.map((name) => name.replace(/-\d+$/, '')))];
}

/** Of a stack that was never started. */
async function plannedMembers(stackFolder: string): ReturnType<LiveNames['members']> {
  const text = await readTextIfThere(join(stackFolder, 'stack.yaml'));
  if (text === undefined) return { services: [], instances: [] };
  const [{ parseYaml }, { outlineOf }] = await Promise.all([
    import('../stack/yaml-source.ts'),
    import('../stack/outline.ts'),
  ]);
  const { services } = outlineOf(parseYaml(text, 'stack.yaml').value);
  const instances = [...services].flatMap(([name, service]) =>
    Array.from({ length: service.instances }, (_, index) => `${name}-${index + 1}`),
  );
  return { services: [...services.keys()], instances };
}
