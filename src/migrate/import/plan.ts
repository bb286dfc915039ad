import type { Problem } from '../../stack/source/problem.ts';
import { type Completed, complete, type TargetSql } from './complete.ts';
import { migrationName, migrationText } from './converted.ts';
import { keptSettings } from './kept-settings.ts';
import { type Conversion, type ForeignTool, problemAt, type SourceFile } from './tool.ts';
import { ownFiles } from './tools.ts';
import { numberMigrations } from './versions.ts';

/** What an import would write. */
export interface ImportPlan {
  readonly tool: string;
  readonly steps: readonly ImportStep[];
  /** What is left out, or means something else here, in sentences. */
  readonly notes: readonly string[];
}

export interface ImportStep {
  /** As the tool spells it; empty for a migration without one. */
  readonly version: string;
  readonly sources: readonly string[];
  /** Name of the file to write, e.g. `0001_events.sql`. */
  readonly target: string;
  readonly text: string;
  readonly statements: number;
  readonly transaction: boolean;
  /** 0: it cannot be taken back. */
  readonly downStatements: number;
  readonly notes: readonly string[];
  /** It is there already, with this text. */
  readonly isThere: boolean;
}

export interface PlannedImport {
  readonly plan: ImportPlan;
  /** Nothing may be written while there are any. */
  readonly problems: readonly Problem[];
}

/** A file of the folder that is written to. */
export type TargetFile = Pick<SourceFile, 'name' | 'path' | 'text'>;

/** Converts the files of a tool and compares what comes out with what the target folder has. Pure. */
export function planImport(
  tool: ForeignTool,
  files: readonly SourceFile[],
  target: TargetSql & { readonly files: readonly TargetFile[] },
): PlannedImport {
  const { own, notes: strangers } = ownFiles(tool, files);
  const unreadable = own.flatMap(({ path, mistake }) =>
    mistake === undefined ? [] : [{ file: path, field: '', ...mistake }],
  );
  const { migrations, problems, notes } = tool.convert(own, target.sql);
  const completed = migrations.map((draft) => complete(draft, target));
  const full = completed.filter(({ up }) => up.statements > 0);
  const numbering = numberMigrations(full.map(({ draft }) => draft));
  const steps = full.map((one, index) => stepOf(one, numbering.numbers[index] ?? '', { tool, files: target.files }));
  const empty = completed.filter(({ up }) => up.statements === 0);
  return {
    plan: {
      tool: tool.name,
      steps,
      notes: [
        ...strangers,
        ...notes,
        ...unreadNote(tool, own, { migrations, problems, notes }),
        ...(numbering.note === undefined ? [] : [numbering.note]),
        ...empty.filter(isAllEmpty).map(emptyNote),
      ],
    },
    problems: [
      ...unreadable,
      ...problems,
      ...completed.flatMap((one) => one.problems),
      ...empty.filter((one) => !isAllEmpty(one)).flatMap(onlyDown),
      ...steps.flatMap((step) => collisions(step, steps, target.files)),
    ],
  };
}

/** Files that the tool does not run, and that nothing else is said about. */
function unreadNote(
  { name: tool }: ForeignTool,
  files: readonly SourceFile[],
  { migrations, problems, notes }: Conversion,
): readonly string[] {
  const read = new Set(migrations.flatMap(({ sources }) => sources));
  const isUnread = ({ name, path }: SourceFile): boolean =>
    /\.sql$/i.test(name) &&
    !read.has(name) &&
    !problems.some(({ file }) => file === path) &&
    !notes.some((note) => note.startsWith(name));
  const names = files.filter(isUnread).map(({ name }) => name);
  const [one] = names;
  if (one === undefined) return [];
  if (names.length === 1) return [`${one} is left out: it is no file of ${tool}`];
  const more = names.length - SHOWN;
  const list = `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return [`${list} are left out: they are no files of ${tool}`];
}

const SHOWN = 3;

interface Place {
  readonly tool: ForeignTool;
  readonly files: readonly TargetFile[];
}

function stepOf(one: Completed, number: string, { tool, files }: Place): ImportStep {
  const { draft, up, down } = one;
  const text = migrationText(one);
  const name = migrationName(number, draft.title);
  // A migration without a version may have got another number before.
  const before =
    draft.version === ''
      ? files.find((file) => titleOf(file.name) === titleOf(name) && isSame(file.text, text))
      : undefined;
  const target = before?.name ?? name;
  return {
    version: draft.version,
    sources: draft.sources,
    target,
    text,
    statements: up.statements,
    transaction: up.transaction,
    downStatements: down.statements,
    notes: [...one.notes, ...keptSettings(tool.name, one)],
    isThere: files.some((file) => file.name === target && isSame(file.text, text)),
  };
}

function titleOf(name: string): string {
  return name.replace(/^\d+_/, '');
}

function isSame(a: string, b: string): boolean {
  return a.replaceAll('\r\n', '\n') === b;
}

/** A file of the target folder that this one must not replace. */
function collisions(
  { target, isThere }: ImportStep,
  steps: readonly ImportStep[],
  files: readonly TargetFile[],
): readonly Problem[] {
  if (isThere) return [];
  return files.flatMap(({ name, path }) => {
    if (name === target)
      return [problemAt({ path, line: 1 }, 'is there with another text: move it away, or give another folder by --to')];
    if (versionOf(name) !== versionOf(target) || steps.some((step) => step.target === name && step.isThere)) return [];
    return [
      problemAt({ path, line: 1 }, `has the version of ${target}, which would be written: give another folder by --to`),
    ];
  });
}

function versionOf(name: string): bigint | undefined {
  const [, digits] = /^(\d+)_.*\.sql$/.exec(name) ?? [];
  return digits === undefined ? undefined : BigInt(digits);
}

function isAllEmpty({ down }: Completed): boolean {
  return down.statements === 0;
}

function emptyNote({ draft }: Completed): string {
  return `${draft.sources.join(' and ')}: left out, there is no statement in it`;
}

function onlyDown({ draft, down }: Completed): readonly Problem[] {
  const [line] = down.lines;
  if (line === undefined) return [];
  const message = `this takes back what no statement of ${draft.sources[0]} has done: move it away`;
  return [problemAt(line, message)];
}
