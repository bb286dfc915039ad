/** A team's Compose file becomes a stack.yaml. */
import { basename, dirname } from 'node:path';
import type { Kind } from '../stack/contract/kind.ts';
import type { StaysOut } from './plan/choose.ts';
import type { PlannedMigration } from './plan/init-migrations.ts';
import { planStack, type StackPlan } from './plan/plan.ts';
import { PLACEHOLDER } from './plan/unshared.ts';
import { type LoadedCompose, loadCompose } from './read/load.ts';
import { stackText } from './write/stack-text.ts';

export interface AdoptInput {
  /** Absolute path of the Compose file. */
  readonly path: string;
  /** How messages name it. */
  readonly shown: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kinds: readonly Kind[];
  /** The one of them that takes any image; undefined: services of such images stay out. */
  readonly anyImage: string | undefined;
  /** First line of the stack.yaml. */
  readonly editorLine: string;
}

/** JSON-ready; holds no secret. */
export interface AdoptReport {
  readonly services: readonly {
    readonly name: string;
    readonly from: string;
    readonly kind: string;
    readonly image: string | null;
    readonly build: string | null;
    /** Port -> number on this machine; null: what the kind wants. */
    readonly ports: Readonly<Record<string, number | null>>;
  }[];
  readonly renamed: StackPlan['renamed'];
  readonly staysOut: readonly StaysOut[];
  readonly changed: readonly { readonly service: string; readonly what: string }[];
  readonly leftOut: readonly { readonly service: string; readonly what: string }[];
  /** Names of the values that hold secrets; `kept`: their text is not in the Compose file, so it is not in stack.yaml either. */
  readonly secrets: readonly { readonly value: string; readonly of: string; readonly kept: boolean }[];
  /** Files of SQL that are migrations now. */
  readonly migrations: readonly { readonly service: string; readonly file: string; readonly from: string }[];
  readonly remarks: readonly string[];
}

export interface Adopted {
  readonly name: string;
  /** The stack.yaml. */
  readonly text: string;
  /** Values of secrets that belong into a file that only this user has: name -> text. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Files of SQL, relative to the folder of the stack. */
  readonly migrations: readonly PlannedMigration[];
  readonly report: AdoptReport;
}

/**
 * Reads a Compose file, with what it extends and includes, and says what it is as a stack. Writes nothing.
 * @throws E_STACK_NOT_FOUND, E_STACK_INVALID with file, line and column.
 */
export async function adoptCompose({ path, shown, env, kinds, anyImage, editorLine }: AdoptInput): Promise<Adopted> {
  const loaded = await loadCompose(path, shown, env);
  const plan = planStack({
    file: loaded.file,
    kinds,
    anyImage,
    folderName: basename(dirname(path)),
    isThere: loaded.isThere,
    initScripts: loaded.initScripts,
    migrationFiles: loaded.migrationFiles,
    dockerfileOf: loaded.dockerfileOf,
    isShared: (text) => loaded.texts.some((known) => known.includes(text)),
  });
  const kept = new Map(plan.unshared.map(({ name, text }) => [name, text]));
  const withRemarks = { ...plan, remarks: [...plan.remarks, ...besideRemarks(loaded)] };
  return {
    name: plan.name,
    text: stackText(withRemarks, {
      source: basename(path),
      editorLine,
      placeholders: new Map([...kept.keys()].map((name) => [name, PLACEHOLDER])),
    }),
    secrets: kept,
    migrations: plan.entries.flatMap(({ migrations }) => migrations?.files ?? []),
    report: reportOf(withRemarks, kept),
  };
}

function besideRemarks({ beside }: LoadedCompose): readonly string[] {
  return beside.map((name) => `${name} is not read: Compose merges it in by itself`);
}

function reportOf(
  { entries, renamed, staysOut, secrets, remarks }: StackPlan,
  kept: ReadonlyMap<string, string>,
): AdoptReport {
  const all = (of: 'changed' | 'leftOut') =>
    entries.flatMap((entry) => entry[of].map((what) => ({ service: entry.name, what })));
  return {
    services: entries.map(({ name, from, kind, image, build, ports }) => ({
      ...{ name, from, kind },
      image: image ?? null,
      build: build ?? null,
      ports: Object.fromEntries(ports.map((port) => [port.name, port.outside ?? null])),
    })),
    renamed,
    staysOut,
    changed: all('changed'),
    leftOut: all('leftOut'),
    migrations: entries.flatMap(({ name, migrations }) =>
      (migrations?.files ?? []).map(({ path, from }) => ({ service: name, file: path, from })),
    ),
    secrets: secrets.map(({ name, description }) => ({ value: name, of: description, kept: kept.has(name) })),
    remarks,
  };
}
