import { join } from 'node:path';
import type { ProjectPaths } from '../stack/contract/paths.ts';

/** @param folder of the user's stackctl.yaml: a project's things lie in `<folder>/.stackctl/<name>/` (mode 0700). */
export function projectPaths(folder: string, name: string): ProjectPaths {
  const root = join(folder, '.stackctl', name);
  return {
    root,
    record: join(root, 'project.json'),
    secrets: join(root, 'secrets.json'),
    programs: join(root, 'programs.json'),
    lock: join(root, 'lock'),
    faults: join(root, 'faults.json'),
    owned: join(root, 'owned.json'),
    rendered: join(root, 'rendered'),
    renderedHashes: join(root, 'rendered', 'hashes.json'),
    knownMigrations: join(root, 'known-migrations.json'),
    renderedCompose: join(root, 'rendered-compose.json'),
    instances: join(root, 'instances'),
    supervisor: join(root, 'supervisor'),
  };
}
