import * as z from 'zod';
import { StackctlError } from '../errors.ts';
import { readJsonIfThere, writeJson } from '../lib/files.ts';
import { Secret } from '../lib/secret.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import { makeProjectFolder } from './record.ts';

type Secrets = Readonly<Record<string, Secret>>;

/** What `.stackctl/<name>/secrets.json` holds (mode 0600). */
export interface ProjectSecrets {
  /** Secret values that were given as flags and stay in force. */
  readonly kept: Secrets;
  readonly generated: Secrets;
}

const texts = z.record(z.string(), z.string());
const secretsSchema = z.strictObject({ schemaVersion: z.literal(1), kept: texts, generated: texts });

/** Empty when there is no file. @throws E_STATE_UNREADABLE without showing what the file holds. */
export async function readSecrets({ secrets: file }: Pick<ProjectPaths, 'secrets'>): Promise<ProjectSecrets> {
  const json = await readJsonIfThere(file);
  if (json === undefined) return { kept: {}, generated: {} };
  const parsed = secretsSchema.safeParse(json);
  if (parsed.success) return { kept: wrap(parsed.data.kept), generated: wrap(parsed.data.generated) };
  throw new StackctlError('E_STATE_UNREADABLE', `${file} does not look like the secrets of a project`, {
    hint: 'Restore the file, or use the stackctl that wrote it. Without it the servers of this project cannot be reached with their passwords.',
    details: { file },
  });
}

/** Writes nothing when there is nothing to keep and no file yet. */
export async function writeSecrets(paths: ProjectPaths, { kept, generated }: ProjectSecrets): Promise<void> {
  const isEmpty = Object.keys(kept).length + Object.keys(generated).length === 0;
  if (isEmpty && (await readJsonIfThere(paths.secrets)) === undefined) return;
  await makeProjectFolder(paths);
  await writeJson(paths.secrets, { schemaVersion: 1, kept: reveal(kept), generated: reveal(generated) }, 0o600);
}

function wrap(texts: Readonly<Record<string, string>>): Secrets {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, new Secret(text)]));
}

function reveal(secrets: Secrets): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.reveal()]));
}
