import { defined } from '../lib/defined.ts';
import { placeFinder } from '../lib/text-place.ts';
import type { MigrationStatement, SqlDialect, SqlMistake, SqlPiece } from '../stack/contract/migrate.ts';
import type { Requirement } from '../stack/contract/requirement.ts';
import type { Problem } from '../stack/source/problem.ts';
import { didYouMean, suggest } from '../stack/source/suggest.ts';
import { foreignMark } from './foreign-files.ts';
import type { Header } from './header.ts';
import { readSections, type Section, type SectionName } from './sections.ts';

/** Statements that are run together, and how. */
export interface MigrationPart {
  readonly statements: readonly MigrationStatement[];
  readonly transactional: boolean;
  readonly lockTimeoutMs: number;
  /** 0: none. */
  readonly statementTimeoutMs: number;
  readonly once: boolean;
}

/** What a migration file says. */
export interface MigrationContent {
  readonly up: MigrationPart;
  /** Takes `up` back. */
  readonly down: MigrationPart | undefined;
  /** Runs in the place of `up` where the server lacks what the file requires. */
  readonly otherwise: MigrationPart | undefined;
  /** Each of them gives at least one row, and nothing false or null in its first column, while the file is in effect. */
  readonly verify: readonly MigrationStatement[];
  readonly requires: readonly string[];
  /** May be left out where the server lacks what it requires. */
  readonly optional: boolean;
}

export interface FileRules {
  readonly sql: SqlDialect;
  /** The server has no transactional DDL. */
  readonly withoutTransactions: boolean;
  /** What a file may require; absent: anything, for who only converts files. */
  readonly requirements?: readonly Requirement[];
}

export type ReadContent =
  | { readonly ok: true; readonly content: MigrationContent }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Long enough for the locks of a busy table, short enough for the sessions that queue behind the migration. */
const LOCK_TIMEOUT_MS = 2000;

/** Reads what a file says. Never throws for it: mistakes are problems. Pure. */
export function readContent(path: string, text: string, rules: FileRules): ReadContent {
  const placeOf = placeFinder(text);
  const problemOf = ({ offset, message }: SqlMistake): Problem => ({
    file: path,
    ...placeOf(offset),
    field: '',
    message,
  });
  const foreign = foreignMark(text, rules.sql);
  if (foreign !== undefined) return { ok: false, problems: [problemOf(foreign)] };
  const { up, others, mistakes } = readSections(text, rules.sql);
  const found = [
    ...mistakes,
    ...(up.statements.length === 0 && !mistakes.some(({ offset }) => offset < up.end) ? [EMPTY] : []),
    ...contradictions(up.header, others),
    ...unknownRequirements(up.header, rules),
    ...sectionsOf(up, others).flatMap((section) => mistakesIn(section, rules)),
  ].toSorted((a, b) => a.offset - b.offset);
  if (found.length > 0) return { ok: false, problems: found.map(problemOf) };
  const placed = ({ text: statement, offset, copyData }: SqlPiece): MigrationStatement => {
    const data = copyData && { text: copyData.text, line: placeOf(copyData.offset).line };
    return { text: statement, ...placeOf(offset), ...defined({ copyData: data }) };
  };
  const part = ({ statements, header }: Section): MigrationPart => {
    const transactional = isTransactional(header, rules);
    return {
      statements: statements.map(placed),
      transactional,
      lockTimeoutMs: header.lockTimeoutMs ?? (transactional ? LOCK_TIMEOUT_MS : 0),
      statementTimeoutMs: header.statementTimeoutMs ?? 0,
      once: header.once ?? false,
    };
  };
  const { requires = [], optional = false } = up.header;
  return {
    ok: true,
    content: {
      up: part(up),
      down: others.down && part(others.down),
      otherwise: others.else && part(others.else),
      verify: others.verify?.statements.map(placed) ?? [],
      requires,
      optional,
    },
  };
}

const EMPTY: SqlMistake = { offset: 0, message: 'there is no statement in this file' };

type Others = Readonly<Partial<Record<SectionName, Section>>>;

/** Those whose statements are run to change something. */
function sectionsOf(up: Section, { down, else: otherwise }: Others): readonly Section[] {
  return [up, down, otherwise].flatMap((section) => (section === undefined ? [] : [section]));
}

function mistakesIn({ statements, header, offset }: Section, rules: FileRules): readonly SqlMistake[] {
  const needless = header.transaction === true && rules.withoutTransactions;
  return [
    ...(needless ? [{ offset, message: 'transaction=true: this server has no transactions for schemas' }] : []),
    ...(rules.sql.refused?.(statements, {
      transactional: isTransactional(header, rules),
      once: header.once ?? false,
    }) ?? []),
  ];
}

function isTransactional({ transaction }: Header, { withoutTransactions }: FileRules): boolean {
  return !withoutTransactions && transaction !== false;
}

/** A name with a mistake would be something that no server has, and the file be left out on every one. */
function unknownRequirements(
  { requires = [], requiresAt: offset = 0 }: Header,
  { requirements }: FileRules,
): readonly SqlMistake[] {
  if (requirements === undefined) return [];
  const isKnown = (one: string) => requirements.some(({ name, pattern }) => pattern?.test(one) ?? name === one);
  const names = requirements.map(({ name }) => name);
  const unknown = requires.filter((one) => !isKnown(one));
  return unknown.map((one) => ({
    offset,
    message: `requires names "${one}", which this kind of server does not know (known: ${names.join(', ')})${didYouMean(suggest(one, names))}`,
  }));
}

function contradictions({ requires = [], optional }: Header, { else: otherwise }: Others): readonly SqlMistake[] {
  if (requires.length > 0) return [];
  const message = (what: string) => `${what} says what happens without what "requires" names: add requires=`;
  return [
    ...(optional === true ? [{ offset: 0, message: message('optional') }] : []),
    ...(otherwise === undefined ? [] : [{ offset: otherwise.offset, message: message('the section "else"') }]),
  ];
}
