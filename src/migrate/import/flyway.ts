import type { SqlDialect } from '../../stack/contract/migrate.ts';
import type { Problem } from '../../stack/source/problem.ts';
import { type FlywayName, flywayName } from './flyway-names.ts';
import { placeholdersIn } from './flyway-placeholders.ts';
import { type FlywaySettings, flywaySettings } from './flyway-settings.ts';
import { compareVersions } from './order.ts';
import {
  type Conversion,
  type Draft,
  type DraftPart,
  type ForeignTool,
  linesOf,
  problemAt,
  type SourceFile,
} from './tool.ts';

/** `V2.1__title.sql`, `U2.1__title.sql`, `R__title.sql`, in any subfolder, each with a `.conf` file beside it or without. */
export const FLYWAY: ForeignTool = {
  name: 'flyway',
  recognise: (files) => files.some(({ name }) => ['V', 'R'].includes(flywayName(baseOf(name))?.type ?? '')),
  convert: (files, sql) => {
    const scripts = files.flatMap((file) => scriptOf(file, files));
    const problems = [...scripts.flatMap((script) => problemsOf(script, sql)), ...programs(files)];
    const run = scripts.filter(({ settings }) => settings.executed);
    const versioned = versionedOf(run);
    return {
      migrations: [...versioned.migrations, ...repeatablesOf(run)],
      problems: [...problems, ...versioned.problems],
      notes: [...versioned.notes, ...scripts.filter(({ settings }) => !settings.executed).map(notExecuted)],
    };
  },
};

interface Script {
  readonly file: SourceFile;
  readonly name: FlywayName;
  readonly settings: FlywaySettings;
}

type Versioned = Script & { readonly name: Extract<FlywayName, { readonly version: string }> };

function scriptOf(file: SourceFile, files: readonly SourceFile[]): readonly Script[] {
  const name = flywayName(baseOf(file.name));
  if (name === undefined) return [];
  return [{ file, name, settings: flywaySettings(files.find((other) => other.name === `${file.name}.conf`)) }];
}

function baseOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function problemsOf({ file, name, settings }: Script, sql: SqlDialect): readonly Problem[] {
  if (name.type === 'callback') {
    const message = 'a callback of Flyway, which nothing runs here: put what it does into a migration, or move it away';
    return [problemAt({ path: file.path, line: 1 }, message)];
  }
  return [...settings.problems, ...(settings.placeholders ? placeholdersIn(linesOf(file), sql) : [])];
}

function versionedOf(scripts: readonly Script[]): Conversion {
  const all = scripts.filter((script): script is Versioned => 'version' in script.name);
  const ofType = (type: 'V' | 'U' | 'B'): readonly Versioned[] =>
    all.filter(({ name }) => name.type === type).toSorted((a, b) => compareVersions(a.name.version, b.name.version));
  const [versions, undos, bases] = [ofType('V'), ofType('U'), ofType('B')];
  const undoOf = (script: Versioned): Versioned | undefined => undos.find((undo) => isSame(undo, script));
  return {
    migrations: versions.map((script) => draftOf(script, undoOf(script))),
    problems: [
      ...versions.flatMap((script, index) => sameVersion(script, versions[index - 1])),
      ...undos.filter((undo) => !versions.some((script) => isSame(undo, script))).map(nothingToUndo),
      ...bases.filter((base) => !versions.some((script) => isSame(base, script))).map(onlyBase),
    ],
    notes: bases
      .filter((base) => versions.some((script) => isSame(base, script)))
      .map(({ file, name }) => `${file.name} is left out: the migrations up to V${name.version} make the same schema`),
  };
}

function isSame(a: Versioned, b: Versioned): boolean {
  return compareVersions(a.name.version, b.name.version) === 0;
}

function draftOf({ file, name, settings }: Versioned, undo: Versioned | undefined): Draft {
  return {
    version: name.version,
    title: name.title,
    sources: [file.name, ...(undo === undefined ? [] : [undo.file.name])],
    up: { lines: linesOf(file), transaction: settings.transaction },
    down: undo === undefined ? NO_PART : { lines: linesOf(undo.file), transaction: undo.settings.transaction },
    notes: [],
  };
}

const NO_PART: DraftPart = { lines: [], transaction: undefined };

/** Behind all others and in the order of their titles, as Flyway runs them. */
function repeatablesOf(scripts: readonly Script[]): readonly Draft[] {
  const found = scripts.flatMap((script) =>
    script.name.type === 'R' ? [{ ...script, title: script.name.title }] : [],
  );
  return found
    .toSorted((a, b) => (a.title < b.title ? -1 : 1))
    .map(({ file, title, settings }) => ({
      version: '',
      title,
      sources: [file.name],
      up: { lines: linesOf(file), transaction: settings.transaction },
      down: NO_PART,
      notes: ['Flyway runs it again whenever its text has changed; here it runs once, and a change is a new file'],
    }));
}

function sameVersion({ file, name }: Versioned, before: Versioned | undefined): readonly Problem[] {
  if (before === undefined || compareVersions(before.name.version, name.version) !== 0) return [];
  const message = `${before.file.name} has version ${before.name.version} too: give one of them another`;
  return [problemAt({ path: file.path, line: 1 }, message)];
}

function nothingToUndo({ file, name }: Versioned): Problem {
  return problemAt({ path: file.path, line: 1 }, `there is no V${name.version} that this takes back: move it away`);
}

function onlyBase({ file, name }: Versioned): Problem {
  const message = `a baseline without V${name.version}: name it V${name.version}__${name.title}.sql and move the older files away`;
  return problemAt({ path: file.path, line: 1 }, message);
}

function notExecuted({ file }: Script): string {
  return `${file.name} is left out: shouldExecute=false in ${file.name}.conf`;
}

/** Migrations that are programs. */
function programs(files: readonly SourceFile[]): readonly Problem[] {
  const found = files.filter(({ name }) => /^[VUBR][\d._]*__.*\.(?:java|kt|groovy|class)$/.test(baseOf(name)));
  const message =
    'a migration that is a program: write what it does as SQL, under the same version, and move this away';
  return found.map(({ path }) => problemAt({ path, line: 1 }, message));
}
