import { join } from 'node:path';
import * as z from 'zod';
import { StackctlError } from '../errors.ts';
import {
  foldersIn,
  listFolder,
  makeFolder,
  readJsonIfThere,
  readTextIfThere,
  writeFileAtomic,
  writeJson,
} from '../lib/files.ts';
import type { ProjectPaths } from '../stack/contract/paths.ts';
import { runtimeNames } from '../stack/contract/plugins.ts';
import { fieldName } from '../stack/source/problem.ts';
import { mistakesIn } from '../stack/source/zod-problems.ts';
import { projectPaths } from './paths.ts';

const SCHEMA_VERSION = 1;

const port = z.int().min(1).max(65_535);

const recordSchema = z.strictObject({
  schemaVersion: z.literal(SCHEMA_VERSION),
  id: z.string(),
  name: z.string(),
  /** Absolute folder that holds `.stackctl/`: a record that is found elsewhere was moved or copied. Unknown to old records. */
  folder: z.string().optional(),
  /** The folder that the project was moved from while it was up: what runs has its old paths. Gone with the next `up`. */
  movedFrom: z.string().optional(),
  /** Name of the stack. */
  stack: z.string(),
  /** Absolute folder of its stack.yaml. */
  stackFolder: z.string(),
  runtime: z.enum(runtimeNames()),
  /** Every runtime that the project was ever brought up on: its data may still be there. */
  runtimesUsed: z.array(z.enum(runtimeNames())).default([]),
  profile: z.enum(['dev', 'production']),
  state: z.enum(['up', 'down']),
  /** Values that were given as flags and stay in force; secret ones are in secrets.json. */
  keptValues: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Service name -> number of instances. */
  counts: z.record(z.string(), z.int().min(1)),
  /** Instance name -> port name -> port on the host. */
  ports: z.record(z.string(), z.record(z.string(), port)),
  /** What `ports` was allocated for: a wish that changes gives up its port. */
  wantedPorts: z.record(z.string(), z.record(z.string(), port)).default({}),
  network: z.object({ name: z.string(), subnet: z.string(), external: z.literal(true).exactOptional() }).nullable(),
  /** Service name -> the instance that was its primary when it was last seen. */
  primaries: z.record(z.string(), z.object({ instance: z.string(), epoch: z.number() })),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
});

/** The durable decisions of a project: `.stackctl/<name>/project.json`. */
export type ProjectRecord = Readonly<z.infer<typeof recordSchema>>;

/** Undefined when there is no such project. @throws E_STATE_UNREADABLE for a broken file or a newer one. */
export async function readRecord(paths: Pick<ProjectPaths, 'record'>): Promise<ProjectRecord | undefined> {
  const json = await readJsonIfThere(paths.record);
  if (json === undefined) return undefined;
  const parsed = recordSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw unreadable(paths.record, json);
}

/** @throws E_STATE_UNWRITABLE, E_DISK_FULL */
export async function writeRecord(paths: ProjectPaths, record: ProjectRecord): Promise<void> {
  await makeProjectFolder(paths);
  await writeJson(paths.record, record, 0o600);
}

/** Makes `.stackctl/` (mode 0700, ignored by git as a whole) and the project's folder in it. */
export async function makeProjectFolder(paths: ProjectPaths): Promise<void> {
  const shared = join(paths.root, '..');
  await makeFolder(shared, 0o700);
  const ignore = join(shared, '.gitignore');
  if ((await readTextIfThere(ignore)) === undefined) await writeFileAtomic(ignore, '*\n');
  await makeFolder(paths.root, 0o700);
}

/**
 * Whether a project is there to be worked on: it was started and not taken down with its data. Nothing is rendered for
 * one whose first `up` failed before anything was started.
 */
export async function isInUse(
  { state, runtimesUsed }: ProjectRecord,
  { rendered, instances }: ProjectPaths,
): Promise<boolean> {
  if (state === 'down') return runtimesUsed.length > 0;
  const made = await Promise.all([rendered, instances].map(listFolder));
  return made.some((entries) => entries.length > 0);
}

/** Names of the projects whose state lives in a folder, sorted. */
export async function projectsIn(folder: string): Promise<readonly string[]> {
  const names = await foldersIn(join(folder, '.stackctl'));
  const records = await Promise.all(names.map((name) => readTextIfThere(projectPaths(folder, name).record)));
  return names.filter((_, index) => records[index] !== undefined).sort();
}

function unreadable(file: string, json: unknown): StackctlError {
  const version: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'schemaVersion') : undefined;
  if (typeof version === 'number' && version > SCHEMA_VERSION) {
    return new StackctlError('E_STATE_UNREADABLE', `${file} was written by a newer stackctl (format ${version})`, {
      hint: 'Use the stackctl that started this project, or a newer one.',
      details: { file, schemaVersion: version, supported: SCHEMA_VERSION },
    });
  }
  const fields = mistakesIn(recordSchema, json).map(
    ({ path, message }) => `${fieldName(path) || 'the file'}: ${message}`,
  );
  return new StackctlError('E_STATE_UNREADABLE', `${file} is not a project record: ${fields.join('; ')}`, {
    hint: `Something other than stackctl changed the file. Restore it; or move it away and run stackctl up, which finds what runs and goes on with the stack's own ports.`,
    details: { file, problems: fields },
  });
}
