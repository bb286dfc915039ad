import { dirname, join } from 'node:path';
import { foldersIn, isThere, readJsonIfThere, readTextIfThere } from '../../lib/files.ts';
import { projectPaths } from '../../project/paths.ts';
import type { ProjectPaths } from '../../stack/contract/paths.ts';
import { builtInStacks, kindStacks, stackAt } from '../../stack/load/catalog.ts';

/** Names that exist now. Asked for only where one of them can stand. */
export interface LiveNames {
  stacks(): Promise<readonly string[]>;
  projects(): Promise<readonly string[]>;
  /** Services and instances of the project or stack with this name; of every project here without a name. */
  members(
    of: string | undefined,
  ): Promise<{ readonly services: readonly string[]; readonly instances: readonly string[] }>;
}

/**
 * What can be read from a few folders without asking a server or loading a stack, since it is read at every press of
 * the tab key.
 */
export function liveNames(cwd: string, templatesFolder: string): LiveNames {
  const folder = projectFolder(cwd);
  const projects = async () => foldersIn(join(await folder, '.stackctl'));
  return {
    stacks: async () => [...(await builtInStacks(templatesFolder)), ...(await kindStacks(templatesFolder))],
    projects,
    members: async (of) => {
      const known = await projects();
      const chosen = of === undefined ? known : known.filter((name) => name === of);
      const found = await Promise.all(chosen.map(async (name) => membersOf(projectPaths(await folder, name))));
      const instances = [...new Set(found.flat())];
      if (instances.length > 0 || of === undefined) return { services: servicesOf(instances), instances };
      return plannedMembers((await stackAt(of, templatesFolder, templatesFolder)).folder);
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

/**
 * A rendered project has a folder for each instance with files of its own; of the others the record has the ports, those of
 * instances that a later scale may make included.
 */
async function membersOf({ rendered, record }: ProjectPaths): Promise<readonly string[]> {
  const { ports = {}, counts = {} } = ((await readJsonIfThere(record).catch(() => undefined)) ?? {}) as Recorded;
  const made = Object.keys(ports).filter((name) => {
    const [, service = '', index] = /^(.*)-(\d+)$/.exec(name) ?? [];
    return Number(index) <= (counts[service] ?? 1);
  });
  return [...(await foldersIn(rendered)), ...made];
}

/** The parts of a project's record that are read here, which may be of any version. */
interface Recorded {
  readonly ports?: Readonly<Record<string, unknown>>;
  readonly counts?: Readonly<Record<string, number>>;
}

function servicesOf(instances: readonly string[]): readonly string[] {
  return [...new Set(instances.map((name) => name.replace(/-\d+$/, '')))];
}

/** Of a stack that was never started. */
async function plannedMembers(stackFolder: string): ReturnType<LiveNames['members']> {
  const text = await readTextIfThere(join(stackFolder, 'stack.yaml'));
  if (text === undefined) return { services: [], instances: [] };
  const [{ parseYaml }, { outlineOf }] = await Promise.all([
    import('../../stack/source/yaml-source.ts'),
    import('../../stack/load/outline.ts'),
  ]);
  const { services } = outlineOf(parseYaml(text, 'stack.yaml').value);
  const instances = [...services].flatMap(([name, service]) =>
    Array.from({ length: service.instances }, (_, index) => `${name}-${index + 1}`),
  );
  return { services: [...services.keys()], instances };
}
